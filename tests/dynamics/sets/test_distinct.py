"""Duplicates are merged by how well they are located, without chains, whatever the order."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints.dynamics import distinct_points, find_slow_points, Outcome
from slowpoints.dynamics.sets._distinct import cliques

from ..maps import random_gru, TanhUnits
from .continua import Ring, rotation

BISTABLE = TanhUnits(jnp.asarray([1.5, 2.0, 3.0], jnp.float32))


def shuffled(found, order):
    return jax.tree.map(lambda leaf: leaf[order], found)


def test_many_starts_and_every_fixed_point_once():
    known = BISTABLE.fixed_points()
    offset = 0.01 * np.random.default_rng(0).normal(size=(3, *known.shape))
    found = find_slow_points(BISTABLE, np.clip(known + offset, -1, 1).reshape(-1, 3), domain=(-1.0, 1.0))
    distinct = distinct_points(BISTABLE, found, domain=(-1.0, 1.0))
    assert distinct.sets == ()
    np.testing.assert_array_equal(distinct.multiplicity, np.full(27, 3))
    nearest = np.argmin(np.linalg.norm(distinct.points.state[:, None] - known, axis=-1), axis=1)
    assert sorted(nearest) == list(range(27))
    np.testing.assert_array_equal(nearest[distinct.label], np.tile(np.arange(27), 3))
    np.testing.assert_array_equal(distinct.points.speed, found.speed[distinct.representative])
    # The true error, to the 1e-15 of SciPy's roots, within the radius; this as on paper, from J = w(1 − x²).
    assert (np.linalg.norm(distinct.points.state - known[nearest], axis=1) <= distinct.radius).all()
    slowest = np.abs(1 - np.asarray(BISTABLE.w, np.float64) * (1 - known[nearest] ** 2)).min(axis=1)
    np.testing.assert_allclose(
        distinct.radius, 2e-13 * (1 + np.linalg.norm(known[nearest], axis=1)) / slowest, rtol=1e-6
    )


def test_points_a_fiftieth_apart_stay_apart():
    """Six fixed points 0.02 apart: a tolerance of 0.025 would chain them into one."""

    def comb(x):
        return x - 1e-3 * jnp.sin(50 * np.pi * x)

    known = 0.04 * np.arange(3)[:, None] + np.array([0.0, 0.02])
    starts = np.repeat(known.ravel(), 3) + np.tile([-1e-3, 0.0, 1e-3], 6)
    distinct = distinct_points(comb, find_slow_points(comb, starts))
    np.testing.assert_allclose(np.sort(distinct.points.state), known.ravel(), atol=1e-9)
    np.testing.assert_array_equal(distinct.multiplicity, np.full(6, 3))


def test_minima_of_speed_are_merged_and_no_two_of_them_are_near():
    step, _ = random_gru(30, seed=3)
    starts = np.random.default_rng(1).uniform(-0.9, 0.9, size=(4, 30))
    first = find_slow_points(step, starts, domain=(-1.0, 1.0))
    nudge = 1e-3 * np.random.default_rng(2).normal(size=(3, *first.state.shape))
    nudged = np.clip(first.state + nudge, -1, 1).reshape(-1, 30)
    again = find_slow_points(step, nudged, domain=(-1.0, 1.0))
    distinct = distinct_points(step, again, domain=(-1.0, 1.0))
    assert {Outcome.SLOW_POINT, Outcome.EDGE} & set(distinct.points.outcomes)
    assert distinct.sets == ()
    # By another measure: all pairs are either a thousandth or more apart, or a hundred thousandth or less.
    pairs = np.linalg.norm(again.state[:, None] - again.state, axis=-1)
    assert not ((pairs > 1e-5) & (pairs < 1e-3)).any()
    np.testing.assert_array_equal(distinct.label[:, None] == distinct.label, pairs < 1e-4)


def test_a_fixed_point_and_a_minimum_are_never_one_and_unfinished_points_are_nothing():
    found = find_slow_points(BISTABLE, np.full((5, 3), 0.9), domain=(-1.0, 1.0))
    kinds = (Outcome.FIXED_POINT, Outcome.SLOW_POINT, Outcome.EDGE, Outcome.UNFINISHED, Outcome.FIXED_POINT)
    relabelled = eqx.tree_at(lambda points: points.outcome, found, np.array(kinds))
    distinct = distinct_points(BISTABLE, relabelled, domain=(-1.0, 1.0))
    np.testing.assert_array_equal(distinct.label, [0, 1, 1, -1, 0])
    np.testing.assert_array_equal(distinct.multiplicity, [2, 2])


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_what_was_found_does_not_matter(seed):
    axes = rotation(3)
    step = Ring(axes, 1.0)
    rows = np.random.default_rng(8).normal(size=(15, 3))
    rows[:5] *= 1e-2
    found = find_slow_points(step, rows @ axes)
    order = np.random.default_rng(seed).permutation(15)
    one, other = distinct_points(step, found), distinct_points(step, shuffled(found, order))
    np.testing.assert_array_equal(other.points.state, one.points.state)
    np.testing.assert_array_equal(other.radius, one.radius)
    np.testing.assert_array_equal(other.multiplicity, one.multiplicity)
    np.testing.assert_array_equal(other.label, one.label[order])
    assert len(one.sets) == len(other.sets) == 1
    assert (other.sets[0].dimension, other.sets[0].extent) == (one.sets[0].dimension, one.sets[0].extent)
    np.testing.assert_array_equal(np.sort(order[other.sets[0].members]), one.sets[0].members)
    np.testing.assert_array_equal(np.unique(other.sets[0].state, axis=0), np.unique(one.sets[0].state, axis=0))


def test_the_result_is_frozen():
    found = find_slow_points(BISTABLE, np.array([[0.9, 0.9, 0.9]]), domain=(-1.0, 1.0))
    distinct = distinct_points(BISTABLE, found, domain=(-1.0, 1.0))
    for leaf in jax.tree.leaves(distinct):
        assert isinstance(leaf, np.ndarray)
        with pytest.raises(ValueError, match="read-only"):
            leaf[...] = 0


def test_a_chain_does_not_make_one_of_its_ends():
    """a–b and b–c touch, a–c do not: b, the best located, is one with the nearer of the two."""
    rows = np.array([[0.0], [1.0], [2.1]])
    np.testing.assert_array_equal(cliques(rows, np.array([0.6, 0.5, 0.7])), [0, 0, 1])
    # Even if b alone is known so badly that it touches both.
    np.testing.assert_array_equal(cliques(rows, np.array([0.1, 5.0, 0.2])), [0, 0, 1])


@pytest.mark.parametrize("seed", range(4))
def test_groups_touch_all_around_and_do_not_depend_on_order(seed):
    rng = np.random.default_rng(seed)
    rows, radius = rng.uniform(size=(60, 2)), rng.uniform(0.01, 0.1, 60)
    rows[40:], radius[40:] = rows[:20], radius[:20]  # ties
    label = cliques(rows, radius)
    touching = np.linalg.norm(rows[:, None] - rows, axis=-1) <= radius[:, None] + radius
    same = label[:, None] == label
    assert touching[same].all()
    order = rng.permutation(60)
    np.testing.assert_array_equal(cliques(rows[order], radius[order]), label[order])
    assert 1 < label.max() + 1 < 40
