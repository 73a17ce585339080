"""Planted births, deaths, flips and Neimark–Sacker points, each where paper says."""

import numpy as np
import pytest

from slowpoints.dynamics import EventKind, find_slow_points, Outcome, track

from ..maps import TanhUnits
from .histories import DelayedLogistic, Fold, happened, Henon, HENON_B, history, Logistic, place, Ricker, Summit


@pytest.mark.parametrize("backwards", [True, False])
@pytest.mark.parametrize("grows", [True, False])
@pytest.mark.parametrize("lowest", [-0.05, -0.043])  # the first folds at a map that halving meets
def test_a_fold_is_placed_with_its_coefficients(lowest, backwards, grows):
    values = np.linspace(lowest, lowest + 0.28, 8)[:: 1 if grows else -1]
    maps = history(Fold, values)
    both = np.sqrt(np.abs(np.float32(values[-1 if backwards else 0]))) * np.array([[1.0], [-1.0]])
    points = both if backwards == grows else np.zeros((1, 1))
    tracks = track(maps, points, backwards=backwards)
    (event,) = happened(tracks)
    assert event.kind == (EventKind.APPEARS if grows else EventKind.DISAPPEARS)
    assert event.begin == event.end == pytest.approx(place(values, 0.0), abs=1e-9)
    assert event.points == tuple(range(len(points)))
    assert event.evidence["eigenvalue"] == pytest.approx(1, abs=1e-9)
    assert abs(event.evidence["quadratic"]) == pytest.approx(1)
    assert abs(event.evidence["transversal"]) == pytest.approx(0.04, rel=1e-5)
    assert event.evidence["square_root_law"] == pytest.approx(1, rel=1e-3)
    mu = np.array([float(step.mu) for step in maps])
    stable = np.sqrt(np.maximum(mu, 0))
    np.testing.assert_allclose(tracks.state[0, :, 0], stable, atol=1e-8)
    np.testing.assert_array_equal(tracks.outcome[0] == Outcome.FIXED_POINT, mu > 0)
    if len(points) == 2:
        np.testing.assert_allclose(tracks.state[1, :, 0], -stable, atol=1e-8)
        np.testing.assert_array_equal(tracks.one_with[1], (mu > 0).astype(int))


def henon_points(a):
    linear = 1 - HENON_B
    x = 2 / (linear + np.array([1, -1]) * np.sqrt(linear**2 + 4 * a))
    return x, HENON_B * x


def test_henon_folds_and_flips_where_it_should():
    values = np.linspace(-0.2, 0.5, 8)
    maps = history(Henon, values)
    tracks = track(maps, henon_points(float(np.float32(values[-1]))))
    fold, flip = (0.7**2 * factor for factor in (-1 / 4, 3 / 4))
    appears, flips = (
        next(event for event in happened(tracks) if event.kind == kind) for kind in (EventKind.APPEARS, EventKind.FLIPS)
    )
    assert appears.begin == pytest.approx(place(values, fold), abs=1e-8)
    assert 0 in appears.points
    assert flips.begin == flips.end == pytest.approx(place(values, flip), abs=1e-6)
    assert flips.points == (0,)
    assert (flips.evidence["unstable_before"], flips.evidence["unstable_after"]) == (0, 1)
    for k in range(2, 8):
        np.testing.assert_allclose(tracks.state[0][0, k], henon_points(float(maps[k].a))[0][0], atol=1e-9)


@pytest.mark.parametrize("backwards", [True, False])
def test_the_logistic_map_flips_at_three(backwards):
    values = np.linspace(2.5, 3.3, 5)
    maps = history(Logistic, values)
    r = np.array([float(step.r) for step in maps])
    tracks = track(maps, np.array([[1 - 1 / r[-1 if backwards else 0]]]), backwards=backwards)
    (event,) = happened(tracks)
    assert event.kind == EventKind.FLIPS
    assert event.begin == event.end == event.evidence["at"] == pytest.approx(place(values, 3.0), abs=1e-6)
    assert event.evidence["angle"] == pytest.approx(np.pi)
    np.testing.assert_allclose(tracks.state[0, :, 0], 1 - 1 / r, atol=1e-12)


def test_a_fixed_point_that_others_pass_through_branches():
    values = np.linspace(0.7, 1.4, 4)
    tracks = track(history(Logistic, values), np.zeros((1, 1)))
    (event,) = happened(tracks)
    assert event.kind == EventKind.BRANCHES
    assert event.begin == pytest.approx(place(values, 1.0), abs=1e-6)


@pytest.mark.parametrize("seed", range(12))
def test_two_branches_that_cross_are_told_apart(seed):
    """r crosses 0, anywhere in an interval of any length, followed either way: the moving branch is x = r."""
    rng = np.random.default_rng(seed)
    values = np.sort(np.concatenate([[-0.6, 0.6], rng.uniform(-0.5, 0.5, rng.integers(1, 6))]))
    values = values.astype(np.float32).astype(np.float64)
    backwards = bool(seed % 2)
    tracks = track(history(Ricker, values), values[[-1 if backwards else 0]][:, None], backwards=backwards)
    np.testing.assert_allclose(tracks.state[0, :, 0], values, atol=1e-9)
    (event,) = happened(tracks)
    assert event.kind == EventKind.BRANCHES
    assert event.begin == event.end == pytest.approx(place(values, 0.0), abs=1e-8)
    assert (event.evidence["unstable_before"], event.evidence["unstable_after"]) == (1, 0)


@pytest.mark.parametrize("height", [0.01, 0.25])
def test_an_eigenvalue_that_goes_beyond_one_and_back_between_two_maps_branches_twice(height):
    values = np.array([-1.0, 1.0])
    one, two = happened(track(history(Summit, values, height), np.zeros((1, 1))))
    assert one.kind == two.kind == EventKind.BRANCHES
    for event, at in ((one, -(height**0.5)), (two, height**0.5)):
        assert event.begin == event.end == pytest.approx(place(values, at), abs=1e-8)
    assert happened(track(history(Summit, values, -0.01), np.zeros((1, 1)))) == []


@pytest.mark.parametrize("backwards", [True, False])
def test_the_outer_branch_of_a_pitchfork_ends_in_a_branching(backwards):
    """tanh wx has ±x beside 0 from w = 1 on; followed to w < 1, the outer one is 0, and stable all the way."""
    values = np.linspace(1.5, 0.6, 4) if not backwards else np.linspace(0.6, 1.5, 4)
    maps = history(TanhUnits, values[:, None])
    outer = maps[-1 if backwards else 0].fixed_points()[-1:]
    (event,) = happened(track(maps, outer, backwards=backwards))
    assert event.kind == EventKind.BRANCHES
    assert event.begin == event.end == pytest.approx(place(values, 1.0), abs=1e-6)
    assert (event.evidence["unstable_before"], event.evidence["unstable_after"]) == (0, 0)


@pytest.mark.parametrize("backwards", [True, False])
def test_the_delayed_logistic_map_meets_the_circle_at_two(backwards):
    values = np.linspace(1.7, 2.25, 4)
    maps = history(DelayedLogistic, values)
    x = np.array([1 - 1 / float(maps[-1 if backwards else 0].r)])
    (event,) = happened(track(maps, (x, x), backwards=backwards))
    assert event.kind == EventKind.NEIMARK_SACKER
    assert event.begin == event.end == pytest.approx(place(values, 2.0), abs=1e-6)
    assert event.evidence["angle"] == pytest.approx(np.pi / 3, abs=1e-6)
    assert (event.evidence["unstable_before"], event.evidence["unstable_after"]) == (0, 2)


@pytest.mark.parametrize("grows", [True, False])
def test_points_that_become_one_are_told_from_points_that_only_come_near(grows):
    """A pitchfork at w = 1 in one unit, w above 1 all the way in the other."""
    first, second = np.linspace(0.6, 1.5, 5), np.linspace(1.1, 1.6, 5)
    order = slice(None, None, 1 if grows else -1)
    maps = history(TanhUnits, np.stack([first, second], axis=1)[order])
    all_of = maps[-1 if grows else 0].fixed_points()
    upper = all_of[all_of[:, 1] > 0]
    lower = all_of[(all_of[:, 1] < 0) & (all_of[:, 0] > 0)]
    tracks = track(maps, np.concatenate([upper, lower]), backwards=grows)
    at = place(first[order], 1.0)
    splits, branches, outer = sorted(happened(tracks), key=lambda event: (-len(event.points), event.points))
    assert splits.kind == (EventKind.SPLITS if grows else EventKind.MERGES)
    assert splits.points == (0, 1, 2)
    assert splits.begin <= at <= splits.end
    assert splits.end - splits.begin <= 2**-6
    assert splits.evidence["eigenvalue"] == pytest.approx(1, abs=0.02)
    assert branches.kind == EventKind.BRANCHES
    assert branches.begin == pytest.approx(at, abs=1e-6)
    assert branches.points == (int(np.argmin(np.abs(upper[:, 0]))),)
    # The one that is tracked alone is an outer branch too: its eigenvalue comes to +1 and goes back.
    assert (outer.kind, outer.points) == (EventKind.BRANCHES, (3,))
    assert outer.begin == pytest.approx(at, abs=1e-6)
    far = 0 if grows else -1
    np.testing.assert_array_equal(tracks.one_with[:, far], [0, 0, 0, 3])
    np.testing.assert_array_equal(tracks.one_with[:, -1 - far], [0, 1, 2, 3])


def test_slow_points_have_no_bifurcations_whatever_their_eigenvalues():
    """At the ghost's minimum J passes +1 only with the map standing still: here it never does."""
    maps = history(Fold, np.linspace(-0.5, -0.05, 4))
    points = find_slow_points(maps[-1], np.array([[0.1]])).state
    assert happened(track(maps, points)) == []
