"""Figures of what was found of any network draw the numbers of their datasets."""

import jax.numpy as jnp
import numpy as np
import pytest
from matplotlib.figure import Figure
from sklearn.decomposition import PCA

from slowpoints._errors import InputError
from slowpoints.dynamics import find_slow_points, speed_on_axes, stability, trajectories
from slowpoints.plots import (
    phase_space,
    plot_phase_space,
    plot_spectra,
    plot_speed_landscape,
    save_figure,
    spectra,
    speed_landscape,
)
from tests.dynamics.maps import Ghost, TanhUnits

TANH = TanhUnits(jnp.array([1.5, 2.0, 3.0]))


@pytest.fixture(scope="module")
def found():
    points = find_slow_points(TANH, 0.98 * TANH.fixed_points(), domain=(-1.0, 1.0))
    paths = trajectories(TANH, np.random.default_rng(0).uniform(-1, 1, size=(6, 3)), 15)
    return points, paths, stability(TANH, points.state)


def test_components_are_those_of_the_trajectories(found):
    points, paths, there = found
    space = phase_space(points, paths, stability=there)
    oracle = PCA(2).fit(paths.reshape(-1, 3))
    mine, theirs = space["point"].values, oracle.transform(points.state)
    np.testing.assert_allclose(np.abs(mine), np.abs(theirs), atol=1e-10)
    np.testing.assert_allclose(space["share"], oracle.explained_variance_ratio_, rtol=1e-10)
    np.testing.assert_allclose(
        np.abs(space["trajectory"].values[2, 5]), np.abs(oracle.transform(paths[2, 5:6])[0]), atol=1e-10
    )
    np.testing.assert_allclose(space["centre"] + mine[3] @ space["axis"].values, oracle.inverse_transform(theirs)[3])
    assert set(space["outcome"].values) == {"fixed point"}
    assert {str(k): int(n) for k, n in zip(*np.unique(space["label"], return_counts=True), strict=True)} == {
        "attractor": 8,
        "saddle": 18,
        "repeller": 1,
    }


@pytest.mark.parametrize("dimensions", [2, 3])
def test_all_points_are_drawn_by_their_labels(found, dimensions):
    points, paths, there = found
    space = phase_space(points, paths, stability=there, dimensions=dimensions)
    figure = plot_phase_space(space)
    lines = [line for line in figure.axes[0].get_lines() if line.get_marker() == "o"]
    assert sorted(len(line.get_xdata()) for line in lines) == [1, 8, 18]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "fixed point, attractor (8)",
        "fixed point, saddle (18)",
        "fixed point, repeller (1)",
    ]


def test_points_alone_have_components_too(found):
    points, _, _ = found
    space = phase_space(points)
    np.testing.assert_allclose(np.abs(space["point"]), np.abs(PCA(2).fit_transform(points.state)), atol=1e-9)
    assert isinstance(plot_phase_space(space), Figure)
    with pytest.raises(InputError, match="dimensions must lie between 1 and 3, what 27 states span, not 4"):
        phase_space(points, dimensions=4)
    with pytest.raises(InputError, match="a figure has 2 or 3 dimensions, not 1"):
        plot_phase_space(phase_space(points, dimensions=1))


def test_spectra_are_drawn_with_what_grows_apart(found):
    points, _, there = found
    values = spectra(there)
    slopes = np.asarray(TANH.w) * (1 - np.tanh(np.asarray(TANH.w) * points.state) ** 2)
    np.testing.assert_allclose(np.sort(values["real"]), np.sort(slopes), rtol=1e-6)
    figure = plot_spectra(values.isel(point=slice(0, 6)))
    assert sum(panel.get_visible() for panel in figure.axes) == 6
    for k in range(6):
        _, stays, grows = figure.axes[k].get_lines()
        assert len(stays.get_xdata()) == np.sum(slopes[k] <= 1)
        assert len(grows.get_xdata()) == np.sum(slopes[k] > 1)


def test_a_landscape_on_a_line_and_on_a_plane():
    step = Ghost(jnp.array(0.25))
    line = speed_landscape(speed_on_axes(step, np.zeros(2), np.eye(2)[:1], [(-1.0, 1.0)], 21))
    expected = np.log10(np.hypot(0.25 + line["along_1"] ** 2, 0.25))
    np.testing.assert_allclose(line["log10_root_speed"], expected)
    (curve,) = plot_speed_landscape(line).axes[0].get_lines()
    np.testing.assert_allclose(curve.get_ydata(), expected)

    points = find_slow_points(step, np.array([[0.3, 0.2], [0.1, -0.4]]))
    space = phase_space(points, np.random.default_rng(0).uniform(-0.5, 0.5, size=(4, 5, 2)))
    plane = speed_landscape(
        speed_on_axes(step, space["centre"].values, space["axis"].values, [(-1, 1), (-2, 2)], 9, domain=(-0.8, np.inf))
    )
    figure = plot_speed_landscape(plane, space)
    drawn = figure.axes[0].collections[0].get_array()
    np.testing.assert_allclose(np.ma.filled(drawn, np.nan), plane["log10_root_speed"].T)
    assert np.isnan(plane["log10_root_speed"]).any()
    with pytest.raises(InputError, match="space can be drawn on a landscape of two axes only"):
        plot_speed_landscape(line, space)


def test_figures_are_written_whole_by_their_ending(tmp_path, found):
    figure = plot_phase_space(phase_space(found[0]))
    save_figure(figure, tmp_path / "a.png")
    save_figure(figure, tmp_path / "a.svg")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert b"<svg" in (tmp_path / "a.svg").read_bytes()
    with pytest.raises(InputError, match=r"a\.jpg cannot be drawn: a figure's name must end in \.png, \.svg, \.pdf"):
        save_figure(figure, tmp_path / "a.jpg")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "a.svg"]
