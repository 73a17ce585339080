"""Figures in the paper's layout, and figures' numbers as text."""

import csv
import io

import numpy as np
import pytest
import xarray as xr

from slowpoints.plots import binned_accuracy, clouds, csv_bytes, plot_binned_accuracy, plot_clouds
from tests.made_up import study


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
