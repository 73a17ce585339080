"""Without matrices: the same verdicts as with them, and a search that ends where the other one does."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize

from slowpoints.dynamics import AbstractSolver, find_slow_points, Newton, NewtonKrylov, Outcome
from slowpoints.dynamics.krylov import leading_eigenvalues, newton_step, smallest_eigenvalue, smallest_singular_value

from .maps import Ghost, henon, lstm_coordinates, numpy_gru, random_gru, random_lstm, TanhUnits


class Stay(AbstractSolver):
    """Goes nowhere, so that two certificates can be had of one state."""

    products_only: bool

    @property
    def matrix_free(self):
        return self.products_only

    def descend(self, landscape, box, starts):
        return starts, jnp.zeros(len(starts), jnp.int32)


def drift(x):
    """One coordinate moves on at a constant speed wherever it is."""
    return jnp.concatenate([x[:1] + 0.01, 0.5 * x[1:]])


def line(x):
    return jnp.concatenate([x[:1], 0.5 * x[1:]])


BISTABLE = TanhUnits(jnp.asarray([1.5, 2.0, 3.0, 1.2], jnp.float32))
GHOST = Ghost(jnp.asarray(0.1, jnp.float32))
GRU = random_gru(12, seed=3)[0]
HARD_GRU = random_gru(25, seed=0, gain=3.0)[0]
LSTM = random_lstm(6, seed=2)
BOX = (-1.0, 1.0)


def ends(step, starts, **options):
    """Where Newton ends; what is known of these states otherwise is not asked."""
    return find_slow_points(step, starts, **options).state


def some(units, points=4):
    return np.random.default_rng(4).uniform(-0.9, 0.9, size=(points, units))


CASES = {
    "fixed points and saddles": (BISTABLE, lambda: BISTABLE.fixed_points(), {}, {Outcome.FIXED_POINT}),
    "Hénon": (henon, lambda: ends(henon, (np.array([0.6, -1.1]), np.array([0.2, -0.3]))), {}, {Outcome.FIXED_POINT}),
    "line attractor": (line, lambda: np.array([[0.3, 0.0, 0.0]]), {}, {Outcome.FIXED_POINT}),
    "ghost": (GHOST, lambda: np.zeros((1, 3)), {}, {Outcome.SLOW_POINT}),
    "one ghost": (GHOST, lambda: np.array([0.0]), {}, {Outcome.SLOW_POINT}),
    "edge": (GHOST, lambda: np.array([[0.1, 0.0]]), {"domain": (np.array([0.1, -1.0]), 1.0)}, {Outcome.EDGE}),
    "corner": (GHOST, lambda: np.array([[0.1, 0.1]]), {"domain": (0.1, 1.0)}, {Outcome.EDGE}),
    "slow manifold": (drift, lambda: np.array([[0.3, 0.0, 0.0], [-2.0, 0.0, 0.0]]), {}, {Outcome.DEGENERATE}),
    "constant drift": (lambda x: x + 0.5, lambda: np.ones((1, 2)), {}, {Outcome.DEGENERATE}),
    "greatest speed": (lambda x: x + jnp.cos(x), lambda: np.zeros((1, 2)), {}, {Outcome.UNFINISHED}),
    "anywhere": (GRU, lambda: some(12), {"domain": BOX}, {Outcome.UNFINISHED}),
    "infinite derivative": (lambda x: x + jnp.sqrt(x), lambda: np.zeros((1, 2)), {}, {Outcome.FIXED_POINT}),
    "GRU": (GRU, lambda: ends(GRU, some(12), domain=BOX), {"domain": BOX}, None),
    "hard GRU": (HARD_GRU, lambda: ends(HARD_GRU, some(25), domain=BOX), {"domain": BOX}, None),
    "LSTM": (
        LSTM,
        lambda: ends(LSTM, (some(6), some(6)), coordinates=lstm_coordinates),
        {"coordinates": lstm_coordinates},
        None,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_certificate_without_matrices_agrees_with_the_one_with_them(case):
    step, states, options, outcomes = CASES[case]
    states = states()
    by_matrix = find_slow_points(step, states, solver=Stay(False), **options)
    by_product = find_slow_points(step, states, solver=Stay(True), leading=100, **options)
    assert by_product.outcomes == by_matrix.outcomes
    assert outcomes is None or set(by_matrix.outcomes) == outcomes
    np.testing.assert_array_equal(by_product.active_bounds, by_matrix.active_bounds)
    np.testing.assert_allclose(by_product.speed, by_matrix.speed, rtol=1e-12, atol=1e-30)
    np.testing.assert_allclose(by_product.gradient_norm, by_matrix.gradient_norm, rtol=1e-6, atol=1e-15)
    np.testing.assert_allclose(by_product.smallest_curvature, by_matrix.smallest_curvature, rtol=0.01, atol=1e-12)
    np.testing.assert_allclose(by_product.error_bound, by_matrix.error_bound, rtol=1e-6, atol=1e-15)
    np.testing.assert_allclose(by_product.eigenvalues, by_matrix.eigenvalues, atol=1e-6)
