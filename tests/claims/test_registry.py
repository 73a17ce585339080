"""The registry as a whole: what it lists, and what comes out of it."""

import dataclasses
import json
import subprocess
from pathlib import Path

import pytest
import xarray as xr

from slowpoints.claims import as_records, CLAIMS, judge, Verdict
from slowpoints.claims._pages import with_rules
from slowpoints.claims._registry import rules
from slowpoints.claims._rules import AMENDMENTS, FROZEN, in_words_hash
from slowpoints.measurements import MEASUREMENTS
from tests.made_up import study

PAPERS = range(1, 34)
"""The paper's own; ours are numbered from 101."""


def test_every_claim_is_listed_once_and_in_order():
    ids = [claim.id for claim in CLAIMS]
    assert ids == sorted(set(ids))
    assert [number for number in ids if number <= 100] == list(PAPERS)


def test_every_claim_says_what_it_is_and_how_it_is_judged():
    for claim in CLAIMS:
        assert set(claim.needs) <= set(MEASUREMENTS)
        assert claim.claim
        assert claim.where
        assert claim.rule.endswith(".")


def test_the_documentation_states_every_rule_as_it_is():
    text = (Path(__file__).parents[2] / "docs" / "claims.md").read_text("utf-8")
    assert with_rules(text) == text, "run python -m slowpoints.claims docs/claims.md"
    for claim in CLAIMS:
        assert f"| {claim.id} | {claim.claim} | {claim.rule} |" in text


@pytest.mark.parametrize("units", [("gru",), ("gru", "lstm", "tanh")])
def test_records_are_json_without_nan(units):
    records = as_records(judge(study(units=units, seeds=3)))
    assert json.loads(json.dumps(records, allow_nan=False)) == records
    assert [record["id"] for record in records] == [claim.id for claim in CLAIMS]
    for record in records:
        assert {"claim", "statistic", "interval", "n", "paper", "verdict", "reason"} <= record.keys()
        assert str(record["reason"]).endswith((".", ".)"))


def test_records_say_by_which_rules_they_were_judged():
    one = as_records(judge(xr.DataTree()))[0]["rules"]
    assert isinstance(one, dict)
    assert one == rules()
    page = (Path(__file__).parents[2] / "docs" / "claims.md").read_text("utf-8")
    assert f"Frozen on {one['date']}; hash of their words `{one['words']}`" in page
    # SHA-256 of the numbers, words and rules, by another way.
    text = "\n".join("\t".join([str(claim.id), claim.claim, claim.rule]) for claim in CLAIMS)
    words = subprocess.run(["sha256sum"], input=text.encode(), capture_output=True, check=True).stdout.decode()
    assert words.startswith(one["words"])


def test_rules_that_change_have_another_hash():
    (first, *rest) = CLAIMS
    changed = (dataclasses.replace(first, rule=first.rule.replace("2 points", "3 points")), *rest)
    assert in_words_hash(changed) != in_words_hash(CLAIMS)


def test_amendments_say_why_and_what_had_been_seen():
    for amendment in AMENDMENTS:
        assert amendment.date <= FROZEN
        assert all((amendment.claims, amendment.change, amendment.reason, amendment.seen))


@pytest.mark.parametrize("seeds", [1, 3, 6])
def test_every_undecided_part_says_how_many_networks_it_needs_or_why_not(seeds):
    for judgement in judge(study(seeds=seeds, corpus="mnist", spread=0.1)):
        for part in judgement.evidence.settings:
            if part.verdict is Verdict.UNDECIDED and part.interval is not None and part.claimed is not None:
                assert "would decide it" in part.reason or "would not decide it" in part.reason
                assert part.needed is None or part.needed > part.n


@pytest.mark.parametrize("effect", [0.2, -0.2])
def test_intervals_stay_within_what_a_statistic_can_be(effect):
    for judgement in judge(study(effect=effect, seeds=4, corpus="mnist", spread=0.1)):
        for part in judgement.evidence.settings:
            if part.interval is not None:
                assert part.bounds[0] - 1e-9 <= part.interval[0] <= part.interval[1] <= part.bounds[1] + 1e-9


def test_nothing_is_tested_without_results():
    judgements = judge(xr.DataTree())
    assert {j.evidence.verdict for j in judgements} == {Verdict.NOT_TESTED}


@pytest.mark.parametrize("group", MEASUREMENTS)
def test_any_group_may_be_absent(group):
    judgements = judge(study(seeds=3, without=(group,)))
    for judgement in judgements:
        if group in judgement.claim.needs:
            assert judgement.evidence.verdict is Verdict.NOT_TESTED
            assert f"has not measured {MEASUREMENTS[group].what}" in judgement.evidence.reason
            assert f"slowpoints run STUDY --only {group}" in judgement.evidence.reason


def test_one_network_decides_nothing():
    decided = {j.claim.id for j in judge(study(seeds=1)) if "replicated" in j.evidence.verdict}
    assert not decided


def test_networks_without_values_are_left_out():
    full = study(seeds=5)
    holed = full.map_over_datasets(lambda group: group)
    group = holed["extrapolation"]
    for name in ("delay_accuracy", "noise_accuracy"):
        group[name] = group[name].where(group["seed"] != 4)
    of = {j.claim.id: j.evidence for j in judge(holed)}
    assert of[12].n == 4
    assert of[7].n == 5


def test_the_first_stage_is_found_between_the_steps_of_others():
    results = study(seeds=3)
    learning = results["learning"].to_dataset()
    results["learning"] = learning.where((learning["protocol"] != "DeCu") | (learning["step"] != 2100))
    of = {j.claim.id: j.evidence for j in judge(results)}
    before = learning["class_accuracy"].sel(step=2000)[learning["protocol"].values == "DeCu"]
    assert of[6].statistic == pytest.approx(float(100 * (before.mean() - 0.1) / 0.9))


def test_results_are_not_changed():
    results = study(seeds=3)
    before = results.copy(deep=True)
    judge(results)
    assert results.identical(before)


def test_verdicts_survive_a_round_trip_through_a_file(tmp_path):
    results = study(seeds=3)
    results.map_over_datasets(_strings_of_any_length).to_zarr(tmp_path / "results.zarr", consolidated=False)
    again = xr.open_datatree(tmp_path / "results.zarr", engine="zarr", consolidated=False)
    assert as_records(judge(again.load())) == as_records(judge(results))


def _strings_of_any_length(group: xr.Dataset) -> xr.Dataset:
    # The only kind of string that Zarr's specification has.
    fixed = {name: v.astype(object) for name, v in group.variables.items() if v.dtype.kind == "U"}
    return group.assign({n: v for n, v in fixed.items() if n in group.data_vars}).assign_coords(
        {n: v for n, v in fixed.items() if n in group.coords}
    )
