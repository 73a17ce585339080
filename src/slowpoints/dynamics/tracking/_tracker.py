"""Carries all points over one interval after another, and keeps a list of the events."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from slowpoints.dynamics.tracking._bifurcations import crossings, fold
from slowpoints.dynamics.tracking._continuation import Continuation, distance, SAME, TrackedPoint
from slowpoints.dynamics.tracking._events import Event, EventKind, IntervalEvent
from slowpoints.dynamics.tracking._history import Interval
from slowpoints.dynamics.tracking._meeting import nearest_one

FOLDS = (EventKind.APPEARS, EventKind.DISAPPEARS)


class _OpenEvent(NamedTuple):
    """A CONTINUES or UNDETERMINED event of one group that the next interval may prolong. Fields as in `Event`."""

    kind: EventKind
    begin: float
    """Where it begins, in checkpoints, in the order of tracking: larger than `end` where that is backwards."""
    end: float
    moved: float
    missed: float
    unfinished: int


class Tracker:
    """Where the points are, which tracks are one point, and the events so far.

    Tracks whose points coincide form a group. From then on only the first track of the group is followed, and the
    others take its points.
    """

    def __init__(self, continuation: Continuation, at: int, points: list[TrackedPoint]):
        self.points = points
        self._continuation = continuation
        self._groups = [[i] for i in range(len(points))]
        self._join(self._clusters())
        self._events: list[Event] = []
        self._open: dict[int, _OpenEvent] = {}
        self._strides: dict[int, float] = {}
        self._at = float(at)

    def first_of_group(self) -> list[int]:
        """For each track, the lowest number among the tracks of its group."""
        least = {i: min(group) for group in self._groups for i in group}
        return [least[i] for i in range(len(self.points))]

    def cross(
        self, interval: Interval, k: int, begin: float, end: float
    ) -> tuple[Int[np.ndarray, " point"], Int[np.ndarray, " point"]]:
        """Carries all points over the interval after checkpoint k, from one end of it to the other.

        Returns:
            The iterations and the searches that each track took; 0 where another track of its group was followed.
        """
        self.points = [point._replace(fraction=begin) for point in self.points]
        starts = [self.points[group[0]] for group in self._groups]
        iterations, searches = np.zeros((2, len(self.points)), int)
        if self._continuation.splits == 0:
            found, taken = self._continuation.search(interval, self.points, end, fenced=False)
            paths = [[start, found[group[0]]] for start, group in zip(starts, self._groups, strict=True)]
            iterations, searches = taken, searches + 1
        else:
            paths = []
            for start, group in zip(starts, self._groups, strict=True):
                followed = self._continuation.follow(interval, start, end, self._strides.get(group[0], 1.0))
                paths.append(followed.points)
                self._strides[group[0]] = followed.stride
                iterations[group[0]], searches[group[0]] = followed.iterations, followed.searches
        for path, group in zip(paths, self._groups, strict=True):
            for i in group:
                self.points[i] = path[-1]
        events = [self._explain(interval, path) for path in paths]
        self._keep(interval, k, begin, end, paths, events)
        return iterations, searches

    def conclude(self) -> tuple[Event, ...]:
        """All events, by where they begin."""
        for group in self._groups:
            self._close(group)
        return tuple(sorted(self._events, key=lambda event: (event.begin, event.end, event.kind, event.points)))

    def _explain(self, interval: Interval, path: list[TrackedPoint]) -> list[IntervalEvent]:
        """The events along one path, in its order, without CONTINUES."""
        own_events = []
        for one, other in pairwise(path):
            low, high = sorted((one, other), key=lambda point: point.fraction)
            where = low.fraction, high.fraction
            if not self._continuation.is_near(other):
                own_events.append(IntervalEvent(EventKind.JUMPS, *where, _sides(low, high) | {"missed": other.missed}))
            elif not (one.isolated and other.isolated):
                continue
            elif one.fixed and other.fixed:
                own_events += crossings(self._continuation, interval, one, other, self._continuation.splits)
            elif one.fixed != other.fixed:
                fixed, gone = (one, other) if one.fixed else (other, one)
                placed = fold(self._continuation, interval, fixed, gone)
                own_events.append(placed or IntervalEvent(EventKind.UNDETERMINED, *where, _sides(low, high)))
        return own_events

    def _keep(
        self,
        interval: Interval,
        k: int,
        begin: float,
        end: float,
        paths: list[list[TrackedPoint]],
        events: list[list[IntervalEvent]],
    ) -> None:
        """Adds the events of one interval to the list, and joins groups whose points now coincide."""
        position = k + end
        for group, path, own_events in zip(self._groups, paths, events, strict=True):
            self._prolong(group, path, position, bool(own_events))
        clusters = self._clusters()
        joined = {i: cluster for cluster in clusters for i in cluster}
        shared: set[tuple[int, ...]] = set()
        for g, own_events in enumerate(events):
            others = [o for o in joined.get(g, []) if o != g]
            last_jump = next((h for h in reversed(own_events) if h.kind == EventKind.JUMPS), None)
            for event in own_events:
                tracks = sorted(self._groups[g])
                if others and _comes_back(event):
                    continue  # an outer branch of a pitchfork: what splits or merges says it
                if event is last_jump:
                    tracks += sorted(i for o in others for i in self._groups[o])
                elif partners := [o for o in others if _shares_fold(event, events[o])]:
                    tracks = sorted([*tracks, *(i for o in partners for i in self._groups[o])])
                    if tuple(tracks) in shared:
                        continue
                    shared.add(tuple(tracks))
                self._enter(event, k, tuple(tracks))
        for cluster in clusters:
            staying = [g for g in cluster if not any(h.kind == EventKind.JUMPS for h in events[g])]
            folds = [h for g in staying[:1] for h in events[g] if h.kind in FOLDS]
            folded = any(all(_shares_fold(h, events[g]) for g in staying) for h in folds)
            if len(staying) > 1 and not folded:
                met = self._meet(interval, [paths[g][0] for g in staying], begin, end)
                self._enter(met, k, tuple(sorted(i for g in staying for i in self._groups[g])))
        for cluster in clusters:
            for g in cluster:
                self._close(self._groups[g])
        self._join(clusters)
        self._at = position

    def _meet(self, interval: Interval, apart: list[TrackedPoint], begin: float, end: float) -> IntervalEvent:
        """The event of points that are apart at the beginning of an interval and one at its end; found by halving."""
        together = end
        for _ in range(self._continuation.splits):
            middle = (apart[0].fraction + together) / 2
            paths = [self._continuation.follow(interval, point, middle).points for point in apart]
            if not all(self._continuation.is_same(*pair) for path in paths for pair in pairwise(path)):
                break
            found = [path[-1] for path in paths]
            if _spread(found) <= SAME:
                together = middle
            else:
                apart = found
        ones = [nearest_one(point.jacobian) for point in apart]
        nearest = min(ones, key=lambda one: abs(one - 1) if np.isfinite(one) else np.inf)
        evidence = {
            "apart": _spread(apart),
            "eigenvalue": nearest,
            "curvature": float(min(point.certificate.smallest_curvature for point in apart)),
        }
        kind = EventKind.SPLITS if begin > end else EventKind.MERGES
        return IntervalEvent(kind, min(apart[0].fraction, together), max(apart[0].fraction, together), evidence)

    def _prolong(self, group: list[int], path: list[TrackedPoint], position: float, interrupted: bool) -> None:
        """Prolongs the open event of a group, or closes it and opens another."""
        one, other = path[0], path[-1]
        certain = all(point.isolated for point in path)
        kind = EventKind.CONTINUES if certain else EventKind.UNDETERMINED
        moved, missed = float(distance(one.vector, other.vector)), max(point.missed for point in path[1:])
        open_event = self._open.get(group[0])
        if interrupted or (open_event is not None and open_event.kind != kind):
            self._close(group)
            open_event = None
        if interrupted and certain:
            return
        fresh = _OpenEvent(kind, self._at, position, moved, missed, sum(not point.isolated for point in path))
        if open_event is not None:
            fresh = open_event._replace(
                end=position,
                moved=max(open_event.moved, moved),
                missed=max(open_event.missed, missed),
                unfinished=open_event.unfinished + sum(not point.isolated for point in path[1:]),
            )
        self._open[group[0]] = fresh

    def _close(self, group: list[int]) -> None:
        open_event = self._open.pop(group[0], None)
        if open_event is not None:
            begin, end = sorted((open_event.begin, open_event.end))
            evidence = {name: float(getattr(open_event, name)) for name in ("moved", "missed", "unfinished")}
            self._events.append(Event(open_event.kind, begin, end, tuple(sorted(group)), evidence))

    def _enter(self, event: IntervalEvent, k: int, tracks: tuple[int, ...]) -> None:
        evidence = dict(event.evidence)
        if event.low == event.high:
            evidence["at"] = k + event.low
        self._events.append(Event(event.kind, k + event.low, k + event.high, tracks, evidence))

    def _clusters(self) -> list[list[int]]:
        """Lists of two or more groups, by number, whose certified points coincide."""
        firsts = [self.points[group[0]] for group in self._groups]
        clusters: list[list[int]] = []
        for g, point in enumerate(firsts):
            if not point.isolated:
                continue
            near = [
                cluster
                for cluster in clusters
                if any(distance(point.vector, firsts[o].vector) <= SAME for o in cluster)
            ]
            clusters = [c for c in clusters if c not in near] + [sorted([g, *(o for c in near for o in c)])]
        return [cluster for cluster in clusters if len(cluster) > 1]

    def _join(self, clusters: list[list[int]]) -> None:
        """Joins each cluster to one group, slowest point first, so that the order of the tracks does not matter."""
        joined = []
        for cluster in clusters:
            members = [i for g in cluster for i in self._groups[g]]
            members.sort(key=lambda i: (self.points[i].certificate.speed, *self.points[i].vector))
            for i in members:
                self.points[i] = self.points[members[0]]
            joined.append(members)
        alone = [group for g, group in enumerate(self._groups) if not any(g in cluster for cluster in clusters)]
        self._groups = alone + joined


def _shares_fold(event: IntervalEvent, others: list[IntervalEvent]) -> bool:
    """Whether the event is a fold and one of the others is the same fold."""
    return event.kind in FOLDS and any(
        other.kind == event.kind and abs(other.low - event.low) <= _ONE_PLACE for other in others
    )


def _comes_back(event: IntervalEvent) -> bool:
    """Whether an eigenvalue came to +1 and back."""
    evidence = event.evidence
    return event.kind == EventKind.BRANCHES and evidence["unstable_before"] == evidence["unstable_after"]


_ONE_PLACE = 1e-6
"""Two folds of an interval are one if they are nearer than this part of it. Each is placed to rounding."""


def _spread(points: list[TrackedPoint]) -> float:
    return max(float(distance(one.vector, other.vector)) for one in points for other in points)


def _sides(low: TrackedPoint, high: TrackedPoint) -> dict[str, float]:
    sides = {"before": low, "after": high}
    return {
        f"{name}_{side}": value
        for side, point in sides.items()
        for name, value in (
            ("root_speed", point.root_speed),
            ("curvature", float(point.certificate.smallest_curvature)),
        )
    }
