"""Slow points followed through the history of a map."""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Int

from slowpoints._errors import InputError
from slowpoints._types import State, Step
from slowpoints.dynamics._certificate import Certificate
from slowpoints.dynamics._domain import bounds, Box, Domain
from slowpoints.dynamics._landscape import Coordinates
from slowpoints.dynamics._precision import as_double, double_precision
from slowpoints.dynamics._search import check_inside
from slowpoints.dynamics._spectrum import eigenvalues
from slowpoints.dynamics._states import check_states, flatten, flatten_one, one_of, unflatten
from slowpoints.dynamics.solvers import AbstractSolver, Newton
from slowpoints.dynamics.tracking._continuation import Continuation, distance, TrackedPoint
from slowpoints.dynamics.tracking._history import History, Maps
from slowpoints.dynamics.tracking._tracker import Tracker
from slowpoints.dynamics.tracking._tracks import Tracks

Label = Callable[[Step, State], Any]
"""From a map as it was given and states with a leading axis `point` to one whole number a state."""


def track(
    maps: Maps,
    points: State,
    *,
    backwards: bool = True,
    coordinates: Coordinates | None = None,
    domain: Domain | None = None,
    label: Label | None = None,
    solver: AbstractSolver = Newton(max_iterations=300),  # noqa: B008, frozen and so safe to share
    reach: float = 0.5,
    splits: int = 6,
) -> Tracks:
    """Follows slow points of a map through its history, from one end to the other.

    From each checkpoint to the next, a point is predicted by the implicit function theorem, along the straight line
    between the two checkpoints' weights, and searched for from there. (If the prediction is not defined, is farther
    than `reach`, or is faster than the point, the search begins at the point itself.) If the search ends farther than
    `reach` from where it began, if a fixed point became another kind of point or the reverse, or if a fixed point could
    not be searched for from its prediction, the interval is halved, down to 2^-`splits` of it. What then remains is
    reported as an event, with its evidence. If tracks come to coincide, the place where they do is found by halving
    too.

    Args:
        maps: the same step function at successive checkpoints, as a list or any sequence. Its length is asked, and its
            items are read one by one, each once, with at most two kept. Each is a step as `find_slow_points` takes it,
            a module with its weights as arrays. They compile once for the whole history.
        points: the points at the end from which they are tracked, as `SlowPoints.state`.
        backwards: from the last map to the first; otherwise from the first to the last.
        coordinates: as in `find_slow_points`.
        domain: as in `find_slow_points`.
        label: a function from a map and states with a leading axis `point` to one whole number for each state, such as
            its readout. It is recorded for each point at each checkpoint.

    Other Args:
        solver: the solver of the searches. With ``Adam(steps=…)`` and ``splits=0`` this is the paper's method, a
            descent from the previous point, with the optimiser of its scripts' searches. It certifies nothing, and its
            points are reported so.
        reach: the most that any coordinate may change between the begin and the end of a search that found the same
            point; coordinates above 1 count in units of their own size.
        splits: how often an interval may be halved; 0 for never.

    Returns:
        `Tracks`.

    Raises:
        InputError: naming the argument, if the maps are fewer than two or differ in more than their weights; if the
            points are empty, not floating-point, not finite, outside the domain or no points of the map that they are
            given at (a search from them ends farther away than `reach`); if a step is not finite at a point; or if
            `label` does not give one whole number for each point. What reading a map raises is passed through.

    Source:
        Tracking backwards through training, Haviv, Rivkind and Barak (2019), §7; natural continuation with step
        control, Allgower and Georg, *Introduction to Numerical Continuation Methods*, ch. 2.

    Examples:
        The fixed points ±√μ of x ↦ x + μ − x² appear at μ = 0.

        >>> import jax, jax.numpy as jnp, numpy as np
        >>> from slowpoints.dynamics import track
        >>> fold = lambda mu, x: x + mu - x**2
        >>> maps = [jax.tree_util.Partial(fold, jnp.asarray(mu)) for mu in (-0.01, 0.01, 0.04)]
        >>> [event.kind.name for event in track(maps, np.array([[0.2]])).events]
        ['APPEARS', 'CONTINUES']
    """
    history = History(maps)
    points = check_states(points, "points")
    lower, upper = bounds(domain, one_of(points, 0))
    check_inside(points, lower, upper, "points")
    if not reach > 0:
        raise InputError(f"reach must be positive, not {reach}.")
    if not (isinstance(splits, int) and splits >= 0):
        raise InputError(f"splits must be a whole number, 0 or more, not {splits}.")
    with double_precision():
        like = jax.tree.map(np.zeros_like, one_of(points, 0))
        box = Box(jnp.asarray(flatten_one(lower)), jnp.asarray(flatten_one(upper)))
        continuation = Continuation(solver, as_double(coordinates), box, like, float(reach), splits)

    last = len(history) - 1
    intervals = range(last - 1, -1, -1) if backwards else range(last)
    begin, end = (1.0, 0.0) if backwards else (0.0, 1.0)
    at = last if backwards else 0
    tracked, iterations = _begin(continuation, history, intervals[0], begin, flatten(points), at)
    tracker = Tracker(continuation, at, tracked)
    record = _Record(len(history), label, one_of(points, 0))
    record.enter(at, history, tracker, iterations, np.ones_like(iterations), np.full(len(tracked), np.nan))
    for k in intervals:
        before = np.stack([point.vector for point in tracker.points])
        iterations, searches = tracker.cross(history.between(k), k, begin, end)
        moved = distance(before, np.stack([point.vector for point in tracker.points]))
        record.enter(k + int(end), history, tracker, iterations, searches, moved)
    return record.conclude(tracker, backwards)


def _begin(
    continuation: Continuation, history: History, k: int, fraction: float, vectors: np.ndarray, at: int
) -> tuple[list[TrackedPoint], Int[np.ndarray, " point"]]:
    """The points themselves, searched for at the map that they are given at."""
    nothing: Any = None
    given = [TrackedPoint(fraction, vector, nothing, nothing, 0.0) for vector in vectors]
    interval = history.between(k)
    # In the batches that tracking will have, so that it compiles once.
    batches = [given] if continuation.splits == 0 else [[point] for point in given]
    found = [continuation.search(interval, batch, fraction, fenced=False) for batch in batches]
    tracked = [point for batch, _ in found for point in batch]
    for i, point in enumerate(tracked):
        if not np.isfinite(point.certificate.speed):
            raise InputError(f"maps must return finite values at every point; map {at} does not at point {i}.")
        if not continuation.is_near(point):
            raise InputError(
                f"points must be slow points of map {at}, but a search from point {i} ends {point.missed:.2g} "
                f"away, farther than reach, {continuation.reach:g}; give the points found at that map."
            )
    return tracked, np.concatenate([iterations for _, iterations in found])


class _Record:
    """The table of points by checkpoints, filled column by column."""

    def __init__(self, checkpoints: int, label: Label | None, like: State):
        self._columns: list[Any] = [None] * checkpoints
        self._label = label
        self._like = like

    def enter(self, k: int, history: History, tracker: Tracker, iterations: Any, searches: Any, moved: Any) -> None:
        """The column of checkpoint k."""
        tracked = tracker.points
        vectors = np.stack([point.vector for point in tracked])
        column = {
            field.name: np.array([getattr(point.certificate, field.name) for point in tracked])
            for field in dataclasses.fields(Certificate)
        }
        column |= {
            "state": vectors,
            "eigenvalues": eigenvalues(np.stack([point.jacobian for point in tracked])),
            "moved": moved,
            "searches": searches,
            "iterations": iterations,
            "one_with": np.array(tracker.first_of_group()),
        }
        if self._label is not None:
            column["label"] = _check_label(self._label(history.read(k), unflatten(vectors, self._like)), len(vectors))
        self._columns[k] = column

    def conclude(self, tracker: Tracker, backwards: bool) -> Tracks:
        """The table in its final form, with all events."""
        table = {name: np.stack([column[name] for column in self._columns], axis=1) for name in self._columns[0]}
        table["state"] = unflatten(table["state"], self._like)
        result = Tracks(events=tracker.conclude(), backwards=backwards, **{"label": None, **table})
        for array in jax.tree.leaves(result):
            if isinstance(array, np.ndarray):
                array.setflags(write=False)
        return result


def _check_label(given: Any, points: int) -> Int[np.ndarray, " point"]:
    labels = np.asarray(given)
    if not (labels.shape == (points,) and np.issubdtype(labels.dtype, np.integer)):
        raise InputError(f"label must give one whole number a point, not {labels.dtype} of shape {labels.shape}.")
    return labels.astype(np.int64)
