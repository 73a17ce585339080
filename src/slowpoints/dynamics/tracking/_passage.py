"""All points carried over one interval after another, and what happens to them kept as events."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from slowpoints.dynamics.tracking._bifurcations import crossings, fold, nearest_one
from slowpoints.dynamics.tracking._continuation import Continuation, distance, Landing, SAME
from slowpoints.dynamics.tracking._events import Event, EventKind, Happening
from slowpoints.dynamics.tracking._history import Interval

FOLDS = (EventKind.APPEARS, EventKind.DISAPPEARS)


class _Run(NamedTuple):
    """A stretch of checkpoints over which nothing but one thing can be said of a group."""

    kind: EventKind
    begin: float
    end: float
    moved: float
    missed: float
    unfinished: int


class Passage:
    """The points on their way: where they are, which of them are one, and what happened so far.

    Tracks that have come to coincide are from then on one group, whose first is followed for all.
    """

    def __init__(self, continuation: Continuation, at: int, landings: list[Landing]):
        self.landings = landings
        self._continuation = continuation
        self._groups = [[i] for i in range(len(landings))]
        self._join(self._clusters())
        self._events: list[Event] = []
        self._runs: dict[int, _Run] = {}
        self._strides: dict[int, float] = {}
        self._at = float(at)

    def first_of_group(self) -> list[int]:
        """For each track the least of those that it is one with."""
        least = {i: min(group) for group in self._groups for i in group}
        return [least[i] for i in range(len(self.landings))]

    def cross(
        self, interval: Interval, k: int, begin: float, end: float
    ) -> tuple[Int[np.ndarray, " point"], Int[np.ndarray, " point"]]:
        """Carries all points over the interval after checkpoint k, from one end of it to the other.

        **Returns:** the iterations and searches each took; 0 where another is followed for it.
        """
        self.landings = [landing._replace(fraction=begin) for landing in self.landings]
        starts = [self.landings[group[0]] for group in self._groups]
        iterations, searches = np.zeros((2, len(self.landings)), int)
        if self._continuation.splits == 0:
            found, taken = self._continuation.search(interval, self.landings, end, fenced=False)
            paths = [[start, found[group[0]]] for start, group in zip(starts, self._groups, strict=True)]
            iterations, searches = taken, searches + 1
        else:
            paths = []
            for start, group in zip(starts, self._groups, strict=True):
                way = self._continuation.follow(interval, start, end, self._strides.get(group[0], 1.0))
                paths.append(way.path)
                self._strides[group[0]] = way.stride
                iterations[group[0]], searches[group[0]] = way.iterations, way.searches
        for path, group in zip(paths, self._groups, strict=True):
            for i in group:
                self.landings[i] = path[-1]
        happenings = [self._explain(interval, path) for path in paths]
        self._keep(interval, k, begin, end, paths, happenings)
        return iterations, searches

    def conclude(self) -> tuple[Event, ...]:
        """All events, by where they begin."""
        for group in self._groups:
            self._close(group)
        return tuple(sorted(self._events, key=lambda event: (event.begin, event.end, event.kind, event.points)))

    def _explain(self, interval: Interval, path: list[Landing]) -> list[Happening]:
        """What happened on the way but for continuing, in the order of the way."""
        happened = []
        for one, other in pairwise(path):
            low, high = sorted((one, other), key=lambda landing: landing.fraction)
            where = low.fraction, high.fraction
            if not self._continuation.is_near(other):
                happened.append(Happening(EventKind.JUMPS, *where, _sides(low, high) | {"missed": other.missed}))
            elif not (one.isolated and other.isolated):
                continue
            elif one.fixed and other.fixed:
                happened += crossings(self._continuation, interval, one, other, self._continuation.splits)
            elif one.fixed != other.fixed:
                fixed, gone = (one, other) if one.fixed else (other, one)
                placed = fold(self._continuation, interval, fixed, gone)
                happened.append(placed or Happening(EventKind.UNDETERMINED, *where, _sides(low, high)))
        return happened

    def _keep(
        self,
        interval: Interval,
        k: int,
        begin: float,
        end: float,
        paths: list[list[Landing]],
        happenings: list[list[Happening]],
    ) -> None:
        """Enters what happened over the interval among the events, and joins the groups that are now one."""
        position = k + end
        for group, path, happened in zip(self._groups, paths, happenings, strict=True):
            self._prolong(group, path, position, bool(happened))
        clusters = self._clusters()
        joined = {i: cluster for cluster in clusters for i in cluster}
        shared: set[tuple[int, ...]] = set()
        for g, happened in enumerate(happenings):
            others = [o for o in joined.get(g, []) if o != g]
            last_jump = next((h for h in reversed(happened) if h.kind == EventKind.JUMPS), None)
            for happening in happened:
                points = sorted(self._groups[g])
                if happening is last_jump:
                    points += sorted(i for o in others for i in self._groups[o])
                elif partners := [o for o in others if _shares_fold(happening, happenings[o])]:
                    points = sorted([*points, *(i for o in partners for i in self._groups[o])])
                    if tuple(points) in shared:
                        continue
                    shared.add(tuple(points))
                self._enter(happening, k, tuple(points))
        for cluster in clusters:
            staying = [g for g in cluster if not any(h.kind == EventKind.JUMPS for h in happenings[g])]
            folds = [h for g in staying[:1] for h in happenings[g] if h.kind in FOLDS]
            folded = any(all(_shares_fold(h, happenings[g]) for g in staying) for h in folds)
            if len(staying) > 1 and not folded:
                met = self._meet(interval, [paths[g][0] for g in staying], begin, end)
                self._enter(met, k, tuple(sorted(i for g in staying for i in self._groups[g])))
        for cluster in clusters:
            for g in cluster:
                self._close(self._groups[g])
        self._join(clusters)
        self._at = position

    def _meet(self, interval: Interval, apart: list[Landing], begin: float, end: float) -> Happening:
        """Where on the way points that are apart at its beginning come to be one."""
        together = end
        for _ in range(self._continuation.splits):
            middle = (apart[0].fraction + together) / 2
            ways = [self._continuation.follow(interval, landing, middle).path for landing in apart]
            if not all(self._continuation.is_same(*pair) for way in ways for pair in pairwise(way)):
                break
            found = [way[-1] for way in ways]
            if _spread(found) <= SAME:
                together = middle
            else:
                apart = found
        ones = [nearest_one(landing.jacobian) for landing in apart]
        nearest = min(ones, key=lambda one: abs(one - 1) if np.isfinite(one) else np.inf)
        evidence = {
            "apart": _spread(apart),
            "eigenvalue": nearest,
            "curvature": float(min(landing.certificate.smallest_curvature for landing in apart)),
        }
        kind = EventKind.SPLITS if begin > end else EventKind.MERGES
        return Happening(kind, min(apart[0].fraction, together), max(apart[0].fraction, together), evidence)

    def _prolong(self, group: list[int], path: list[Landing], position: float, interrupted: bool) -> None:
        """Goes on with the run of a group, or ends it and begins another."""
        one, other = path[0], path[-1]
        certain = all(landing.isolated for landing in path)
        kind = EventKind.CONTINUES if certain else EventKind.UNDETERMINED
        moved, missed = float(distance(one.vector, other.vector)), max(landing.missed for landing in path[1:])
        run = self._runs.get(group[0])
        if interrupted or (run is not None and run.kind != kind):
            self._close(group)
            run = None
        if interrupted and certain:
            return
        fresh = _Run(kind, self._at, position, moved, missed, sum(not landing.isolated for landing in path))
        if run is not None:
            fresh = run._replace(
                end=position,
                moved=max(run.moved, moved),
                missed=max(run.missed, missed),
                unfinished=run.unfinished + sum(not landing.isolated for landing in path[1:]),
            )
        self._runs[group[0]] = fresh

    def _close(self, group: list[int]) -> None:
        run = self._runs.pop(group[0], None)
        if run is not None:
            begin, end = sorted((run.begin, run.end))
            evidence = {"moved": run.moved, "missed": run.missed, "unfinished": float(run.unfinished)}
            self._events.append(Event(run.kind, begin, end, tuple(sorted(group)), evidence))

    def _enter(self, happening: Happening, k: int, points: tuple[int, ...]) -> None:
        evidence = dict(happening.evidence)
        if happening.low == happening.high:
            evidence["at"] = k + happening.low
        self._events.append(Event(happening.kind, k + happening.low, k + happening.high, points, evidence))

    def _clusters(self) -> list[list[int]]:
        """The groups that lie at one and the same certified point, where there are several."""
        firsts = [self.landings[group[0]] for group in self._groups]
        clusters: list[list[int]] = []
        for g, landing in enumerate(firsts):
            if not landing.isolated:
                continue
            near = [
                cluster
                for cluster in clusters
                if any(distance(landing.vector, firsts[o].vector) <= SAME for o in cluster)
            ]
            clusters = [c for c in clusters if c not in near] + [sorted([g, *(o for c in near for o in c)])]
        return [cluster for cluster in clusters if len(cluster) > 1]

    def _join(self, clusters: list[list[int]]) -> None:
        """Makes the groups of each cluster one, the slowest first: an order that the tracks' own does not decide."""
        joined = []
        for cluster in clusters:
            members = [i for g in cluster for i in self._groups[g]]
            members.sort(key=lambda i: (self.landings[i].certificate.speed, *self.landings[i].vector))
            for i in members:
                self.landings[i] = self.landings[members[0]]
            joined.append(members)
        alone = [group for g, group in enumerate(self._groups) if not any(g in cluster for cluster in clusters)]
        self._groups = alone + joined


def _shares_fold(happening: Happening, happened: list[Happening]) -> bool:
    """Whether one of those that happened is the same fold."""
    return happening.kind in FOLDS and any(
        other.kind == happening.kind and abs(other.low - happening.low) <= _ONE_PLACE for other in happened
    )


_ONE_PLACE = 1e-6
"""Folds of one interval nearer than this, as fractions of it, are one: each is placed to rounding."""


def _spread(landings: list[Landing]) -> float:
    return max(float(distance(one.vector, other.vector)) for one in landings for other in landings)


def _sides(low: Landing, high: Landing) -> dict[str, float]:
    sides = {"before": low, "after": high}
    return {
        f"{name}_{side}": value
        for side, landing in sides.items()
        for name, value in (
            ("root_speed", landing.root_speed),
            ("curvature", float(landing.certificate.smallest_curvature)),
        )
    }
