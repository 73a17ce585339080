"""Exploration finds what is known to be there, says where from, and stops."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.dynamics import explore, find_slow_points, Newton, Origin, Outcome, unseen
from slowpoints.dynamics.starts import _deflation as deflation

from ..maps import TanhUnits
from ..sets.continua import Ring, rotation

BOX = (-1.0, 1.0)


def bistable(units):
    return TanhUnits(jnp.asarray([1.5, 2.0, 3.0, 1.2][:units], jnp.float32))


@pytest.fixture(scope="module")
def explored():
    starts = np.random.default_rng(0).uniform(-1, 1, (4, 3))
    return starts, explore(bistable(3), starts, key=jax.random.key(0), domain=BOX)


@pytest.mark.parametrize("units", [1, 2, 4])
def test_every_point_of_bistable_units_from_four_random_starts(units):
    step = bistable(units)
    starts = np.random.default_rng(units).uniform(-1, 1, (4, units))
    result = explore(step, starts, key=jax.random.key(1), domain=BOX, rounds=8, searches=4000)
    assert result.settled
    assert set(result.distinct.points.outcomes) == {Outcome.FIXED_POINT}
    assert len(result.distinct.representative) == 3**units
    known = step.fixed_points()
    distance = np.linalg.norm(result.distinct.points.state[:, None] - known, axis=-1)
    assert distance.min(axis=0).max() < 1e-11


def test_each_search_says_where_it_came_from(explored):
    starts, result = explored
    step = bistable(3)
    again = find_slow_points(step, result.start, domain=BOX)
    np.testing.assert_array_equal(again.state, result.found.state)
    assert len(result.distinct.representative) == 27

    first = result.origin == Origin.START
    np.testing.assert_array_equal(result.round == 0, first)
    np.testing.assert_array_equal(result.start[first], starts)
    np.testing.assert_array_equal(result.parent[first], np.arange(4))
    beside = np.flatnonzero(result.origin == Origin.DISPLACED)
    assert (result.round[result.parent[beside]] == result.round[beside] - 1).all()
    # The map is diagonal: moves are along one axis, but for what was clipped at the box.
    move = result.start[beside] - result.found.state[result.parent[beside]]
    np.testing.assert_allclose(np.sort(np.abs(move), axis=1)[:, :2], 0, atol=1e-9)
    assert (np.abs(result.start) <= 1).all()
    assert (result.parent[result.origin == Origin.DEFLATED] < 4).all()


def test_new_points_are_counted_in_the_round_that_found_them(explored):
    _, result = explored
    seen = [set(result.distinct.label[result.round <= k]) for k in range(len(result.new))]
    np.testing.assert_array_equal(result.new, np.diff([0, *map(len, seen)]))
    assert result.new[-1] == 0
    assert result.settled
    assert result.distinct.multiplicity.sum() == (result.distinct.label >= 0).sum()


def test_the_multiplicity_of_the_starts_is_theirs_alone(explored):
    _, result = explored
    assert result.start_multiplicity.sum() == 4
    assert len(result.start_multiplicity) == 27
    assert unseen(result.start_multiplicity).starts == 4


@pytest.mark.parametrize("units", [1, 2])
def test_deflation_alone_finds_what_lies_beyond(units):
    """From one start beside the corner the search ends there; deflated, it ends at all the others in the end."""
    step = bistable(units)
    known = step.fixed_points()
    start = known[-1:] - 0.05
    np.testing.assert_allclose(find_slow_points(step, start, domain=BOX).state, known[-1:])
    result = explore(step, start, key=jax.random.key(0), domain=BOX, directions=0, rounds=8)
    assert len(result.distinct.representative) == 3**units
    distance = np.linalg.norm(result.distinct.points.state[:, None] - known, axis=-1)
    assert distance.min(axis=0).max() < 1e-11
    assert set(result.origin[result.round > 0]) == {Origin.DEFLATED}


def test_the_deflated_step_is_newtons_on_the_deflated_residual(monkeypatch):
    """Against the deflated residual written out, its Jacobian by differences."""
    monkeypatch.setattr(deflation, "STEPS", 1)
    w, known = np.array([1.5, 2.0]), bistable(2).fixed_points()[[0, 4, 7]]

    def residual(x):
        return np.prod(1 + 1 / np.sum((x - known) ** 2, axis=1)) * (np.tanh(w * x) - x)

    starts = np.random.default_rng(3).uniform(-1, 1, (20, 2))
    ended = deflation.away_from_known(lambda x: jnp.tanh(w * x), known, starts, domain=None, longest_step=1e9)
    for start, end in zip(starts, ended, strict=True):
        slopes = [(residual(start + e) - residual(start - e)) / 2e-6 for e in 1e-6 * np.eye(2)]
        np.testing.assert_allclose(end, start + np.linalg.solve(np.stack(slopes, axis=1), -residual(start)), rtol=1e-4)


def test_deflated_steps_end_at_none_of_the_known_points():
    step = bistable(2)
    points = step.fixed_points()
    starts = np.concatenate([points[:5] + 1e-3, np.random.default_rng(3).uniform(-1, 1, (15, 2))])
    ended = deflation.away_from_known(step, points[:5], np.clip(starts, -1, 1), domain=BOX, longest_step=1.0)
    distance = np.linalg.norm(ended[:, None] - points, axis=-1)
    arrived = distance.min(axis=1) < 1e-6
    assert arrived.sum() > 10
    assert (distance[:, :5].min(axis=1) > 1e-3)[arrived].all()
    assert (np.abs(ended) <= 1).all()


def test_a_map_with_one_point_is_settled_at_once():
    result = explore(lambda x: 0.5 * x, np.array([[0.3, 0.1], [0.2, -0.8]]), key=jax.random.key(0))
    np.testing.assert_array_equal(result.new, [1, 0])
    assert result.settled
    np.testing.assert_allclose(result.distinct.points.state, 0, atol=1e-12)


def test_a_ring_is_one_thing_however_many_of_it_are_found():
    angle = np.random.default_rng(2).uniform(0, 2 * np.pi, 6)
    starts = 0.9 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    result = explore(Ring(rotation(2), 1.0), starts, key=jax.random.key(0))
    (ring,) = result.distinct.sets
    assert ring.dimension == 1
    assert result.settled
    # The centre is found too, from displaced starts or by deflation.
    np.testing.assert_allclose(result.distinct.points.state, np.zeros((1, 2)), atol=1e-12)


def test_the_budget_is_kept_and_said():
    starts = np.random.default_rng(0).uniform(-1, 1, (4, 3))
    result = explore(bistable(3), starts, key=jax.random.key(0), domain=BOX, searches=60)
    assert len(result.round) <= 4 + 60
    assert not result.settled
    once = explore(bistable(3), starts, key=jax.random.key(0), domain=BOX, rounds=1)
    np.testing.assert_array_equal(once.round, 0)
    assert not once.settled


def test_many_starts_leave_searches_for_further_rounds_which_are_told():
    starts = np.random.default_rng(0).uniform(0.2, 1, (30, 1))
    told: list[tuple[int, int, int]] = []
    result = explore(
        bistable(1), starts, key=jax.random.key(0), domain=BOX, searches=20, watch=lambda *of: told.append(of)
    )
    assert len(result.new) > 1
    assert len(result.distinct.points) == 3
    counts, known = np.bincount(result.round).tolist(), np.cumsum([0, *result.new[:-1]]).tolist()
    assert told == list(zip(range(len(counts)), counts, known, strict=True))


def test_unfinished_searches_lead_nowhere():
    starts = np.random.default_rng(0).uniform(-1, 1, (4, 3))
    result = explore(bistable(3), starts, key=jax.random.key(0), domain=BOX, solver=Newton(max_iterations=1))
    np.testing.assert_array_equal(result.new, [0])
    np.testing.assert_array_equal(result.distinct.label, -1)
    assert not result.settled


def test_the_same_key_gives_the_same_bits_and_the_result_is_frozen(explored):
    starts, result = explored
    again = explore(bistable(3), starts, key=jax.random.key(0), domain=BOX)
    jax.tree.map(np.testing.assert_array_equal, again, result)
    for leaf in jax.tree.leaves(result):
        assert not (isinstance(leaf, np.ndarray) and leaf.flags.writeable)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rounds": 0}, "rounds must be positive, not 0"),
        ({"searches": 0}, "searches must be positive, not 0"),
        ({"directions": -1}, "directions must not be negative, but it is -1"),
        ({"deflated": -1}, "deflated must not be negative, but it is -1"),
        ({"distances": (0.1, 0.0)}, "distances must be positive, but they are (0.1, 0.0)"),
        ({"domain": (-0.1, 0.1)}, "starts must lie in the domain; point 0 does not"),
    ],
)
def test_bad_input_is_named_in_one_sentence(options, message):
    with pytest.raises(InputError, match=re.escape(message)) as error:
        explore(lambda x: 0.5 * x, np.array([[0.3]]), key=jax.random.key(0), **options)
    assert str(error.value).endswith(".")


def test_no_search_begins_where_the_map_is_not_finite():
    """√(x + 0.2) is none below −0.2, where states displaced from its fixed point come to lie."""
    found = explore(lambda x: jnp.sqrt(x + 0.2), np.array([[0.0], [5.0]]), key=jax.random.key(0))
    assert (found.start[found.round > 0] > -0.2).all()
    np.testing.assert_allclose(found.distinct.points.state, [[(1 + 1.8**0.5) / 2]])
