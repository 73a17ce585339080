"""Maps whose fixed points, ghosts and eigenvalues are known on paper or by scalar root finding."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints.dynamics import Adam, distinct_points, find_slow_points, Newton, NewtonKrylov, Outcome

from .maps import Ghost, henon, logistic, TanhUnits


@pytest.mark.parametrize("units", [1, 2, 4, 6])
def test_every_fixed_point_of_bistable_units_is_found(units):
    step = TanhUnits(jnp.asarray([1.5, 2.0, 3.0, 1.2, 1.7, 2.5][:units], jnp.float32))
    known = step.fixed_points()
    offset = 0.01 * np.random.default_rng(0).normal(size=known.shape)
    found = find_slow_points(step, np.clip(known + offset, -1, 1), domain=(-1.0, 1.0))
    assert set(found.outcomes) == {Outcome.FIXED_POINT}
    np.testing.assert_allclose(found.state, known, atol=1e-12)
    slopes = np.asarray(step.w, np.float64) * (1 - known**2)
    np.testing.assert_allclose(np.imag(found.eigenvalues), 0)
    np.testing.assert_allclose(np.sort(np.real(found.eigenvalues)), np.sort(slopes), rtol=1e-10)
    assert (np.diff(np.abs(found.eigenvalues)) <= 0).all()


def test_logistic_map():
    found = find_slow_points(logistic, np.array([0.02, 0.7], np.float32), domain=(0.0, 1.0))
    assert found.outcomes == (Outcome.FIXED_POINT,) * 2
    np.testing.assert_allclose(found.state, [0.0, 1 - 1 / 3.2], atol=1e-13)
    np.testing.assert_allclose(found.eigenvalues, [[3.2], [2 - 3.2]], rtol=1e-12)


def test_henon_map():
    starts = (np.array([0.6, -1.1]), np.array([0.2, -0.3]))
    found = find_slow_points(henon, starts)
    x = np.array([-0.7 + np.sqrt(0.49 + 5.6), -0.7 - np.sqrt(0.49 + 5.6)]) / 2.8
    assert found.outcomes == (Outcome.FIXED_POINT,) * 2
    np.testing.assert_allclose(found.state[0], x, atol=1e-13)
    np.testing.assert_allclose(found.state[1], 0.3 * x, atol=1e-13)
    # λ² + 2.8 x λ − 0.3 = 0
    for eigenvalues, at in zip(found.eigenvalues, x, strict=True):
        np.testing.assert_allclose(eigenvalues**2 + 2.8 * at * eigenvalues, 0.3, atol=1e-12)


@pytest.mark.parametrize("mu", [1e-1, 1e-4, 1e-8])
def test_a_ghost_is_a_slow_point_and_not_a_fixed_point(mu):
    found = find_slow_points(Ghost(jnp.asarray(mu, jnp.float32)), np.array([-0.3, 1e-3, 0.2]))
    mu = float(np.float32(mu))
    assert set(found.outcomes) == {Outcome.SLOW_POINT}
    np.testing.assert_allclose(found.state, 0, atol=1e-6)
    np.testing.assert_allclose(found.speed, mu**2, rtol=1e-7)
    np.testing.assert_allclose(found.smallest_curvature, 2 * mu, rtol=1e-3)
    np.testing.assert_allclose(found.root_speed, mu, rtol=1e-7)
    np.testing.assert_allclose(found.q, mu**2 / 2, rtol=1e-7)


def test_before_the_fold_the_same_map_has_its_two_fixed_points():
    found = find_slow_points(Ghost(jnp.asarray(-0.25, jnp.float32)), np.array([-0.4, 0.4]))
    assert found.outcomes == (Outcome.FIXED_POINT,) * 2
    np.testing.assert_allclose(found.state, [-0.5, 0.5], atol=1e-13)


def test_a_minimum_on_the_boundary_is_an_edge():
    """The ghost lies at 0, outside [0.1, 1]: speed falls towards it until the bound."""
    found = find_slow_points(Ghost(jnp.asarray(0.1, jnp.float32)), np.array([0.5, 0.1]), domain=(0.1, 1.0))
    assert found.outcomes == (Outcome.EDGE,) * 2
    np.testing.assert_array_equal(found.state, 0.1)
    np.testing.assert_array_equal(found.active_bounds, 1)
    np.testing.assert_array_equal(found.gradient_norm, 0)
    np.testing.assert_array_equal(found.smallest_curvature, np.inf)


def test_a_start_on_a_bound_that_speed_falls_away_from_leaves_it():
    found = find_slow_points(Ghost(jnp.asarray(0.1, jnp.float32)), np.array([1.0, -1.0]), domain=(-1.0, 1.0))
    assert found.outcomes == (Outcome.SLOW_POINT,) * 2
    np.testing.assert_allclose(found.state, 0, atol=1e-6)


def test_a_flat_valley_is_degenerate():
    """One coordinate drifts at a constant speed wherever it is: no minimum along it is isolated."""

    def drift(state):
        return jnp.stack([state[0] + 0.01, 0.5 * state[1]])

    found = find_slow_points(drift, np.array([[0.3, 0.2], [-2.0, 0.9]]))
    assert found.outcomes == (Outcome.DEGENERATE,) * 2
    np.testing.assert_allclose(found.state[:, 1], 0, atol=1e-7)
    np.testing.assert_allclose(found.speed, 1e-4)
    np.testing.assert_allclose(found.smallest_curvature, 0, atol=1e-15)


def test_a_line_attractor_is_made_of_fixed_points_with_a_flat_direction():
    def relax(state):
        return jnp.stack([state[0], 0.5 * state[1]])

    found = find_slow_points(relax, np.array([[0.3, 0.2], [-2.0, 0.9]]))
    assert found.outcomes == (Outcome.FIXED_POINT,) * 2
    np.testing.assert_allclose(found.smallest_curvature, 0, atol=1e-15)
    np.testing.assert_allclose(np.abs(found.eigenvalues), [[1, 0.5]] * 2)


def test_a_maximum_of_speed_is_not_passed_off_as_a_slow_point():
    """x ↦ x + cos x has its greatest speed at 0, where the slope is zero too."""
    found = find_slow_points(lambda x: x + jnp.cos(x), np.array([0.0]))
    assert found.outcomes == (Outcome.UNFINISHED,)
    assert found.smallest_curvature < 0


def test_newton_converges_quadratically_near_a_minimum():
    """Undamped, each step at least squares the error, up to a constant: ½S = ½(μ + x²)² has H = 2μ."""
    step = Ghost(jnp.asarray(0.1, jnp.float32))
    errors = [0.1]
    for budget in (1, 2):
        solver = Newton(max_iterations=budget, damping=1e-13)
        errors.append(abs(float(find_slow_points(step, np.array([0.1]), solver=solver).state[0])))
    assert errors[1] <= 5 * errors[0] ** 2
    assert errors[2] <= 5 * errors[1] ** 2


def test_saturated_coordinates_do_not_make_a_fixed_point():
    """tanh c stands still to the last bit while c itself still grows by a half each step."""
    found = find_slow_points(lambda c: c + 0.5, np.array([[30.0]]), coordinates=jnp.tanh)
    assert found.speed == 0
    assert found.outcomes == (Outcome.DEGENERATE,)


def test_a_creeping_state_is_no_fixed_point_though_its_coordinates_stand_still():
    """c ↦ c − 1e-5 has none, and tanh c is 1 to the last bit for another 100,000 steps."""
    found = find_slow_points(lambda c: c - 1e-5, np.array([[20.0]]), coordinates=jnp.tanh)
    assert Outcome.FIXED_POINT not in found.outcomes


@pytest.mark.parametrize("solver", [Newton(), NewtonKrylov()])
def test_a_fixed_point_without_derivatives_is_unfinished_and_takes_no_other_s_place(solver):
    """0 and 1 are fixed points of √|x|, whose slope at 0 is infinite."""
    step = jax.tree_util.Partial(lambda x: jnp.sqrt(jnp.abs(x)))
    found = find_slow_points(step, np.array([[0.0], [0.8]]), solver=solver)
    assert found.outcomes == (Outcome.UNFINISHED, Outcome.FIXED_POINT)
    distinct = distinct_points(step, found)
    np.testing.assert_array_equal(distinct.label, [-1, 0])
    np.testing.assert_allclose(distinct.points.state, [[1.0]])


def test_nothing_outside_of_the_box_is_an_edge_of_it():
    """Speed falls for ever as x grows, and Adam may be let out of the box."""
    found = find_slow_points(
        lambda x: x + 1 / (1 + x**2), np.array([[0.5]]), domain=(-1.0, 1.0),
        solver=Adam(steps=3000, learning_rate=0.01, clip=False),
    )  # fmt: skip
    assert found.state > 1
    assert found.outcomes == (Outcome.UNFINISHED,)
