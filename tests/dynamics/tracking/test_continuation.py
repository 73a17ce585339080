"""Points that stay: followed to where they are known to be, by whichever way and order."""

import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints.dynamics import Adam, EventKind, find_slow_points, Outcome, track

from ..maps import GRU, numpy_gru, random_gru, TanhUnits
from .histories import happened, history, TwoWells

WEIGHTS = np.linspace([1.3, 3.0], [2.5, 1.2], 6)


def test_all_fixed_points_are_followed_to_where_scipy_finds_them():
    maps = history(TanhUnits, WEIGHTS)
    tracks = track(maps, maps[-1].fixed_points())
    known = np.stack([step.fixed_points() for step in maps], axis=1)
    np.testing.assert_allclose(tracks.state, known, atol=1e-12)
    assert tracks.state.dtype == np.float64
    assert (tracks.outcome == Outcome.FIXED_POINT).all()
    assert happened(tracks) == []
    assert [(event.begin, event.end, event.points) for event in tracks.events] == [(0, 5, (i,)) for i in range(9)]
    np.testing.assert_array_equal(tracks.one_with, np.arange(9)[:, None].repeat(6, axis=1))
    known_moduli = np.sort(np.abs(np.float32(WEIGHTS[2]).astype(float) * (1 - known[8, 2] ** 2)))[::-1]
    np.testing.assert_allclose(np.abs(tracks.eigenvalues[8, 2]), known_moduli, rtol=1e-10)


def test_forwards_leads_back_along_the_same_way():
    maps = history(TanhUnits, WEIGHTS)
    back = track(maps, maps[-1].fixed_points())
    forth = track(maps, back.state[:, 0], backwards=False)
    np.testing.assert_allclose(forth.state, back.state, atol=1e-12)
    assert [(e.kind, e.begin, e.end, e.points) for e in forth.events] == [
        (e.kind, e.begin, e.end, e.points) for e in back.events
    ]


def test_two_minima_whose_speeds_cross_keep_their_names():
    slopes = np.linspace(-0.3, 0.3, 6)
    maps = history(TwoWells, slopes, jnp.float32(0.5))
    tracks = track(maps, maps[-1].minima()[:, None])
    known = np.stack([step.minima() for step in maps], axis=1)
    np.testing.assert_allclose(tracks.state[..., 0], known, atol=1e-6)
    assert (tracks.outcome == Outcome.SLOW_POINT).all()
    assert tracks.speed[0, 0] > tracks.speed[1, 0]
    assert tracks.speed[0, -1] < tracks.speed[1, -1]
    assert happened(tracks) == []


def test_a_minimum_that_is_lost_jumps_where_it_is_lost_and_is_no_bifurcation():
    slopes = np.linspace(1.0, 2.0, 5)
    maps = history(TwoWells, slopes, jnp.float32(3.0))
    tracks = track(maps, maps[0].minima()[:, None], backwards=False)
    lost = (8 / (3 * np.sqrt(3)) - 1) / 0.25
    (jump,) = happened(tracks)
    assert jump.kind == EventKind.JUMPS
    assert jump.points == (1, 0)
    assert jump.end - jump.begin == 2**-6
    assert jump.begin < lost < jump.end
    assert jump.evidence["curvature_before"] < 0.1 * jump.evidence["curvature_after"]
    assert jump.evidence["missed"] > 1
    np.testing.assert_allclose(tracks.state[1, -1], maps[-1].minima(), atol=1e-6)
    np.testing.assert_array_equal(tracks.one_with[1], [1, 1, 1, 0, 0])


def test_the_order_of_the_points_changes_nothing():
    slopes = np.linspace(1.0, 2.0, 5)
    maps = history(TwoWells, slopes, jnp.float32(3.0))
    points = np.array([*maps[0].minima(), maps[0].minima()[1]])[:, None]
    order = np.array([2, 0, 1])
    one = track(maps, points, backwards=False)
    other = track(maps, points[order], backwards=False)
    np.testing.assert_array_equal(one.state[order], other.state)
    named = [(e.kind, e.begin, e.end, {int(order[i]) for i in e.points}, e.evidence) for e in other.events]
    for event in one.events:
        assert (event.kind, event.begin, event.end, set(event.points), event.evidence) in named
    assert len(named) == len(one.events)


def test_a_gru_is_followed_in_its_box_and_numpy_agrees_on_its_speed():
    (first, _), (last, _) = random_gru(6, 3, gain=1.2), random_gru(6, 4, gain=1.2)
    maps = [
        GRU(*(np.float32(1 - t) * one + np.float32(t) * other for one, other in zip(*weights, strict=True)))
        for t in np.linspace(0, 0.3, 4)
        for weights in [((first.recurrent, first.drive), (last.recurrent, last.drive))]
    ]
    starts = np.random.default_rng(0).uniform(-0.5, 0.5, (3, 6))
    points = find_slow_points(maps[0], starts, domain=(-1.0, 1.0)).state
    tracks = track(maps, points, backwards=False, domain=(-1.0, 1.0))
    assert np.abs(tracks.state).max() <= 1
    for k, step in enumerate(maps):
        weights = {"recurrent": np.asarray(step.recurrent, float), "drive": np.asarray(step.drive, float)}
        moved = np.array([numpy_gru(weights, h) - h for h in tracks.state[:, k]])
        np.testing.assert_allclose(np.linalg.norm(moved, axis=1), tracks.root_speed[:, k], atol=1e-12)


def test_the_papers_descent_follows_too_and_is_not_taken_for_more():
    maps = history(TanhUnits, WEIGHTS)
    points = maps[-1].fixed_points()[[0, 8]]
    tracks = track(maps, points, solver=Adam(steps=400, learning_rate=1e-2), splits=0)
    known = np.stack([step.fixed_points()[[0, 8]] for step in maps], axis=1)
    np.testing.assert_allclose(tracks.state, known, atol=1e-3)
    assert not tracks.certified[:, :-1].all()
    assert {event.kind for event in tracks.events} <= {EventKind.UNDETERMINED, EventKind.JUMPS, EventKind.CONTINUES}
    assert EventKind.UNDETERMINED in {event.kind for event in tracks.events}
    np.testing.assert_array_equal(tracks.searches, 1)
    np.testing.assert_array_equal(tracks.iterations, 400)


@pytest.mark.parametrize("backwards", [True, False])
def test_a_history_that_stands_still_costs_nothing_and_moves_nothing(backwards):
    maps = history(TanhUnits, WEIGHTS[[0, 0, 0]])
    tracks = track(maps, maps[0].fixed_points(), backwards=backwards)
    assert np.nanmax(tracks.moved) < 1e-13
    assert np.isnan(tracks.moved[:, -1 if backwards else 0]).all()
