"""What claims, figures and pages read: selected by setting and protocol, averaged, and held against the schema."""

import numpy as np
import pytest
import xarray as xr

from slowpoints.measurements import MEASUREMENTS
from slowpoints.results import (
    by_seed,
    check_results,
    count_owned,
    has,
    long_delay,
    measured,
    network_means,
    not_measured,
    paired,
    points_found,
    protocols,
    searched_again,
    select,
    Setting,
    settings,
    trained_delay,
)
from tests.made_up import CLASSES, study

GRU = Setting("digits", "gru", "sigmoid")


def changed(name: str, change) -> xr.DataTree:
    """The made-up results with one group changed."""
    results = study(seeds=2)
    results[name] = xr.DataTree(change(results[name].to_dataset()))
    return results


def test_the_made_up_results_are_as_the_schema_says():
    check_results(study(seeds=2, units=("gru", "lstm"), readouts=("sigmoid", "linear")))
    assert set(study(seeds=2).children) == set(MEASUREMENTS)


@pytest.mark.parametrize(
    ("name", "change", "sentence"),
    [
        ("lifetimes", lambda g: g.drop_vars("pause"), "lifetimes has the variables .*, not "),
        ("lifetimes", lambda g: g.assign(more=g["pause"]), "lifetimes has the variables .*more"),
        ("lifetimes", lambda g: g.assign(pause=g["pause"].transpose()), r"lifetimes\.pause has dimensions"),
        ("lifetimes", lambda g: g.assign(pause=g["pause"] * 1.0), r"lifetimes\.pause is of kind f, not i"),
        ("lifetimes", lambda g: g.drop_vars("origin"), r"lifetimes\.\w+ has no labels along origin"),
        ("lifetimes", lambda g: g.drop_vars("processor"), "lifetimes lacks the coordinate processor along network"),
        ("slow_points", lambda g: g.rename(search="method"), "has dimensions"),
    ],
)
def test_what_is_not_as_the_schema_says_is_named(name, change, sentence):
    with pytest.raises(ValueError, match=sentence):
        check_results(changed(name, change))


def test_a_group_that_is_no_measurement_is_named():
    results = study(seeds=2)
    results["nominal"] = results["lifetimes"]
    with pytest.raises(ValueError, match="group nominal is no measurement"):
        check_results(results)
    del results["nominal"]
    del results.attrs["trial_steps"]
    with pytest.raises(ValueError, match="do not say their trial_steps"):
        check_results(results)


def test_networks_are_selected_by_setting_and_protocol():
    results = study(seeds=3, units=("gru", "lstm"), readouts=("sigmoid", "linear"))
    values = measured(results, "extrapolation")["null_accuracy"]
    assert settings(values)[:2] == (GRU, Setting("digits", "lstm", "sigmoid"))
    assert protocols(values) == ("DeCu", "VoCu", "naive")
    chosen = select(values, GRU, "VoCu")
    assert set(chosen["network"].values) == {f"gru-VoCu-sigmoid-{seed}" for seed in range(3)}
    assert select(values, GRU).sizes["network"] == 9
    assert select(values, Setting("mnist", "gru", "sigmoid")).sizes["network"] == 0


def test_pairs_are_of_the_same_seed():
    values = measured(study(seeds=4), "extrapolation")["nominal_accuracy"].sel(split="test").mean("class")
    values = values.where(~((values["protocol"] == "VoCu") & (values["seed"] == 2)))
    assert set(by_seed(values, GRU, "VoCu")) == {0, 1, 3}
    decu, vocu = paired(values, GRU)
    for k, seed in enumerate((0, 1, 3)):
        assert decu[k] == float(values.sel(network=f"gru-DeCu-sigmoid-{seed}"))
        assert vocu[k] == float(values.sel(network=f"gru-VoCu-sigmoid-{seed}"))


def test_means_over_networks_are_numpy_s():
    values = measured(study(seeds=5), "extrapolation")["delay_accuracy"].sel(split="test")
    holed = values.where(~((values["seed"] == 1) & (values["delay"] == 20)))
    made = network_means(holed)
    for protocol in ("DeCu", "VoCu", "naive"):
        rows = holed.values[holed["protocol"].values == protocol]
        here = made.sel(protocol=protocol).isel(setting=0)
        np.testing.assert_allclose(here["mean"], np.nanmean(rows, axis=0))
        count = np.isfinite(rows).sum(0)
        np.testing.assert_array_equal(here["n"], count)
        np.testing.assert_allclose(here["standard_error"], np.nanstd(rows, axis=0, ddof=1) / np.sqrt(count))


def test_what_was_not_measured_is_told_from_what_found_nothing():
    assert not has(study(seeds=2, without=("tracks",)), "tracks")
    assert "slowpoints run STUDY --only tracks" in not_measured(xr.DataTree(), "tracks")
    naive = study(seeds=2, protocols=("naive",))
    assert not has(naive, "slow_points")
    assert not_measured(naive, "slow_points").endswith("no class of any network was named rightly.")
    assert all(has(study(seeds=2), name) for name in MEASUREMENTS)


def test_points_are_those_of_one_search():
    results = study(seeds=2)
    newton = points_found(results, "newton")
    assert newton is not None
    expected = results["slow_points"]["root_speed"].sel(search="newton")
    np.testing.assert_array_equal(newton["root_speed"], expected)
    assert points_found(results, "gradient flow") is None
    assert count_owned(newton).sel(network="gru-DeCu-sigmoid-0") == CLASSES
    again = searched_again(results, "trial")
    assert again["root_speed"].dims == ("network", "class", "trial")
    np.testing.assert_array_equal(again["outcome"], results["robustness"]["trial_outcome"])


def test_delays_are_told_from_the_trained():
    results = study(seeds=2)
    assert (trained_delay(results), long_delay(results)) == (20, 200)
    short = changed("extrapolation", lambda group: group.sel(delay=[50, 1000]))
    assert (trained_delay(short), long_delay(short)) == (None, 50)
