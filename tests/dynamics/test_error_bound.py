"""The bound on the distance to a fixed point, against fixed points known to 50 digits."""

import decimal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints.dynamics import find_slow_points, Newton, NewtonKrylov, Outcome

from .maps import logistic


class Tanh(eqx.Module):
    """x ↦ tanh(Wx + b)."""

    w: jax.Array
    b: jax.Array

    def __call__(self, x):
        return jnp.tanh(self.w @ x + self.b)


def planted(units, seed, gain):
    """A network in float64, a fixed point that it was given, and the same to 50 digits as a function of distance."""
    rng = np.random.default_rng(seed)
    w = gain * rng.normal(size=(units, units)) / np.sqrt(units)
    x = rng.uniform(-0.9, 0.9, size=units)
    b = np.arctanh(x) - w @ x
    inverse = np.linalg.inv(np.eye(units) - (1 - x**2)[:, None] * w)
    with decimal.localcontext(prec=50):
        matrix, shift, point = exact(w), exact(b), exact(x)
        # The weights are float64 and so the point is not quite x; each round gains about 14 digits.
        for _ in range(6):
            point = point + exact(inverse @ (tanh(matrix @ point + shift) - point).astype(float))
        assert max(abs(tanh(matrix @ point + shift) - point)) < 1e-45

    def distance(state):
        with decimal.localcontext(prec=50):
            return float(np.sum((exact(state) - point) ** 2).sqrt())

    with jax.enable_x64(True):
        return Tanh(jnp.asarray(w), jnp.asarray(b)), x, distance


exact = np.vectorize(decimal.Decimal, otypes=[object])
"""Floats as the decimal numbers they are."""


def tanh(x):
    grown = np.array([(2 * each).exp() for each in x])
    return (grown - 1) / (grown + 1)


@pytest.mark.parametrize(("units", "gain"), [(4, 1.2), (20, 2.0)])
def test_the_true_error_is_within_the_bound(units, gain):
    step, x, distance = planted(units, units, gain)
    starts = np.clip(x + 1e-3 * np.random.default_rng(1).normal(size=(3, units)), -1, 1)
    for solver in (Newton(), NewtonKrylov()):
        found = find_slow_points(step, starts, domain=(-1.0, 1.0), solver=solver)
        assert found.outcomes == (Outcome.FIXED_POINT,) * 3
        errors = np.array([distance(state) for state in found.state])
        assert (errors < 1e-12).all()
        assert (errors <= found.error_bound).all()
        assert (found.error_bound < 1e-11).all()


def test_before_convergence_the_error_is_within_newtons_and_kantorovichs_bound():
    """And the bound is no looser than the map is ill conditioned."""
    units = 12
    step, x, distance = planted(units, units, 1.5)
    w, b = np.asarray(step.w), np.asarray(step.b)
    # |tanh″| ≤ 4/√27, so J = diag(tanh′) W changes by at most this much per unit of distance.
    lipschitz = 4 / 27**0.5 * np.linalg.norm(w, axis=1).max() * np.linalg.norm(w, 2)
    starts = np.clip(x + 1e-4 * np.random.default_rng(2).normal(size=(6, units)), -1, 1)
    found = find_slow_points(step, starts, domain=(-1.0, 1.0), solver=NewtonKrylov(max_iterations=2, damping=1e-3))
    assert set(found.outcomes) == {Outcome.UNFINISHED}
    for state, bound in zip(found.state, found.error_bound, strict=True):
        shifted = np.eye(units) - (1 - np.tanh(w @ state + b) ** 2)[:, None] * w
        h = np.linalg.norm(np.linalg.inv(shifted), 2) * lipschitz * bound
        error = distance(state)
        assert error > 1e-9
        assert h <= 0.5
        assert error <= 2 * bound / (1 + np.sqrt(1 - 2 * h))
        assert bound <= 1.01 * np.linalg.cond(shifted) * error


def test_the_bound_of_one_dimension_is_the_newton_step():
    """In one dimension there is no slack but that of curvature: F(x) − x over 1 − F'(x)."""
    found = find_slow_points(
        logistic, np.array([0.68]), solver=Newton(max_iterations=1, damping=1.0, longest_step=1e-9)
    )
    x = float(found.state[0])
    residual = 3.2 * x * (1 - x) - x
    np.testing.assert_allclose(found.error_bound, abs(residual / (1 - 3.2 * (1 - 2 * x))), rtol=1e-9)
    np.testing.assert_allclose(found.error_bound, abs(x - (1 - 1 / 3.2)), rtol=0.02)


@pytest.mark.parametrize(
    "step", [lambda x: x * jnp.array([1.0, 0.5]), lambda x: x, lambda x: x + 0.5, lambda x: x + jnp.sqrt(x)]
)
@pytest.mark.parametrize("solver", [Newton(max_iterations=1), NewtonKrylov(max_iterations=1)])
def test_where_no_single_fixed_point_is_near_the_bound_is_infinite(step, solver):
    found = find_slow_points(step, np.zeros((1, 2)), solver=solver)
    np.testing.assert_array_equal(found.error_bound, np.inf)
