"""Cycles of maps whose cycles are known: on paper, or counted in print."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.dynamics import find_cycles, StabilityLabel

from ..maps import henon, random_lstm


class Logistic(eqx.Module):
    r: jax.Array

    def __call__(self, x):
        return self.r * x * (1.0 - x)


def logistic(r):
    return Logistic(np.asarray(r))


GRID = np.linspace(0.03, 0.97, 30)
find = partial(find_cycles, longest=4, domain=(0.0, 1.0))


@pytest.mark.parametrize("r", [3.2, 3.4, 3.5])
def test_the_logistic_map_s_two_cycle(r):
    """Beside the fixed points, for 3 < r: (r + 1 ± √((r−3)(r+1)))/2r, with multiplier 4 + 2r − r²."""
    found = find(logistic(r), GRID)
    np.testing.assert_array_equal(found.period[:3], [1, 1, 2])
    np.testing.assert_allclose(found.state[:2, 0], [0, 1 - 1 / r], atol=1e-12)
    root = np.sqrt((r - 3) * (r + 1))
    np.testing.assert_allclose(found.state[2, :2], [(r + 1 - root) / (2 * r), (r + 1 + root) / (2 * r)], atol=1e-12)
    np.testing.assert_allclose(found.stability.eigenvalues[:3, 0], [r, 2 - r, 4 + 2 * r - r**2], atol=1e-9)
    stable = r < 1 + np.sqrt(6)
    assert found.stability.labels[2] == (StabilityLabel.ATTRACTOR if stable else StabilityLabel.REPELLER)
    # The doubled cycle is born at 1 + √6 = 3.449…
    assert (found.period == 4).sum() == (0 if stable else 1)
    assert np.isnan(found.state[:3, 2:]).all()
    assert (found.residual < 1e-12).all()


def test_nothing_but_fixed_points_before_the_first_doubling():
    found = find(logistic(2.8), GRID)
    np.testing.assert_array_equal(found.period, [1, 1])
    # Searches of F² and F⁴ that end on a fixed point count for it.
    assert found.hits.sum() + found.missed.sum() == 4 * len(GRID)


def test_the_window_of_period_three():
    """At r = 3.83 one three-cycle attracts and one repels; both appear at 1 + √8 = 3.828…"""
    found = find(logistic(3.83), GRID)
    three = found.period == 3
    assert sorted(label.name for label, is_three in zip(found.stability.labels, three, strict=True) if is_three) == [
        "ATTRACTOR",
        "REPELLER",
    ]
    x = 0.5
    for _ in range(3000):
        x = 3.83 * x * (1 - x)
    orbit = sorted([x, 3.83 * x * (1 - x), 3.83 * (3.83 * x * (1 - x)) * (1 - 3.83 * x * (1 - x))])
    attracting = found.state[three][np.abs(found.stability.eigenvalues[three, 0]) < 1][0]
    np.testing.assert_allclose(np.sort(attracting[:3]), orbit, atol=1e-10)
    assert attracting[0] == attracting[:3].min()
    before = find(logistic(3.82), GRID)
    assert not (before.period == 3).any()
    assert before.missed[2] > 0  # the searches ended at the ghost of the three-cycles, and are not passed off as one


@pytest.fixture(scope="module")
def henon_trajectory():
    x, y, path = 0.1, 0.1, []
    for _ in range(250):
        path.append((x, y))
        x, y = 1 - 1.4 * x**2 + y, 0.3 * x
    return np.array(path[100:])


def test_the_henon_map_s_cycles_up_to_eight_are_those_in_print(henon_trajectory):
    """Galias (2001), by interval arithmetic at a = 1.4, b = 0.3: 1, 1, 0, 1, 0, 2, 4, 7 orbits of periods 1 to
    8 on the attractor, all saddles; beside them the other fixed point.
    """
    x, y = henon_trajectory.T
    found = find_cycles(henon, (x.copy(), y.copy()))
    np.testing.assert_array_equal(np.bincount(found.period, minlength=9)[1:], [2, 1, 0, 1, 0, 2, 4, 7])
    assert set(found.stability.labels) == {StabilityLabel.SADDLE}
    # Each orbit closes in NumPy, after its period and not before.
    for states_x, states_y, period, multipliers in zip(
        *found.state, found.period, found.stability.eigenvalues, strict=True
    ):
        assert np.isnan(states_x[period:]).all()
        x, y, product = states_x[0], states_y[0], np.eye(2)
        for phase in range(period):
            np.testing.assert_allclose([x, y], [states_x[phase], states_y[phase]], atol=1e-10)
            assert phase == 0 or abs(x - states_x[0]) > 1e-3
            product = np.array([[-2.8 * x, 1], [0.3, 0]]) @ product
            x, y = 1 - 1.4 * x**2 + y, 0.3 * x
        np.testing.assert_allclose([x, y], [states_x[0], states_y[0]], atol=1e-10)
        np.testing.assert_allclose(np.prod(multipliers), (-0.3) ** period, rtol=1e-6)
        np.testing.assert_allclose(np.sum(multipliers), np.trace(product), rtol=1e-8)
    # The two-cycle: x₁ + x₂ = (1 − b)/a, x₁x₂ = ((1 − b)² − a)/a²; the fixed points: ax² + (1 − b)x = 1.
    first, second = found.state[0][found.period == 2][0, :2]
    np.testing.assert_allclose([first + second, first * second], [0.5, (0.49 - 1.4) / 1.96], atol=1e-12)


def test_the_order_of_starts_does_not_matter(henon_trajectory):
    x, y = henon_trajectory[:40].T
    one = find_cycles(henon, (x.copy(), y.copy()), longest=4)
    other = find_cycles(henon, (x[::-1].copy(), y[::-1].copy()), longest=4)
    np.testing.assert_array_equal(one.period, other.period)
    np.testing.assert_array_equal(one.hits, other.hits)
    np.testing.assert_allclose(one.state[0], other.state[0], atol=1e-10)


def test_a_rotation_by_a_third_of_a_turn_within_a_pytree():
    """F turns z = (a, b) by 120°, drives |z| towards 1 and pushes it, by z̄², to three of the circle's angles.

    By symmetry the origin is fixed, one three-cycle attracts, and one lies between its phases, a saddle.
    """
    angle = 2 * np.pi / 3
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])

    def step(state):
        z = turn @ jnp.stack([state["a"], state["b"]])
        z = z * (1.5 - 0.5 * (z @ z))
        z = z + 0.1 * jnp.stack([z[0] ** 2 - z[1] ** 2, -2 * z[0] * z[1]])
        return {"a": z[0], "b": z[1]}

    phases = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    starts = {"a": np.append(np.cos(phases), 0.1), "b": np.append(np.sin(phases), 0.1)}
    found = find_cycles(step, starts, longest=4)
    np.testing.assert_array_equal(found.period, [1, 3, 3])
    np.testing.assert_allclose([found.state["a"][0, 0], found.state["b"][0, 0]], 0, atol=1e-12)
    labels = dict(zip(found.stability.labels, found.period, strict=True))
    assert labels == {StabilityLabel.REPELLER: 1, StabilityLabel.ATTRACTOR: 3, StabilityLabel.SADDLE: 3}
    for a, b in zip(found.state["a"][1:, :3], found.state["b"][1:, :3], strict=True):
        turned = np.unwrap(np.arctan2(b, a))
        np.testing.assert_allclose(np.diff(turned), angle, atol=1e-10)


def test_lstm_states_have_fixed_points_as_cycles():
    starts = (np.zeros((2, 3)), np.zeros((2, 3)))
    found = find_cycles(random_lstm(3, seed=1), starts, longest=2)
    assert found.period.tolist() == [1]
    assert [leaf.shape for leaf in found.state] == [(1, 2, 3), (1, 2, 3)]


def test_no_cycle_at_all():
    found = find_cycles(lambda x: x + 0.1 + x**2, np.array([0.2, -0.3]), longest=2)
    assert len(found.period) == len(found.state) == len(found.stability.labels) == 0
    np.testing.assert_array_equal(found.missed, [2, 2])


def test_bad_input_is_named():
    with pytest.raises(InputError, match="longest must be at least 1, not 0"):
        find_cycles(henon, (np.zeros(1), np.zeros(1)), longest=0)
    with pytest.raises(InputError, match="step must return state as float64"):
        find_cycles(lambda x: x[:1], np.zeros((1, 2)))
