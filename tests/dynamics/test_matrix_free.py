"""Without matrices: the same verdicts as with them, and a search that ends where the other one does."""

from typing import ClassVar

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize

from slowpoints.dynamics import _krylov as krylov, AbstractSolver, find_slow_points, NewtonKrylov, Outcome
from slowpoints.dynamics._precision import double_precision
from slowpoints.dynamics.solvers._box_conjugate_gradients import conjugate_gradients_in_box

from .maps import Ghost, henon, lstm_coordinates, numpy_gru, random_gru, random_lstm, TanhUnits


class Stay(AbstractSolver):
    """Goes nowhere, so that two certificates can be had of one state."""

    matrix_free: ClassVar[bool] = False

    def descend(self, landscape, box, starts):
        return starts, jnp.zeros(len(starts), jnp.int32)


class StayMatrixFree(Stay):
    matrix_free: ClassVar[bool] = True


def drift(x):
    """One coordinate moves on at a constant speed wherever it is."""
    return jnp.concatenate([x[:1] + 0.01, 0.5 * x[1:]])


def far(x):
    """A ghost at 10,000 with a curvature of 2e-13, and one of 2e-5 in units of its size."""
    return jnp.stack([x[0] + 1e-5 + (1e-4 * x[0] - 1) ** 2, 0.5 * x[1]])


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
    "far ghost": (far, lambda: np.array([[1e4, 0.0]]), {}, {Outcome.SLOW_POINT}),
    "corner": (GHOST, lambda: np.array([[0.1, 0.1]]), {"domain": (0.1, 1.0)}, {Outcome.EDGE}),
    "slow manifold": (drift, lambda: np.array([[0.3, 0.0, 0.0], [-2.0, 0.0, 0.0]]), {}, {Outcome.DEGENERATE}),
    "constant drift": (lambda x: x + 0.5, lambda: np.ones((1, 2)), {}, {Outcome.DEGENERATE}),
    "greatest speed": (lambda x: x + jnp.cos(x), lambda: np.zeros((1, 2)), {}, {Outcome.UNFINISHED}),
    "anywhere": (GRU, lambda: some(12), {"domain": BOX}, {Outcome.UNFINISHED}),
    "infinite derivative": (lambda x: x + jnp.sqrt(x), lambda: np.zeros((1, 2)), {}, {Outcome.UNFINISHED}),
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
    by_matrix = find_slow_points(step, states, solver=Stay(), **options)
    by_product = find_slow_points(step, states, solver=StayMatrixFree(), leading=100, **options)
    assert by_product.outcomes == by_matrix.outcomes
    assert outcomes is None or set(by_matrix.outcomes) == outcomes
    np.testing.assert_array_equal(by_product.active_bounds, by_matrix.active_bounds)
    np.testing.assert_allclose(by_product.speed, by_matrix.speed, rtol=1e-12, atol=1e-30)
    np.testing.assert_allclose(by_product.gradient_norm, by_matrix.gradient_norm, rtol=1e-6, atol=1e-15)
    np.testing.assert_allclose(by_product.smallest_curvature, by_matrix.smallest_curvature, rtol=0.01, atol=1e-12)
    np.testing.assert_allclose(by_product.error_bound, by_matrix.error_bound, rtol=1e-6, atol=1e-15)
    np.testing.assert_allclose(by_product.eigenvalues, by_matrix.eigenvalues, atol=1e-6)


@pytest.fixture(scope="module")
def searched():
    step, weights = random_gru(25, seed=0, gain=3.0)
    starts = some(25, points=5)
    return step, weights, starts, find_slow_points(step, starts, domain=BOX, solver=NewtonKrylov())


def test_it_ends_at_certified_minima_no_higher_than_l_bfgs_b_goes_from_there(searched):
    _, weights, starts, found = searched

    def half_speed(h):
        return 0.5 * np.sum((numpy_gru(weights, h) - h) ** 2)

    assert Outcome.UNFINISHED not in found.outcomes
    assert Outcome.EDGE in found.outcomes
    assert (np.abs(found.state) <= 1).all()
    for start, state, q in zip(starts, found.state, found.q, strict=True):
        np.testing.assert_allclose(q, half_speed(state), rtol=1e-9, atol=1e-26)
        assert q <= half_speed(start)
        other = minimize(half_speed, state, method="L-BFGS-B", bounds=[BOX] * 25, tol=1e-15)
        assert q <= other.fun * (1 + 1e-6) + 1e-20


def test_shuffled_and_split_batches_give_the_same_bits(searched):
    step, _, starts, found = searched
    order = np.array([4, 2, 0, 3, 1])
    shuffled = find_slow_points(step, starts[order], domain=BOX, solver=NewtonKrylov())
    part = find_slow_points(step, starts[2:4], domain=BOX, solver=NewtonKrylov())
    for name in ("state", "outcome", "iterations", "smallest_curvature", "eigenvalues", "error_bound"):
        np.testing.assert_array_equal(getattr(shuffled, name), getattr(found, name)[order])
        np.testing.assert_array_equal(getattr(part, name), getattr(found, name)[2:4])


def test_a_small_budget_is_unfinished(searched):
    step, _, starts, _ = searched
    found = find_slow_points(step, starts, domain=BOX, solver=NewtonKrylov(max_iterations=2))
    assert set(found.outcomes) == {Outcome.UNFINISHED}
    np.testing.assert_array_equal(found.iterations, 2)


@pytest.mark.parametrize("mu", [1e-1, 1e-4, 1e-8])
def test_a_ghost_is_a_slow_point(mu):
    found = find_slow_points(Ghost(jnp.asarray(mu, jnp.float32)), np.array([-0.3, 1e-3, 0.2]), solver=NewtonKrylov())
    assert found.outcomes == (Outcome.SLOW_POINT,) * 3
    np.testing.assert_allclose(found.state, 0, atol=1e-6)
    np.testing.assert_allclose(found.root_speed, np.float32(mu), rtol=1e-7)


def test_a_coordinate_far_out_is_searched_in_units_of_its_size():
    found = find_slow_points(far, np.array([[1.2e4, 0.3], [9.5e3, -0.1]]), solver=NewtonKrylov())
    assert found.outcomes == (Outcome.SLOW_POINT,) * 2
    np.testing.assert_allclose(found.state, [[1e4, 0.0]] * 2, rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(found.root_speed, 1e-5, rtol=1e-6)
    np.testing.assert_allclose(found.smallest_curvature, 2e-5, rtol=0.01)


def test_a_large_state_has_the_points_eigenvalues_and_bound_known_on_paper():
    units = 1200
    step = TanhUnits(jnp.linspace(1.2, 3.0, units, dtype=jnp.float32))
    w = np.asarray(step.w, np.float64)
    positive = np.ones(units)
    for _ in range(200):
        positive = np.tanh(w * positive)
    signs = np.random.default_rng(0).choice([-1.0, 0.0, 1.0], size=(2, units))
    known = signs * positive
    found = find_slow_points(step, known + np.where(known == 0, 1e-3, 0.01 * signs), solver=NewtonKrylov(), leading=4)
    assert found.outcomes == (Outcome.FIXED_POINT,) * 2
    np.testing.assert_allclose(found.state, known, atol=1e-12)
    slopes = w * (1 - known**2)
    np.testing.assert_allclose(found.eigenvalues, -np.sort(-slopes, axis=1)[:, :4], rtol=1e-9)
    np.testing.assert_allclose(found.smallest_curvature, np.min((slopes - 1) ** 2, axis=1), rtol=0.01)
    assert (found.error_bound >= np.linalg.norm(found.state - known, axis=1)).all()
    assert (found.error_bound < 1e-11).all()


def test_what_the_largest_space_does_not_settle_is_not_claimed(monkeypatch):
    """Ghosts with curvatures from 2e-4 to 2, of which three dimensions tell little."""
    mu = jnp.logspace(-4, 0, 30, dtype=jnp.float32)
    settled = find_slow_points(Ghost(mu), np.zeros((1, 30)), solver=StayMatrixFree())
    assert settled.outcomes == (Outcome.SLOW_POINT,)
    np.testing.assert_allclose(settled.smallest_curvature, 2e-4, rtol=0.01)
    monkeypatch.setattr(krylov, "LARGEST_SPACE", 3)
    unsettled = find_slow_points(Ghost(mu), np.zeros((1, 30)), solver=StayMatrixFree())
    assert unsettled.outcomes == (Outcome.UNFINISHED,)
    assert np.isnan(unsettled.smallest_curvature)
    assert np.isposinf(unsettled.error_bound)


@pytest.mark.parametrize("size", [1, 2, 30, 300])
def test_krylov_spaces_agree_with_numpy(size):
    rng = np.random.default_rng(size)
    matrix = rng.normal(size=(size, size)) / np.sqrt(size)
    symmetric = matrix @ matrix.T - 0.3 * np.eye(size)
    lowest = krylov.smallest_eigenvalue(lambda v: symmetric @ v, size, 1e-13)
    exact = np.linalg.eigvalsh(symmetric)
    assert abs(lowest.smallest - exact[0]) <= lowest.error + 1e-12
    assert lowest.error <= krylov.SETTLED * abs(exact[0]) * 1.01
    shifted = np.eye(size) - matrix
    least = krylov.smallest_singular_value(lambda v: shifted @ v, lambda v: shifted.T @ v, size)
    exact = np.linalg.svd(shifted, compute_uv=False)
    assert abs(least.smallest - exact[-1]) <= least.error + 1e-12
    assert least.error <= krylov.SETTLED * exact[-1] * 1.01
    np.testing.assert_allclose(least.largest, exact[0], rtol=1e-3)
    leading = krylov.leading_eigenvalues(lambda v: matrix @ v, size, min(6, size))
    exact = np.linalg.eigvals(matrix)
    np.testing.assert_allclose(np.sort(np.abs(leading))[-5:], np.sort(np.abs(exact))[-5:], rtol=1e-9)


def test_a_matrix_without_an_inverse_has_no_smallest_singular_value():
    matrix = np.random.default_rng(0).normal(size=(40, 40))
    matrix[:, 0] = matrix[:, 1:] @ np.ones(39)
    least = krylov.smallest_singular_value(lambda v: matrix @ v, lambda v: matrix.T @ v, 40)
    assert least.smallest <= 1e-13 * least.largest


@pytest.mark.parametrize("seed", range(5))
def test_conjugate_gradients_find_the_minimum_in_a_box(seed):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(20, 20))
    hessian, gradient = root @ root.T / 20 + 0.01 * np.eye(20), rng.normal(size=20)
    lower, upper = -rng.uniform(0, 0.5, 20) * (rng.uniform(size=20) < 0.8), rng.uniform(0, 0.5, 20)
    with double_precision():
        found = conjugate_gradients_in_box(
            lambda v: jnp.asarray(hessian) @ v,
            *map(jnp.asarray, (gradient, lower, upper)),
            tolerance=jnp.asarray(1e-10),
            max_products=2000,
        )
    assert found.converged
    assert found.convex
    d = np.asarray(found.step)
    assert ((d >= lower) & (d <= upper)).all()
    slope = gradient + hessian @ d
    assert 0 < np.sum((d == lower) | (d == upper)) < 20
    # The conditions that hold at the minimum of a convex function in a box and nowhere else.
    assert (slope[(d > lower) & (d < upper)] ** 2 < 1e-18).all()
    assert (slope[(d == lower) & (lower < upper)] > -1e-9).all()
    assert (slope[(d == upper) & (lower < upper)] < 1e-9).all()


def test_conjugate_gradients_follow_negative_curvature_to_the_side_of_the_box():
    hessian = jnp.asarray([1.0, -1.0])
    with double_precision():
        found = conjugate_gradients_in_box(
            lambda v: hessian * v,
            jnp.asarray([0.1, -0.3]),
            jnp.full(2, -1.0),
            jnp.full(2, 1.0),
            tolerance=jnp.asarray(1e-10),
            max_products=100,
        )
    assert not found.convex
    assert np.asarray(found.step)[1] == 1.0


@pytest.mark.parametrize("leading", [6, 58])
def test_eigenvalues_of_zeros_and_nearly_all_of_them(leading):
    """ARPACK begins nowhere in a matrix of zeros, and wants more room than all but two of 60 leave."""
    zeros = find_slow_points(
        lambda x: jnp.maximum(0.1 * x - 1.0, 0.0), np.zeros((1, 60)), solver=NewtonKrylov(), leading=leading
    )
    np.testing.assert_array_equal(zeros.eigenvalues, 0)
    slopes = np.linspace(0.1, 0.9, 60)
    found = find_slow_points(lambda x: slopes * x, np.zeros((1, 60)), solver=NewtonKrylov(), leading=leading)
    np.testing.assert_allclose(found.eigenvalues[0].real, slopes[::-1][:leading], rtol=1e-6)
