"""Figures of how slow points form draw what was planted."""

import numpy as np
import pytest

from slowpoints.plots import (
    plot_short_readouts,
    plot_tracked_speeds,
    short_readouts,
    tracked_speeds,
)
from tests.made_up import CLASSES, INTRODUCED, PARENTS, study


@pytest.fixture(scope="module")
def results():
    return study(seeds=2)


def test_speeds_are_of_the_first_network_of_each_protocol(results):
    speeds = tracked_speeds(results)
    assert list(speeds["title"].values) == [f"digits, GRU, sigmoid readout, {p}, seed 0" for p in ("DeCu", "VoCu")]
    tracks = results["tracks"].to_dataset()
    of_vocu = tracks.isel(network=int(np.flatnonzero(tracks["protocol"].values == "VoCu")[0]))
    np.testing.assert_allclose(
        speeds["log10_root_speed"].isel(network=1).sel(tracking="certified"),
        np.log10(of_vocu["root_speed"].sel(tracking="certified").transpose("class", "step")),
    )
    changed = speeds["step"].values[speeds["changed"].values[1]]
    steps = speeds["step"].values
    np.testing.assert_array_equal(changed, [steps[steps > at][0] for at in INTRODUCED[2:]])


def test_each_track_is_a_line_and_each_change_a_mark(results):
    speeds = tracked_speeds(results)
    figure = plot_tracked_speeds(speeds)
    assert len(figure.axes) == 6
    for row in range(2):
        lines = figure.axes[3 * row].get_lines()
        assert len(lines) == CLASSES + speeds["changed"].values[row].sum()
        np.testing.assert_allclose(
            lines[-1].get_ydata(), speeds["log10_root_speed"].isel(network=row).sel(tracking="certified")[-1]
        )


def test_readouts_before_an_introduction_are_the_parents(results):
    readouts = short_readouts(results)
    assert list(readouts["title"].values) == [f"digits, GRU, sigmoid readout, VoCu, seed {k}" for k in (0, 1)]
    for label, parents in PARENTS.items():
        row = readouts["readout_class"].isel(network=0).sel({"class": label})
        assert row.sel(step=INTRODUCED[label]) == parents[0]
    figure = plot_short_readouts(readouts)
    assert len(figure.axes) == 2


def test_a_study_without_introductions_has_none():
    results = study(seeds=2, protocols=("DeCu", "naive"))
    assert short_readouts(results).sizes["network"] == 0
