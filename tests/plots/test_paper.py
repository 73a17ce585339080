"""Figures in the paper's layout, and figures' numbers as text."""

import csv
import io

import numpy as np
import pytest
import xarray as xr

from slowpoints.plots import (
    binned_accuracy,
    clouds,
    csv_bytes,
    extrapolation_curves,
    formation,
    headline,
    plot_binned_accuracy,
    plot_clouds,
    plot_extrapolation,
    plot_formation,
    plot_headline,
)
from tests.made_up import INTRODUCED, PARENTS, study


def test_accuracy_is_binned_over_all_pairs_by_hand():
    results = study(seeds=3)
    data = binned_accuracy(results)
    assert data is not None
    points = results["slow_points"].to_dataset().sel(search="newton")
    accuracy = 100 * results["extrapolation"]["delay_accuracy"].sel(split="test", delay=data.attrs["delay"])
    speed = 2 * np.log10(np.maximum(points["root_speed"].values, 1e-8)).ravel()
    y, there = accuracy.values.ravel(), np.isfinite(speed)
    assert int(data["n"].sum()) == there.sum()
    for k, middle in enumerate(data["bin"].values):
        inside = there & (speed >= middle - 0.5) & (speed < middle + 0.5)
        row = data.isel(setting=0, bin=k)
        assert int(row["n"]) == inside.sum()
        if inside.sum() > 1:
            assert float(row["mean"]) == pytest.approx(y[inside].mean())
            assert float(row["standard_error"]) == pytest.approx(y[inside].std(ddof=1) / inside.sum() ** 0.5)
    of_decu = speed[(np.repeat(points["protocol"].values, points.sizes["class"]) == "DeCu") & there]
    bar = data.isel(setting=0).sel(protocol="DeCu")
    assert float(bar["speed_mean"]) == pytest.approx(of_decu.mean())
    assert float(bar["speed_deviation"]) == pytest.approx(of_decu.std(ddof=1))
    assert plot_binned_accuracy(data).axes


def test_without_long_delays_there_is_nothing_to_bin():
    results = study(seeds=2)
    results["extrapolation"] = results["extrapolation"].to_dataset().sel(delay=[5, 20])
    assert binned_accuracy(results) is None


def test_clouds_are_of_one_seed_a_row_a_protocol_and_a_column_a_condition():
    results = study(seeds=2)
    data = clouds(results)
    assert data is not None
    assert (list(data["protocol"].values), data.attrs["seed"]) == (["DeCu", "VoCu"], 0)
    network = results["clouds"].sel(network="gru-VoCu-sigmoid-0")
    np.testing.assert_array_equal(data["projected"].sel(protocol="VoCu"), network["projected"])
    assert len(plot_clouds(data).axes) == 6


def test_figure_2_has_delays_on_the_left_and_noise_on_the_right_a_line_a_unit_and_protocol():
    results = study(seeds=2, units=("gru", "lstm"))
    curves = extrapolation_curves(results)
    left, right = plot_extrapolation(curves).axes
    names = ["DeCu GRU", "VoCu GRU", "DeCu LSTM", "VoCu LSTM"]
    for axes, along in ((left, "delay"), (right, "noise")):
        assert axes.get_legend_handles_labels()[1] == names
        accuracy = 100 * results["extrapolation"][f"{along}_accuracy"].sel(split="test", network="lstm-VoCu-sigmoid-0")
        other = 100 * results["extrapolation"][f"{along}_accuracy"].sel(split="test", network="lstm-VoCu-sigmoid-1")
        x, y = axes.containers[names.index("VoCu LSTM")].lines[0].get_data()
        np.testing.assert_array_equal(x, accuracy[along])
        np.testing.assert_allclose(y, (accuracy.mean("class") + other.mean("class")) / 2)


def test_the_headline_has_a_row_for_each_setting_that_learned_under_a_curriculum():
    results = study(seeds=4, units=("gru", "lstm"), readouts=("sigmoid", "linear"))
    for name in ("extrapolation", "slow_points"):
        group = results[name].to_dataset()
        naive_alone = (group["unit"] == "lstm") & (group["readout"] == "linear") & (group["protocol"] != "naive")
        results[name] = xr.DataTree(group.isel(network=~naive_alone.values))
    found = headline(results)
    expected = ["digits, GRU, sigmoid readout", "digits, LSTM, sigmoid readout", "digits, GRU, linear readout"]
    assert found["setting"].values.tolist() == expected
    rows = np.reshape(plot_headline(found).axes, (3, 2))
    for (left, right), setting in zip(rows, expected, strict=True):
        assert {axes.get_title("left").split("\n")[1] for axes in (left, right)} == {setting}
        assert [text.get_text() for text in left.get_legend().get_texts()][:2] == ["DeCu (n = 4)", "VoCu (n = 4)"]
        assert [text.get_text() for text in right.get_xticklabels()][:2] == ["DeCu (n = 4)", "VoCu (n = 4)"]
    of = results["extrapolation"]["delay_accuracy"].sel(split="test")
    chosen = of[(of["unit"] == "lstm") & (of["readout"] == "sigmoid") & (of["protocol"] == "VoCu")]
    lines = {line.get_label(): line.get_ydata() for line in rows[1, 0].get_lines()}
    np.testing.assert_allclose(lines["VoCu (n = 4)"], 100 * chosen.mean(["network", "class"]))


@pytest.mark.parametrize(("readout", "named"), [("linear", ["naive (n = 2)"]), ("sigmoid", None)])
def test_a_headline_without_curricula_is_of_what_there_is(readout, named):
    found = headline(study(seeds=2, protocols=("naive",), readouts=(readout,)))
    assert found["setting"].values.tolist() == [f"digits, GRU, {readout} readout"]
    legend = plot_headline(found).axes[0].get_legend()
    assert (legend and [text.get_text() for text in legend.get_texts()]) == named


def test_figure_2_has_cifar10_in_an_inset():
    mnist, cifar = study(seeds=2, corpus="mnist"), study(seeds=2, corpus="cifar10")
    both = xr.concat([r["extrapolation"].to_dataset() for r in (cifar, mnist)], "network", join="outer")
    results = xr.DataTree.from_dict({"/extrapolation": both})
    results.attrs.update(mnist.attrs)
    for axes in plot_extrapolation(extrapolation_curves(results)).axes:
        (inset,) = axes.child_axes
        assert inset.get_title("left") == "cifar10"
        assert len(inset.containers) == len(axes.containers) == 2
    alone = plot_extrapolation(extrapolation_curves(cifar))
    assert [len(axes.child_axes) for axes in alone.axes] == [0, 0]


def test_figure_4_has_a_column_a_unit():
    data = binned_accuracy(study(seeds=2, units=("gru", "lstm")))
    assert data is not None
    titles = [axes.get_title("left") for axes in plot_binned_accuracy(data).axes]
    assert titles == ["digits, GRU, sigmoid readout", "digits, LSTM, sigmoid readout"]


def test_figure_5_is_of_one_seed_and_its_events_of_all():
    results = study(seeds=2)
    data = formation(results)
    assert data is not None
    tracks = results["tracks"].to_dataset().sel(tracking="certified")
    assert list(data["protocol"].values) == ["VoCu", "DeCu"]
    for protocol in ("VoCu", "DeCu"):
        speed = tracks["root_speed"].sel(network=f"gru-{protocol}-sigmoid-0").transpose("class", "step")
        np.testing.assert_allclose(data["log10_speed"].sel(protocol=protocol), 2 * np.log10(speed))
    steps = data["step"].values
    changed = steps[data["changed"].sel(protocol="VoCu").values]
    np.testing.assert_array_equal(changed, [steps[steps > at][0] for at in INTRODUCED[2:]])
    for label, parents in PARENTS.items():
        readout = data["readout_class"].sel({"class": label})
        assert readout.sel(step=INTRODUCED[label]) == parents[0]
        assert np.isfinite(readout).sum() == 2
    assert (data.attrs["event_class"], data.attrs["event_parent"], data.attrs["event_step"]) == (7, 3, INTRODUCED[7])
    shown = np.isfinite(data["accuracy"])
    np.testing.assert_array_equal(data["class"].values[shown.any("step").values], range(7))
    before, after = np.flatnonzero(steps == INTRODUCED[7])[0] + np.array([-3, 4])
    np.testing.assert_array_equal(np.flatnonzero(shown.any("class")), range(before, after + 1))
    assert data.sizes["event"] == 2 * len(PARENTS)
    np.testing.assert_array_equal(data["introduced_class"], [*PARENTS, *PARENTS])
    np.testing.assert_array_equal(data["parent"], [p[0] for p in PARENTS.values()] * 2)
    alone = [c for c, p in PARENTS.items() if len(p) == 1]
    np.testing.assert_allclose(data["excess"].values[data["introduced_class"].isin(alone).values], 10, atol=2)
    figure = plot_formation(data)
    assert [axes.get_title("left")[0] for axes in figure.axes] == list("ABCDE")
    assert sum(bar.get_height() for bar in figure.axes[4].patches) == pytest.approx(1)


def test_figure_5_needs_a_curriculum_that_introduces_classes():
    assert formation(study(seeds=2, protocols=("DeCu", "naive"))) is None
    alone = formation(study(seeds=2, protocols=("VoCu",)))
    assert alone is not None
    assert [axes.get_visible() for axes in plot_formation(alone).axes] == [True, False, True, True, True]


def test_figure_5_takes_the_seed_of_vocu_where_no_seed_is_shared():
    results = study(seeds=2)
    tracks = results["tracks"].to_dataset()
    results["tracks"] = tracks.sel(network=["gru-DeCu-sigmoid-0", "gru-VoCu-sigmoid-1"])
    data = formation(results)
    assert data is not None
    assert (list(data["protocol"].values), data.attrs["seed"]) == (["VoCu"], 1)


def test_figure_5_says_where_no_parent_is_known():
    results = study(seeds=2)
    tracks = results["tracks"].to_dataset()
    results["tracks"] = tracks.assign(short_outcome=tracks["short_outcome"].where(False, ""))
    data = formation(results)
    assert data is not None
    assert data.sizes["event"] == 0
    assert plot_formation(data).axes[3].get_title("left") == "D   no class' parent is known"


def test_numbers_are_one_a_row():
    data = xr.Dataset(
        {"mean": (("a", "b"), [[1.5, np.nan], [2.0, 3.0]]), "word": ("a", ["x, y", "z"]), "one": ((), 7)},
        coords={"a": ["p", "q"], "b": [10, 20]},
    )
    rows = list(csv.reader(io.StringIO(csv_bytes(data).decode())))
    assert rows == [
        ["variable", "a", "b", "value"],
        ["mean", "p", "10", "1.5"],
        ["mean", "q", "10", "2.0"],
        ["mean", "q", "20", "3.0"],
        ["word", "p", "", "x, y"],
        ["word", "q", "", "z"],
        ["one", "", "", "7"],
    ]
