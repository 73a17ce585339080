"""Recurrent networks: the search against SciPy's, the certificate against finite differences."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize

from slowpoints.dynamics import Adam, find_slow_points, jacobian, Newton, Outcome, speed

from .maps import lstm_coordinates, numpy_gru, random_gru, random_lstm

UNITS = 30


@pytest.fixture(scope="module")
def gru():
    step, weights = random_gru(UNITS, seed=3)
    starts = np.random.default_rng(1).uniform(-0.9, 0.9, size=(6, UNITS))
    return step, weights, starts, find_slow_points(step, starts, domain=(-1.0, 1.0))


def numerical_jacobian(function, at, width=1e-6):
    columns = [(function(at + e) - function(at - e)) / (2 * width) for e in width * np.eye(at.size)]
    return np.stack(columns, axis=1)


def test_newton_ends_no_higher_than_l_bfgs_b_started_where_it_ended(gru):
    _, weights, _, found = gru

    def half_speed(h):
        return 0.5 * np.sum((numpy_gru(weights, h) - h) ** 2)

    assert Outcome.UNFINISHED not in found.outcomes
    for state, q in zip(found.state, found.q, strict=True):
        other = minimize(half_speed, state, method="L-BFGS-B", bounds=[(-1, 1)] * UNITS, tol=1e-15)
        np.testing.assert_allclose(q, half_speed(state), rtol=1e-10, atol=1e-26)
        assert q <= other.fun * (1 + 1e-6) + 1e-20


def test_newton_agrees_with_l_bfgs_b_from_nearby(gru):
    _, weights, _, found = gru

    def half_speed(h):
        return 0.5 * np.sum((numpy_gru(weights, h) - h) ** 2)

    nudge = 1e-3 * np.random.default_rng(5).normal(size=found.state.shape)
    for state, q, start in zip(found.state, found.q, np.clip(found.state + nudge, -1, 1), strict=True):
        options = {"maxiter": 20_000, "maxfun": 2_000_000, "ftol": 1e-16, "gtol": 1e-12}
        other = minimize(half_speed, start, method="L-BFGS-B", bounds=[(-1, 1)] * UNITS, options=options)
        assert q <= other.fun * (1 + 1e-6) + 1e-18
        assert np.abs(other.x - state).max() < 0.05


def test_states_stay_in_the_domain_and_never_speed_up(gru):
    step, _, starts, found = gru
    assert (np.abs(found.state) <= 1).all()
    before = np.asarray(jax.vmap(lambda h: speed(step, h))(starts.astype(np.float32)))
    assert (found.speed <= before).all()


def test_the_certificate_is_that_of_the_returned_state(gru):
    _, weights, _, found = gru
    for k, state in enumerate(found.state):
        moved = numpy_gru(weights, state)
        np.testing.assert_allclose(found.speed[k], np.sum((moved - state) ** 2), rtol=1e-9, atol=1e-26)
        by_difference = numerical_jacobian(lambda h: numpy_gru(weights, h), state)
        leading = np.abs(np.linalg.eigvals(by_difference)).max()
        np.testing.assert_allclose(np.abs(found.eigenvalues[k, 0]), leading, atol=1e-6)
        gradient = (by_difference - np.eye(UNITS)).T @ (moved - state)
        held = ((state <= -1) & (gradient > 0)) | ((state >= 1) & (gradient < 0))
        assert found.active_bounds[k] == held.sum()
        np.testing.assert_allclose(found.gradient_norm[k], np.abs(gradient[~held]).max(), atol=1e-8)


def test_jacobian_and_speed_against_finite_differences(gru):
    step, weights, starts, _ = gru
    starts = starts.astype(np.float32)
    exact = np.asarray(jacobian(step, starts[0]))
    assert exact.dtype == np.float64
    state = starts[0].astype(np.float64)
    np.testing.assert_allclose(exact, numerical_jacobian(lambda h: numpy_gru(weights, h), state), atol=1e-8)
    many = np.asarray(jax.vmap(lambda h: jacobian(step, h))(starts))
    np.testing.assert_allclose(many[0], exact, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(
        np.asarray(speed(step, starts[0])), np.sum((numpy_gru(weights, state) - state) ** 2), rtol=1e-12
    )


def test_shuffled_and_split_batches_give_the_same_bits(gru):
    step, _, starts, found = gru
    order = np.array([4, 2, 0, 5, 3, 1])
    shuffled = find_slow_points(step, starts[order], domain=(-1.0, 1.0))
    np.testing.assert_array_equal(shuffled.state, found.state[order])
    np.testing.assert_array_equal(shuffled.outcome, found.outcome[order])
    np.testing.assert_array_equal(shuffled.iterations, found.iterations[order])
    part = find_slow_points(step, starts[2:4], domain=(-1.0, 1.0))
    np.testing.assert_array_equal(part.state, found.state[2:4])


def test_a_warm_start_stops_at_once(gru):
    step, _, _, found = gru
    again = find_slow_points(step, found.state, domain=(-1.0, 1.0))
    assert again.iterations.max() <= 5
    assert again.outcomes == found.outcomes
    np.testing.assert_allclose(again.state, found.state, atol=1e-9)


def test_a_small_budget_is_unfinished(gru):
    step, _, starts, _ = gru
    found = find_slow_points(step, starts, domain=(-1.0, 1.0), solver=Newton(max_iterations=2))
    assert set(found.outcomes) == {Outcome.UNFINISHED}
    np.testing.assert_array_equal(found.iterations, 2)
    with pytest.raises(RuntimeError, match="unfinished from 6 of 6 starts"):
        find_slow_points(step, starts, domain=(-1.0, 1.0), solver=Newton(max_iterations=2), throw=True)


def test_adam_descends_and_its_certificate_is_honest(gru):
    step, _, starts, _ = gru
    found = find_slow_points(step, starts, domain=(-1.0, 1.0), solver=Adam(steps=500))
    before = np.asarray(jax.vmap(lambda h: speed(step, h))(starts.astype(np.float32)))
    assert (found.speed < before).all()
    assert set(found.outcomes) == {Outcome.UNFINISHED}
    np.testing.assert_array_equal(found.iterations, 500)


def test_adam_moves_as_optax_would_by_hand():
    """Its first steps are the rate, whatever the gradient; its last a tenth of it; both end at the bound."""
    found = find_slow_points(lambda x: 0.5 * x, np.array([0.9]), solver=Adam(steps=10, learning_rate=1e-3))
    np.testing.assert_allclose(found.state, 0.9 - 4 * 1e-3 - 6 * 1e-4, atol=2e-5)
    inside = find_slow_points(lambda x: 0.5 * x, np.array([0.9]), domain=(0.899, 1.0), solver=Adam(steps=10))
    np.testing.assert_array_equal(inside.state, 0.899)
    outside = find_slow_points(
        lambda x: 0.5 * x, np.array([0.9]), domain=(0.899, 1.0), solver=Adam(steps=10, clip=False)
    )
    assert outside.state < 0.899


def test_lstm_states_are_searched_jointly_over_h_and_tanh_c():
    units = 6
    step = random_lstm(units, seed=2)
    rng = np.random.default_rng(0)
    starts = (rng.uniform(-0.5, 0.5, (5, units)), rng.normal(size=(5, units)))
    found = find_slow_points(step, starts, coordinates=lstm_coordinates, domain=((-1.0, -jnp.inf), (1.0, jnp.inf)))
    assert [leaf.shape for leaf in found.state] == [(5, units), (5, units)]
    assert found.eigenvalues.shape == (5, 2 * units)
    assert Outcome.FIXED_POINT in found.outcomes
    w, b = np.asarray(step.recurrent, np.float64), np.asarray(step.drive, np.float64)
    logistic = lambda x: 1 / (1 + np.exp(-x))
    for k, (h, c) in enumerate(zip(*found.state, strict=True)):
        i, f, o, g = np.split(b + h @ w, 4)
        new_c = logistic(f) * c + logistic(i) * np.tanh(g)
        new_h = logistic(o) * np.tanh(new_c)
        expected = np.sum((new_h - h) ** 2) + np.sum((np.tanh(new_c) - np.tanh(c)) ** 2)
        np.testing.assert_allclose(found.root_speed[k], np.sqrt(expected), rtol=1e-8, atol=1e-14)
