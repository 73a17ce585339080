"""ReLU networks whose fixed points are found by solving every one of their linear regions."""

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.dynamics import linear_regions, Region
from slowpoints.dynamics.regions._descend_kinks import least_average

ALPHA = 0.3


def relu_network(units, seed):
    rng = np.random.default_rng(seed)
    weights = 1.6 * rng.normal(size=(units, units)) / np.sqrt(units) + 0.8 * np.eye(units)
    bias = 0.5 * rng.normal(size=units)
    return weights, bias, lambda r: (1 - ALPHA) * r + ALPHA * jax.nn.relu(weights @ r + bias)


def by_brute_force(weights, bias):
    """All fixed points of r = relu(W r + b): for each set of active units, solve and see if just these are active."""
    units, points = len(bias), []
    for active in product((0.0, 1.0), repeat=units):
        mask = np.diag(active)
        r = np.linalg.solve(np.eye(units) - mask @ weights, mask @ bias)
        if np.array_equal(weights @ r + bias > 0, np.array(active) > 0):
            points.append((r, np.linalg.eigvals((1 - ALPHA) * np.eye(units) + ALPHA * mask @ weights)))
    return points


@pytest.mark.parametrize("seed", range(3))
def test_all_fixed_points_of_small_networks_are_found_exactly(seed):
    weights, bias, step = relu_network(5, seed)
    known = by_brute_force(weights, bias)
    starts = 3 * np.random.default_rng(seed).normal(size=(24, 5))
    found = linear_regions(step, starts)
    inside = found.region == Region.INSIDE
    for state, values in zip(found.state[inside], found.eigenvalues[inside], strict=True):
        nearest = min(known, key=lambda each: np.linalg.norm(each[0] - state))
        np.testing.assert_allclose(state, nearest[0], atol=1e-12)
        np.testing.assert_allclose(np.sort(np.abs(values)), np.sort(np.abs(nearest[1])), atol=1e-10)
    reached = [np.linalg.norm(found.state[inside] - r, axis=1).min(initial=np.inf) < 1e-9 for r, _ in known]
    assert all(reached)
    assert (found.root_speed[inside] < 1e-13 * 10).all()
    assert np.isnan(found.eigenvalues[~inside]).all()


def test_a_ghost_on_a_kink_is_found_where_it_is():
    """The motion is (|x| + 0.1, −y/2, −z): slowest at 0, by 0.1, with no gradient that vanishes on either side."""
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]

    def step(state):
        x, y, z = turn.T @ state
        return turn @ jnp.stack([x + jnp.abs(x) + 0.1, y / 2, 0.0 * z])

    found = linear_regions(step, np.array([[0.7, 0.4, -0.2], [-0.5, 0.1, 0.3]]))
    assert found.regions == (Region.SLOW_KINK,) * 2
    np.testing.assert_allclose(found.root_speed, 0.1, atol=1e-7)
    np.testing.assert_allclose(found.state, 0, atol=1e-7)
    assert np.isnan(found.eigenvalues).all()


def test_the_origin_of_a_network_without_bias_is_a_kink():
    weights = relu_network(4, 0)[0]
    found = linear_regions(lambda r: 0.5 * r + 0.5 * jax.nn.relu(weights @ r), np.zeros((1, 4)))
    assert found.regions == (Region.KINK,)


def test_what_is_not_piecewise_linear_is_said_to_be_curved():
    found = linear_regions(lambda x: jnp.tanh(2 * x), np.array([[0.1, 0.9], [0.0, 0.0]]))
    assert found.regions == (Region.CURVED,) * 2
    ghost = linear_regions(lambda x: x + 0.25 + x**2, np.array([[0.4]]))
    assert ghost.regions == (Region.CURVED,)


def test_where_all_states_move_alike_there_is_no_point():
    assert linear_regions(lambda x: x + 0.1, np.array([[0.0]])).regions == (Region.NEITHER,)


def test_a_state_may_be_a_tuple():
    step = lambda state: (jax.nn.relu(state[1] - 1.0), 0.5 * state[0] + 1.2)
    found = linear_regions(step, (np.array([[0.5]]), np.array([[0.5]])))  # x = y − 1, y = x/2 + 1.2
    np.testing.assert_allclose(np.concatenate([leaf[0] for leaf in found.state]), [0.4, 1.4], atol=1e-14)
    assert found.regions == (Region.INSIDE,)


def test_the_least_average_is_that_of_a_polygon():
    """The nearest point to 0 of a triangle: on its side from (1, −1) to (1, 2), at (1, 0); and 0 if it lies inside."""
    triangle = np.array([[1.0, -1.0], [1.0, 2.0], [3.0, 0.0]])
    np.testing.assert_allclose(least_average(triangle), [1, 0], atol=1e-4)
    np.testing.assert_allclose(least_average(triangle - np.array([1.5, 0.0])), 0, atol=1e-8)


def test_a_peak_of_speed_on_a_kink_is_left_for_a_fixed_point():
    """|F(x) − x| = |½ − ¼|x||: 0 is its peak, where gradients balance as they do at a minimum; ±2 are fixed."""
    found = linear_regions(lambda x: x + 0.5 - 0.25 * jnp.abs(x), np.array([[0.0]]))
    assert found.regions == (Region.INSIDE,)
    assert abs(found.state[0, 0]) == pytest.approx(2.0, abs=1e-12)


def test_a_step_that_is_not_finite_is_told():
    with pytest.raises(InputError, match="finite values at every state; at state 1 it is not so"):
        linear_regions(jnp.log, np.array([[2.0], [-1.0]]))
