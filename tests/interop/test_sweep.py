"""Branches along a path of inputs, against borders known on paper."""

import equinox as eqx
import jax
import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.dynamics import EventKind
from slowpoints.interop import from_torch, sweep
from slowpoints.plots import bifurcation_diagram, plot_bifurcation_diagram
from slowpoints.plots._input_path import along_path


class Cusp(eqx.Module):
    """x ↦ x + (h + r x − x³)/5: three fixed points where |h| < 2 (r/3)^(3/2), one elsewhere."""

    r: float

    def at(self, input):
        return jax.tree_util.Partial(_cusp, np.asarray(self.r), np.asarray(input[0]))

    def initial_state(self):
        return np.zeros(1)

    def domain(self):
        return -2.0, 2.0


def _cusp(r, h, x):
    return x + 0.2 * (h + r * x - x**3)


def events_of(swept, *kinds):
    return [event for event in swept.events if event.kind in kinds]


@pytest.mark.parametrize("r", [0.5, 1.0])
def test_the_bistable_region_of_the_cusp_has_its_exact_borders(r):
    path = np.linspace(-0.8, 0.8, 9)
    swept = sweep(Cusp(r), path[:, None], starts=8)
    border = 2 * (r / 3) ** 1.5
    appears, disappears = events_of(swept, EventKind.APPEARS, EventKind.DISAPPEARS)
    np.testing.assert_allclose([appears.input[0], disappears.input[0]], [-border, border], atol=1e-8)
    np.testing.assert_array_equal(swept.attractors, 1 + (np.abs(path) < border))
    for k, h in enumerate(path):
        roots = np.roots([-1, 0, r, h])
        known = np.sort(roots[np.abs(roots.imag) < 1e-9].real)
        there = swept.fixed[:, k]
        np.testing.assert_allclose(np.sort(swept.state[there, k, 0]), known, atol=1e-9)
        slope = 1 + 0.2 * (r - 3 * swept.state[there, k, 0] ** 2)
        np.testing.assert_allclose(swept.modulus[there, k], np.abs(slope), atol=1e-9)
        np.testing.assert_array_equal(swept.unstable[there, k], slope > 1)


def test_below_the_cusp_there_is_one_branch_and_nothing_happens():
    swept = sweep(Cusp(-0.5), np.linspace(-0.8, 0.8, 5)[:, None], starts=4)
    assert swept.state.shape == (1, 5, 1)
    assert swept.events == ()


def test_a_network_of_two_choices_decides_where_paper_says():
    """xᵢ' = tanh(xᵢ − xⱼ + u): both alike where x = tanh u, which branches where 2(1 − x²) = 1.

    Apart by d they are where d = tanh(u + d) − tanh(u − d), whose roots are counted on a grid.
    """
    weights = {"weight_ih_l0": np.ones((2, 1)), "weight_hh_l0": np.array([[1.0, -1.0], [-1.0, 1.0]])}
    path = np.linspace(0.3, 1.5, 7)
    swept = sweep(from_torch(weights, unit="tanh"), path[:, None], starts=16)
    (branches,) = events_of(swept, EventKind.BRANCHES)
    at = np.arctanh(np.sqrt(0.5))
    assert branches.input[0] == pytest.approx(at, abs=1e-8)
    for k, u in enumerate(path):
        state = swept.state[swept.fixed[:, k], k]
        alike = np.abs(state[:, 0] - state[:, 1]) < 1e-6
        np.testing.assert_allclose(state[alike], np.tanh(u), atol=1e-9)
        apart = np.linspace(1e-6, 2, 100_001)
        roots = np.count_nonzero(np.diff(np.sign(np.tanh(u + apart) - np.tanh(u - apart) - apart)))
        assert (~alike).sum() == 2 * roots
        assert swept.attractors[k] == (2 if roots == 1 else 3 if roots == 2 else 1)


def test_what_is_drawn_is_the_sweep():
    swept = sweep(Cusp(1.0), np.linspace(-0.8, 0.8, 5)[:, None], starts=8)
    values = bifurcation_diagram(swept.to_xarray())
    np.testing.assert_allclose(values["place"], swept.state[..., 0], atol=1e-12)
    np.testing.assert_array_equal((values["kind"] == "attractor").sum("branch"), swept.attractors)
    np.testing.assert_allclose(values["along"], swept.inputs[:, 0])
    np.testing.assert_allclose(values["event_along"], [event.input[0] for event in swept.events], atol=1e-12)
    axes = plot_bifurcation_diagram(values).axes[0]
    drawn = np.concatenate([line.get_ydata() for line in axes.lines if len(line.get_ydata()) == 5])
    assert np.isfinite(drawn).sum() == np.isfinite(values["place"]).sum()


@pytest.mark.parametrize(
    ("path", "along", "words"),
    [
        ([[0.5], [0.0]], [0.5, 0.0], "constant input"),
        ([[1.0, -1.0], [1.0, 3.0]], [-1.0, 3.0], "input 1"),
        ([[0.0, 0.0], [3.0, 4.0], [3.0, 5.0]], [0.0, 5.0, 6.0], "distance along the path of inputs"),
    ],
)
def test_a_path_is_drawn_along_the_input_that_changes_or_by_its_length(path, along, words):
    found, said = along_path(np.array(path))
    np.testing.assert_allclose(found, along)
    assert said == words


@pytest.mark.parametrize("inputs", [[[0.0]], 0.0, np.zeros((0, 1))])
def test_a_path_needs_two_inputs(inputs):
    with pytest.raises(InputError, match="inputs must be two or more constant inputs"):
        sweep(Cusp(1.0), inputs)
