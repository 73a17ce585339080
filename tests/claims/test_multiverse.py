"""Claims judged again under other choices, against evidence that was computed in other ways."""

import numpy as np
import pytest
import xarray as xr

from slowpoints.claims import CLAIMS, judge, multiverse
from slowpoints.plots import plot_multiverse
from tests.made_up import study


def row(found, **chosen):
    there = np.all([found[key].values == value for key, value in chosen.items()], axis=0)
    (k,) = np.flatnonzero(there)
    return found.isel(universe=int(k))


def test_what_verdicts_are_by_is_what_was_judged():
    results = study(protocols=("DeCu", "VoCu"))
    found = row(multiverse({"": results}), choice="as judged")
    judged = {j.claim.id: j.evidence for j in judge(results)}
    for claim in found["claim"].values:
        here, expected = found.sel(claim=claim), judged[int(claim)]
        assert str(here["verdict"].values) == expected.verdict
        assert float(here["statistic"]) == pytest.approx(expected.statistic)
        assert (float(here["low"]), float(here["high"])) == pytest.approx(
            expected.interval or (np.nan,) * 2, nan_ok=True
        )


@pytest.mark.parametrize("claim", [20, 21])
def test_adam_s_points_give_what_claims_show_beside(claim):
    results = study(effect=0.1, protocols=("DeCu", "VoCu"))
    found = row(multiverse({"": results}), choice="Adam").sel(claim=claim)
    (whole,) = (one.test(results) for one in CLAIMS if one.id == claim)
    beside = {part.statistic for part in whole.settings if not part.counts and part.label.endswith("adam")}
    assert float(found["statistic"]) in beside


def test_an_input_that_turns_the_speeds_round_turns_that_verdict():
    results = study(effect=0.3, protocols=("DeCu", "VoCu"))
    again = results["robustness"]
    slow = again["protocol"] == "DeCu"
    turned = (again["other_input_root_speed"] * 0 + 1e-3) * (1 + 9 * slow)
    results["robustness"]["other_input_root_speed"] = turned.transpose(*again["other_input_root_speed"].dims)
    results["robustness"]["other_input_outcome"] = again["other_input_outcome"].copy(
        data=np.full(again["other_input_outcome"].shape, "slow point")
    )
    found = multiverse({"": results}).sel(claim=21)
    verdicts = dict(zip(found["choice"].values.tolist(), found["verdict"].values.tolist(), strict=True))
    assert verdicts["as judged"] == "replicated"
    assert verdicts["another input"] == "not replicated"


def test_settings_and_studies_have_rows_of_their_own():
    one = study(protocols=("DeCu", "VoCu"), readouts=("sigmoid", "linear"))
    other = study(protocols=("DeCu", "VoCu"), seeds=2)
    found = multiverse({"one": one, "other": other})
    assert row(found, study="one", setting="digits, GRU, linear readout", choice="Adam").sizes["claim"] == 5
    assert set(found["study"].values) == {"one", "other"}
    drawn = plot_multiverse(found)
    assert len(drawn.axes) == 5
    assert drawn.axes[0].get_yticklabels()[0].get_text() == "one, digits, GRU, sigmoid readout, as judged"


def test_a_setting_of_naive_networks_alone_has_no_row():
    both = study(protocols=("DeCu", "naive"), readouts=("sigmoid", "linear"), seeds=2)
    alone = (both["slow_points"]["readout"] == "linear") & (both["slow_points"]["protocol"] == "DeCu")
    points = both["slow_points"].to_dataset()
    both["slow_points"] = xr.DataTree(points.isel(network=~alone.values))
    found = multiverse({"one": both})
    assert set(found["setting"].values) == {"digits, GRU, sigmoid readout"}
    # With one study its name says nothing.
    assert plot_multiverse(found).axes[0].get_yticklabels()[0].get_text() == "digits, GRU, sigmoid readout, as judged"


def test_nothing_measured_is_nothing_to_judge():
    nothing = multiverse({"": study(without=("slow_points", "lifetimes", "robustness"))})
    assert nothing.sizes["universe"] == 0
