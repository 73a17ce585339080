"""Every figure draws the numbers of its dataset, and only those that a study has."""

import re

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from slowpoints.measurements import MEASUREMENTS
from slowpoints.plots import (
    delay_curves,
    drawn,
    FIGURES,
    figures,
    learning_curves,
    owned_points,
    plot_learning_curves,
    plot_owned_points,
    plot_speed_against_accuracy,
    retrieval_table,
    speed_against_accuracy,
    StudyFigure,
)
from slowpoints.plots._figure import counted
from tests.made_up import CLASSES, study


def test_delay_curves_are_means_over_classes_then_networks():
    results = study(seeds=4)
    curves = delay_curves(results)
    accuracy = results["extrapolation"].to_dataset()["delay_accuracy"].sel(split="test")
    of = 100 * accuracy[accuracy["protocol"] == "DeCu"].mean("class")
    here = curves.sel(protocol="DeCu").isel(setting=0)
    np.testing.assert_allclose(here["mean"], of.mean("network"))
    np.testing.assert_allclose(here["standard_error"], of.std("network", ddof=1) / 2)
    assert (here["n"] == 4).all()
    assert curves.attrs == {"chance": 10.0, "trial_steps": 20}


def test_a_protocol_that_never_learned_is_not_extrapolated():
    curves = delay_curves(study(seeds=3))
    assert curves["mean"].sel(protocol="naive").isnull().all()


def test_curriculum_changes_are_where_the_curriculum_changes():
    curves = learning_curves(study(seeds=2))
    steps = curves["step"].values
    decu = curves["changed"].sel(protocol="DeCu").isel(setting=0).values
    np.testing.assert_array_equal(steps[decu], np.arange(2000, 14_000, 2000))
    assert not curves["changed"].sel(protocol="naive").any()
    assert isinstance(plot_learning_curves(curves), Figure)


def test_steps_that_only_others_recorded_hide_no_change():
    results = study(seeds=2)
    learning = results["learning"].to_dataset()
    holed = learning.where((learning["protocol"] != "DeCu") | (learning["step"] % 2000 != 500))
    results["learning"] = holed
    curves = learning_curves(results)
    decu = curves["changed"].sel(protocol="DeCu").isel(setting=0).values
    np.testing.assert_array_equal(curves["step"].values[decu], np.arange(2000, 14_000, 2000))


def test_speeds_and_accuracies_are_those_of_the_results():
    results = study(seeds=4)
    points = speed_against_accuracy(results)
    assert points.attrs["delay"] == 200
    expected = np.log10(results["slow_points"].to_dataset()["root_speed"].values.clip(min=1e-8))
    np.testing.assert_allclose(points["log10_root_speed"].values, expected)
    figure = plot_speed_against_accuracy(points)
    drawn = sum(np.shape(c.get_offsets())[0] for axes in figure.axes for c in axes.collections)
    assert drawn == np.isfinite(points["log10_root_speed"]).sum()


def test_a_study_without_long_delays_has_nothing_to_set_speeds_against():
    results = study(seeds=2)
    results["extrapolation"] = results["extrapolation"].to_dataset().sel(delay=[5, 20])
    with pytest.raises(ValueError, match="no delay beyond the trained"):
        speed_against_accuracy(results)
    assert "slow_points" not in figures(results)


def test_owned_points_count_classes():
    counts = owned_points(study(seeds=3))
    owned = counts["owned"]
    assert (owned[owned["protocol"] == "DeCu"] == CLASSES).all()
    assert (owned[owned["protocol"] == "VoCu"] == CLASSES - 3).all()
    assert owned[owned["protocol"] == "naive"].isnull().all()
    assert isinstance(plot_owned_points(counts), Figure)


def test_the_second_retrieval_keeps_both_triggers():
    assert list(retrieval_table(study(seeds=2))["retrieval"].values) == [1, 2]


@pytest.fixture(scope="module")
def made():
    return drawn(study(seeds=3, units=("gru", "lstm")))


def test_figures_are_those_whose_measurements_exist(made):
    assert list(made) == list(FIGURES)
    for name in MEASUREMENTS:
        needing = [key for key, figure in FIGURES.items() if name in figure.needs]
        assert drawn(study(seeds=2, without=(name,)), needing) == {}
    absent = ("clouds", "lifetimes", "tracks", "learning")
    without = figures(study(seeds=2, without=absent))
    assert list(without) == [key for key, figure in FIGURES.items() if not {*absent} & {*figure.needs}]


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_a_figure_says_what_it_is(figure):
    assert FIGURES[figure.name] is figure
    assert set(figure.needs) <= set(MEASUREMENTS)


def test_every_caption_says_n_and_what_error_bars_are(made):
    for name, (_, _, caption) in made.items():
        assert re.search(r"n = \d", caption), name
        assert re.search(r"mean ± standard error|o error bars|interval over|not errors", caption), name
        assert caption.endswith("."), name
    assert "n = 3 networks a setting (DeCu), 3 (VoCu);" in made["slow_points"].caption
    # Networks that never learned are not drawn, and so not counted.
    assert made["extrapolation"].caption.endswith("n = 3 networks a setting (DeCu), 3 (VoCu).")


def test_no_word_is_black_which_a_dark_screen_would_hide(made):
    for name, (figure, _, _) in made.items():
        words = [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
        assert words
        assert [text.get_text() for text in words if to_hex(text.get_color()) == "#000000"] == [], name


def test_numbers_that_differ_are_the_least_and_the_most():
    n = xr.DataArray([[4, 1, 0], [5, 1, 0]], dims=("setting", "protocol"), coords={"protocol": ["A", "B", "C"]})
    assert counted(n) == "n = 4 to 5 networks a setting (A), 1 (B)"
    assert counted(n.isel(setting=0).sel(protocol=["B"])) == "n = 1 network (B)"
    assert counted(n.sel(protocol=["C"]), "pairs") == "n = 0 pairs"


def test_a_new_figure_is_one_entry(monkeypatch):
    def draw(data: xr.Dataset) -> Figure:
        made = Figure()
        made.subplots().plot(data["accuracy"].values)
        return made

    def accuracy(results: xr.DataTree) -> xr.Dataset:
        return xr.Dataset({"accuracy": results["extrapolation"]["nominal_accuracy"].mean(["split", "class"])})

    toy = StudyFigure("toy", ("extrapolation",), accuracy, draw, lambda data: "Toy.")
    for name in tuple(FIGURES):
        monkeypatch.delitem(FIGURES, name)
    monkeypatch.setitem(FIGURES, "toy", toy)
    drawn = figures(study(seeds=2))["toy"]
    (line,) = drawn.axes[0].get_lines()
    expected = study(seeds=2)["extrapolation"]["nominal_accuracy"].mean(["split", "class"])
    np.testing.assert_allclose(np.asarray(line.get_ydata(), float), expected)
    assert "toy" not in figures(study(seeds=2, without=("extrapolation",)))
