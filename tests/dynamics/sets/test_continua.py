"""Continuous attractors and slow manifolds come out as sets of the right dimension; what looks like one does not."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints.dynamics import distinct_points, find_slow_points, Outcome

from ..maps import Ghost
from .continua import Integrator, Ring, rotation


@pytest.mark.parametrize("size", [2, 10])
def test_a_ring_is_one_set_of_dimension_one_and_its_centre_a_point(size):
    axes = rotation(size)
    step = Ring(axes, 1.7)
    rows = 0.3 * np.random.default_rng(1).normal(size=(16, size))
    angle = np.random.default_rng(2).uniform(0, 2 * np.pi, 14)
    rows[2:, :2] = 1.5 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    found = find_slow_points(step, rows @ axes)
    assert set(found.outcomes) == {Outcome.FIXED_POINT}
    on_ring = np.linalg.norm((found.state @ axes.T)[:, :2], axis=1) > 0.5
    distinct = distinct_points(step, found)

    (ring,) = distinct.sets
    assert (ring.dimension, ring.flat_directions, ring.spread) == (1, 1, 1)
    np.testing.assert_array_equal(ring.members, np.flatnonzero(on_ring))
    y = ring.state @ axes.T
    assert len(y) > len(ring.members)  # those in between too lie on it
    np.testing.assert_allclose(np.linalg.norm(y[:, :2], axis=1), 1.7, rtol=1e-11)
    np.testing.assert_allclose(y[:, 2:], 0, atol=1e-11)
    assert 2.4 < ring.extent <= 3.4 + 1e-9
    np.testing.assert_allclose(distinct.points.state, np.zeros((1, size)), atol=1e-12)
    np.testing.assert_array_equal(distinct.multiplicity, [(~on_ring).sum(), on_ring.sum()])
    np.testing.assert_array_equal(distinct.label, on_ring)


@pytest.mark.parametrize(("size", "dimension"), [(2, 1), (6, 1), (6, 2)])
def test_an_integrator_is_a_line_or_a_plane(size, dimension):
    axes = rotation(size)
    step = Integrator(axes, dimension)
    rows = np.random.default_rng(2).uniform(-1.2, 1.2, size=(24, size))
    found = find_slow_points(step, rows @ axes)
    distinct = distinct_points(step, found)
    (attractor,) = distinct.sets
    assert attractor.dimension == dimension
    assert len(distinct.representative) == 0
    np.testing.assert_array_equal(attractor.members, np.arange(24))
    y = attractor.state @ axes.T
    np.testing.assert_allclose(y[:, dimension:], 0, atol=1e-11)
    assert np.abs(y[:, :dimension]).max() < 1 + 1e-6
    # Neither thinned nor collapsed.
    np.testing.assert_array_equal(attractor.state[:24], found.state)


def test_two_rings_are_two_sets():
    """Radial motion vanishes at radii 1 and 2."""

    def rings(x):
        radius = jnp.sqrt(x[0] ** 2 + x[1] ** 2)
        return x * (1 - 0.1 * (radius - 1) * (radius - 2))

    angle = np.random.default_rng(3).uniform(0, 2 * np.pi, 24)
    radius = np.tile([0.95, 2.05], 12)
    found = find_slow_points(rings, radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1))
    distinct = distinct_points(rings, found)
    assert [one.dimension for one in distinct.sets] == [1, 1]
    radii = [np.linalg.norm(one.state, axis=1) for one in distinct.sets]
    for each in radii:
        np.testing.assert_allclose(each, each[0], rtol=1e-9)
    assert sorted(round(float(each[0])) for each in radii) == [1, 2]
    np.testing.assert_array_equal(distinct.multiplicity, [12, 12])


def test_a_slow_manifold_of_equal_speed_is_a_set_that_moves():
    def drift(state):
        return jnp.stack([state[0] + 0.01, 0.5 * state[1]])

    found = find_slow_points(drift, np.random.default_rng(4).normal(size=(12, 2)))
    distinct = distinct_points(drift, found)
    (valley,) = distinct.sets
    assert valley.dimension == 1
    assert set(np.array(found.outcomes)[valley.members]) == {Outcome.DEGENERATE}
    np.testing.assert_allclose(found.root_speed[valley.members], 0.01)


def test_a_slow_manifold_with_a_slowest_place_is_that_point():
    """Speed along it varies from 1e-4 by a hundredth in a tenth of a unit: a slow point, and no set."""
    ghost = Ghost(jnp.asarray(1e-4, jnp.float32))

    def slow(state):
        return jnp.stack([ghost(state[0]), 0.5 * state[1]])

    found = find_slow_points(slow, np.random.default_rng(5).uniform(-0.5, 0.5, size=(12, 2)))
    distinct = distinct_points(slow, found)
    assert distinct.sets == ()
    assert distinct.points.outcomes == (Outcome.SLOW_POINT,)
    np.testing.assert_array_equal(distinct.multiplicity, [12])
    assert np.linalg.norm(distinct.points.state) <= distinct.radius  # the ghost is at 0


def test_a_point_of_vanishing_derivative_is_not_said_to_be_a_line():
    """x − x³ passes for fixed from −5e-5 to 5e-5. Its eigenvalue is 1, so no search can tell, but it has no length."""

    def pitchfork(state):
        return jnp.stack([state[0] - state[0] ** 3, 0.5 * state[1]])

    found = find_slow_points(pitchfork, np.random.default_rng(6).normal(size=(12, 2)))
    distinct = distinct_points(pitchfork, found)
    (one,) = distinct.sets
    assert one.dimension is None
    assert one.flat_directions == 1
    assert one.extent < 2e-4


def test_such_points_in_a_row_are_not_joined():
    """x + sin³x has them at every multiple of π. Between the outer two of three the middle is the third."""

    def row(x):
        return x + jnp.sin(x) ** 3

    found = find_slow_points(row, np.array([-3.3, -3.0, 3.0, 3.3, 6.1, 6.4]))
    distinct = distinct_points(row, found)
    assert sorted(round(one.state[0] / np.pi) for one in distinct.sets) == [-1, 1, 2]
    assert all(one.dimension is None for one in distinct.sets)
    np.testing.assert_array_equal(distinct.multiplicity, [2, 2, 2])


def test_near_a_fold_two_fixed_points_are_told_apart_until_rounding_hides_them():
    """x + μ + x² has fixed points at ±√−μ with eigenvalues 1 ± 2√−μ; motions of 1e-13 pass for none."""
    for mu, apart in ((-1e-8, True), (-1e-16, False)):
        step = Ghost(jnp.asarray(mu, jnp.float32))
        at = np.sqrt(-float(np.float32(mu)))
        found = find_slow_points(step, np.array([-1.0, 1.0]) * at)
        distinct = distinct_points(step, found)
        assert (len(distinct.representative), len(distinct.sets)) == ((2, 0) if apart else (0, 1))
        if apart:
            np.testing.assert_allclose(np.sort(distinct.points.state), [-at, at], atol=distinct.radius[0])
            assert (distinct.radius < 1e-8).all()
        else:
            assert distinct.sets[0].dimension is None


def test_states_may_be_any_pytree():
    """The same line in the first of two leaves, one a scalar."""

    def relax(state):
        return {"line": state["line"], "rest": 0.5 * state["rest"]}

    rng = np.random.default_rng(7)
    found = find_slow_points(relax, {"line": rng.uniform(-1, 1, 10), "rest": rng.normal(size=(10, 2, 2))})
    (line,) = distinct_points(relax, found).sets
    assert line.dimension == 1
    assert jax.tree.map(np.ndim, line.state) == {"line": 1, "rest": 3}
    np.testing.assert_array_equal(line.state["line"][:10], found.state["line"])


@pytest.mark.parametrize("drift", [1e-9, 1e-10, 1e-11])
def test_a_nearly_perfect_line_attractor_is_its_points(drift):
    """x + ε·sin 8x stands still at the multiples of π/8, and nowhere else; beside it y contracts."""

    def line(state):
        return jnp.stack([state[0] + drift * jnp.sin(8 * state[0]), 0.5 * state[1]])

    found = find_slow_points(line, np.random.default_rng(0).uniform(-1, 1, (40, 2)))
    assert set(found.outcomes) == {Outcome.FIXED_POINT}
    distinct = distinct_points(line, found)
    assert distinct.sets == ()
    place = np.sort(distinct.points.state[:, 0]) * 8 / np.pi
    np.testing.assert_allclose(place, np.arange(-2, 4), atol=1e-3)
    np.testing.assert_allclose(distinct.points.state[:, 1], 0, atol=1e-12)


def test_zeros_of_a_slow_drift_along_a_bent_line_are_points_and_no_set():
    """s + 2e-6·sin πs, beside which 15 units contract to 5a·sin s: J bends by far more than it drifts."""
    rng = np.random.default_rng(0)
    axes, along = rotation(16), 5 * rng.normal(size=15)

    def line(x):
        y = axes @ x
        off = y[1:] - along * jnp.sin(y[0])
        moved = y[0] + 2e-6 * jnp.sin(np.pi * y[0]) + 0.3 * jnp.tanh(off[0]) * jnp.cos(y[0])
        return axes.T @ jnp.concatenate([moved[None], along * jnp.sin(moved) + 0.5 * off])

    place = np.repeat(np.arange(-4.0, 5.0), 2)  # the zeros, and where a search that is a little off would end
    rows = np.concatenate([place[:, None], along * np.sin(place)[:, None]], axis=1)
    found = find_slow_points(line, rows @ axes)
    assert set(found.outcomes) == {Outcome.FIXED_POINT}
    distinct = distinct_points(line, found)
    assert distinct.sets == ()
    np.testing.assert_allclose(np.sort((distinct.points.state @ axes.T)[:, 0]), np.arange(-4, 5), atol=1e-6)
