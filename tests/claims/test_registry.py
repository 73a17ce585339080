"""The registry as a whole: what it lists, and what comes out of it."""

import json
from pathlib import Path

import pytest
import xarray as xr

from slowpoints.claims import as_records, CLAIMS, judge, Verdict
from tests.results import study

IDS = [*range(1, 31), *range(101, 105)]
GROUPS = ("training", "nominal", "delay", "noise", "second_retrieval", "slow_points", "tracks")


def test_every_claim_is_listed_once_and_in_order():
    assert [claim.id for claim in CLAIMS] == IDS


def test_every_claim_says_what_it_is_and_how_it_is_judged():
    for claim in CLAIMS:
        assert claim.claim
        assert claim.where
        assert claim.rule.endswith(".")


def test_the_documentation_states_every_rule_as_it_is():
    text = (Path(__file__).parents[2] / "docs" / "claims.md").read_text("utf-8")
    for claim in CLAIMS:
        assert f"| {claim.id} | {claim.claim} | {claim.rule} |" in text


@pytest.mark.parametrize("units", [("gru",), ("gru", "lstm", "tanh")])
def test_records_are_json_without_nan(units):
    records = as_records(judge(study(units=units, seeds=3)))
    assert json.loads(json.dumps(records, allow_nan=False)) == records
    assert [record["id"] for record in records] == IDS
    for record in records:
        assert {"claim", "statistic", "interval", "n", "paper", "verdict", "reason"} <= record.keys()
        assert str(record["reason"]).endswith((".", ".)"))


def test_nothing_is_tested_without_results():
    judgements = judge(xr.DataTree())
    assert {j.evidence.verdict for j in judgements} == {Verdict.NOT_TESTED}


@pytest.mark.parametrize("group", GROUPS)
def test_any_group_may_be_absent(group):
    judgements = judge(study(seeds=3, without=(group,)))
    for judgement in judgements:
        if group in judgement.claim.needs:
            assert judgement.evidence.verdict is Verdict.NOT_TESTED
            assert group in judgement.evidence.reason


def test_one_network_decides_nothing():
    decided = {j.claim.id for j in judge(study(seeds=1)) if "replicated" in j.evidence.verdict}
    assert not decided


def test_networks_without_values_are_left_out():
    full = study(seeds=5)
    holed = full.map_over_datasets(lambda group: group)
    for name in ("delay", "noise"):
        lost = holed[name]["seed"] == 4
        holed[name]["accuracy"] = holed[name]["accuracy"].where(~lost)
    of = {j.claim.id: j.evidence for j in judge(holed)}
    assert of[12].n == 4
    assert of[7].n == 5


def test_the_first_stage_is_found_between_the_steps_of_others():
    results = study(seeds=3)
    training = results["training"].to_dataset()
    results["training"] = training.where((training["protocol"] != "DeCu") | (training["step"] != 2100))
    of = {j.claim.id: j.evidence for j in judge(results)}
    before = training["digit_accuracy"].sel(step=2000)[training["protocol"].values == "DeCu"]
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
