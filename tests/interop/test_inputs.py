"""Two-dimensional inputs and hysteresis, against borders known on paper; a ring under a tuned input."""

import equinox as eqx
import jax
import numpy as np
import pytest
from scipy.optimize import brentq

from slowpoints._errors import InputError
from slowpoints.dynamics import EventKind, Outcome
from slowpoints.interop import from_torch, hysteresis, points_across, sweep, sweep_grid
from slowpoints.interop.inputs._grid import KINDS
from slowpoints.plots import hysteresis_loop, kinds_on_grid, plot_hysteresis_loop, plot_kinds_on_grid


class Cusp(eqx.Module):
    """x ↦ x + (h + r x − x³)/5 under the input (h, r): three fixed points where |h| < 2 (r/3)^(3/2), one elsewhere."""

    def at(self, input):
        return jax.tree_util.Partial(_cusp, np.asarray(input))

    def initial_state(self):
        return np.zeros(1)

    def domain(self):
        return -2.0, 2.0


def _cusp(input, x):
    return x + 0.2 * (input[0] + input[1] * x - x**3)


H, R = np.linspace(-0.8, 0.8, 7), np.array([-0.5, 0.4, 0.7, 1.1])
PLANE = np.stack(np.meshgrid(H, R), axis=-1)


@pytest.fixture(scope="module")
def plane():
    return sweep_grid(Cusp(), PLANE, starts=8)


def test_the_cusp_s_region_on_a_plane_of_inputs(plane):
    bistable = (PLANE[..., 1] > 0) & (np.abs(PLANE[..., 0]) < 2 * (np.maximum(PLANE[..., 1], 0) / 3) ** 1.5)
    assert bistable.any(axis=1).sum() == 3
    np.testing.assert_array_equal(plane.of("attractor"), 1 + bistable)
    np.testing.assert_array_equal(plane.of("repeller"), bistable)
    assert plane.of("saddle").sum() == plane.of("continuum").sum() == 0
    for place in np.ndindex(*bistable.shape):
        h, r = PLANE[place]
        roots = np.roots([-1, 0, r, h])
        known = np.sort(roots[np.abs(roots.imag) < 1e-9].real)
        found = np.sort(np.ravel(plane.points[place[0]][place[1]]))
        fixed = [np.abs(found - root).min() for root in known]
        np.testing.assert_allclose(fixed, 0, atol=1e-9)


def test_what_one_input_s_starts_found_is_looked_for_under_all():
    """With one start an input, every point of three is found all the same, once one start came upon it."""
    found = sweep_grid(Cusp(), np.stack(np.meshgrid(np.linspace(-0.2, 0.2, 9), [1.0, 1.1]), axis=-1), starts=1, seed=1)
    assert (found.of("attractor") == 2).all()


def test_what_is_drawn_is_the_grid(plane):
    values = kinds_on_grid(plane.to_xarray())
    np.testing.assert_array_equal(values["across"], H)
    np.testing.assert_array_equal(values["up"], R)
    assert values.attrs["names"] == ["input 0", "input 1"]
    assert list(values["kind"].values) == [kind for kind in KINDS if plane.of(kind).any()]
    figure = plot_kinds_on_grid(values)
    meshes = [axes.collections[0].get_array() for axes in figure.axes if axes.get_title(loc="left") in KINDS]
    np.testing.assert_array_equal(np.ravel(meshes[0]), np.ravel(plane.of("attractor")))
    turned = kinds_on_grid(
        plane.to_xarray().assign(constant_input=(("row", "column", "feature"), PLANE[..., ::-1] + PLANE))
    )
    assert turned.attrs["names"] == ["column", "row"]


def test_hysteresis_lies_between_the_cusp_s_borders():
    border = 2 * (1 / 3) ** 1.5
    path = np.stack([np.linspace(-0.8, 0.8, 17), np.ones(17)], axis=1)
    found = hysteresis(Cusp(), path)
    np.testing.assert_array_equal(found.loop, np.abs(path[:, 0]) < border)
    for k, (h, r) in enumerate(path):
        roots = np.roots([-1, 0, r, h])
        real = np.sort(roots[np.abs(roots.imag) < 1e-9].real)
        low, high = real[0], real[-1]
        np.testing.assert_allclose(found.forth[k], low if h < border else high, atol=1e-8)
        np.testing.assert_allclose(found.back[k], high if h > -border else low, atol=1e-8)
    values = hysteresis_loop(found.to_xarray())
    np.testing.assert_allclose(values["place"].sel(way="back"), found.back[:, 0])
    lines = plot_hysteresis_loop(values).axes[0].lines
    np.testing.assert_allclose([line.get_ydata() for line in lines], values["place"])


def test_a_state_that_never_rests_makes_no_loop():
    class Turning(Cusp):
        def at(self, input):
            return jax.tree_util.Partial(lambda u, x: u[0] - x, np.asarray(input))

    found = hysteresis(Turning(), np.array([[1.0, 0.0], [2.0, 0.0]]), start=np.array([0.2]), max_steps=51)
    assert not found.settled.any()
    assert not found.loop.any()


def test_a_ring_under_a_tuned_input():
    """Units on a ring with cosine weights. On the axis of the input, the length of the state's bump obeys one equation,
    whose roots are counted on a grid: opposite to the input two of its states meet and vanish as the input grows."""
    units, strength = 16, 3.0
    angle = 2 * np.pi * np.arange(units) / units
    weights = {
        "weight_ih_l0": np.cos(angle)[:, None],
        "weight_hh_l0": 2 * strength / units * np.cos(angle[:, None] - angle[None]),
    }

    def rest(length, input):
        return 2 / units * np.sum(np.cos(angle) * np.tanh((strength * length + input) * np.cos(angle))) - length

    path = np.linspace(0.3, 1.9, 3)
    swept = sweep(from_torch(weights, unit="tanh"), path[:, None], starts=48)
    lengths = np.linspace(-2, 2, 4001)
    for k, input in enumerate(path):
        signs = np.sign([rest(length, input) for length in lengths])
        roots = [
            float(brentq(rest, lengths[i], lengths[i + 1], args=(input,), xtol=1e-14))  # pyright: ignore
            for i in np.flatnonzero(np.diff(signs))
        ]
        there = swept.fixed[:, k]
        found = np.sort(2 / units * swept.state[there, k] @ np.cos(angle))
        np.testing.assert_allclose(found, roots, atol=1e-9)
        assert swept.attractors[k] == 1
    # With s = 3κ + u the equation is u = s − 3 g(s), which turns back where 3 g'(s) = 1.
    g = lambda s: 2 / units * np.sum(np.cos(angle) * np.tanh(s * np.cos(angle)))
    slope = lambda s: strength * 2 / units * np.sum((np.cos(angle) / np.cosh(s * np.cos(angle))) ** 2) - 1
    turn = float(brentq(slope, -10, -0.1, xtol=1e-14))  # pyright: ignore
    (fold,) = [event for event in swept.events if event.kind == EventKind.DISAPPEARS]
    assert fold.input[0] == pytest.approx(turn - strength * g(turn), abs=1e-6)


@pytest.mark.parametrize("inputs", [np.zeros((2, 2)), np.zeros((0, 2, 1)), 0.0])
def test_a_grid_has_rows_and_columns(inputs):
    with pytest.raises(InputError, match=r"inputs must be an array \(row, column, feature\), not of shape"):
        sweep_grid(Cusp(), inputs)


def test_wrong_kinds_and_paths_are_named(plane):
    with pytest.raises(InputError, match="kind must be one of attractor, saddle"):
        plane.of("node")
    with pytest.raises(InputError, match="inputs must be two or more constant inputs"):
        hysteresis(Cusp(), np.zeros((1, 2)))


def test_points_across_inputs_are_those_of_each_input_alone():
    """Seven inputs across the cusp's region: the fixed points are roots of the cubic, the outer two among them. Where
    only one is left, the other side's starts end at the ghost, the slowest state near 1/√3."""
    path = np.stack([np.linspace(-0.8, 0.8, 7), np.ones(7)], axis=1)
    starts = np.linspace(-1.5, 1.5, 20)[:, None]
    found = points_across(Cusp(), path, starts, fresh=8)
    assert found.assigned.shape == found.root_speed.shape == (7, 20)
    for k, (h, r) in enumerate(path):
        roots = np.roots([-1, 0, r, h])
        real = np.sort(roots[np.abs(roots.imag) < 1e-9].real)
        points = found.distinct[k].points
        fixed = points.outcome == Outcome.FIXED_POINT
        np.testing.assert_allclose([np.abs(real - x).min() for x in points.state[fixed, 0]], 0, atol=1e-9)
        np.testing.assert_allclose(np.abs(points.state[~fixed, 0]), 1 / np.sqrt(3), atol=1e-6)
        ends = points.state[found.assigned[k], 0]
        for root in {real[0], real[-1]}:
            assert np.abs(ends - root).min() < 1e-9
        np.testing.assert_allclose(found.root_speed[k], np.abs(_cusp((h, r), ends) - ends), atol=1e-12)
    (alone,) = points_across(Cusp(), path[3:4], starts).distinct
    ours, theirs = (np.sort(each.points.state, axis=0) for each in (found.distinct[3], alone))
    np.testing.assert_allclose(ours, theirs, atol=1e-9)


def test_what_is_given_to_points_across_inputs_is_checked():
    with pytest.raises(InputError, match="inputs must be one or more constant inputs"):
        points_across(Cusp(), np.zeros((0, 2)), np.zeros((1, 1)))
    with pytest.raises(InputError, match="fresh must not be negative, but it is -1"):
        points_across(Cusp(), np.zeros((1, 2)), np.zeros((1, 1)), fresh=-1)
