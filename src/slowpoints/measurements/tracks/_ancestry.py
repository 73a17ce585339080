"""Where the point of each class that is introduced came from (figure 5C)."""

from typing import Any

import jax
import numpy as np
from jaxtyping import Float64

from slowpoints._types import State
from slowpoints.dynamics import find_slow_points, genealogy, Newton, random_starts
from slowpoints.dynamics._outcome import ISOLATED
from slowpoints.dynamics._states import flatten
from slowpoints.measurements._measurement import Needed, Subject, Variable
from slowpoints.measurements._slow_points import class_trials_of, outcome_words, SlowPointSettings
from slowpoints.measurements.tracks._following import follow, Maps, Note, NOWHERE, points_to_follow, TrackSettings
from slowpoints.protocols import Protocol
from slowpoints.recall import ClassMeans

_BY_CLASS = ("class", "step")
ANCESTRY = {
    "short_root_speed": Variable(_BY_CLASS, "‖F(x) − x‖ along the track back to the class' introduction.", "1/step"),
    "short_readout_class": Variable(_BY_CLASS, "The class named along that track.", missing=NOWHERE),
    "short_outcome": Variable(_BY_CLASS, "How the searches along that track ended.", missing=""),
    "short_unbroken_from": Variable(("class",), "The training step from which that track is unbroken.", missing=-1),
    "ancestor_distance": Variable(
        ("class",),
        "Where that track ends, just before the class' introduction: distance to the nearest certified point that the "
        "mean state of a class already shown leads to, over √coordinates.",
    ),
    "random_distance": Variable(
        ("class", "start"), "The same distance of each certified point that a random start leads to there."
    ),
}
"""What is kept of it; *short* tracks are those from just before the next introduction back to just before its own."""


def introductions(protocol: Protocol, classes: int) -> np.ndarray:
    """The training step from which on each class is shown: array (class,).

    0 for classes shown from the start, −1 for those never shown.
    """
    vocabulary = protocol.vocabulary
    return np.array(
        [next((step for step in (0, *vocabulary.breakpoints) if vocabulary(step) > c), -1) for c in range(classes)]
    )


def ancestry(
    subject: Subject, settings: TrackSettings, maps: Maps, found: Needed, introduced: np.ndarray, note: Note
) -> dict[str, np.ndarray]:
    """Each class from just before the next is introduced back to just before its own introduction, and how near the
    point there is to the points of the classes already shown: arrays by the names of `ANCESTRY`."""
    steps = np.array(maps.steps)
    sizes = {"class": len(introduced), "step": len(steps), "start": settings.random_starts}
    arrays: dict[str, Any] = {
        name: np.full([sizes[dim] for dim in variable.dims], variable.missing) for name, variable in ANCESTRY.items()
    }
    arrays["short_outcome"] = arrays["short_outcome"].astype("U16")
    if not (introduced > 0).any():
        return arrays
    changes = (*np.unique(introduced[introduced > 0]), steps[-1])
    for c, begin in enumerate(introduced):
        if begin < 0:
            continue
        end = next(change for change in changes if change > begin)
        window = np.flatnonzero((steps >= begin) & (steps <= end))
        start = _start(subject, found, maps, c, int(window[-1]))
        if start is None or len(window) < 2:
            continue
        part = maps.some(slice(window[0], window[-1] + 1))
        tracked = follow(subject, settings, found, part, start, "certified", note)
        assert tracked.label is not None
        arrays["short_root_speed"][c, window] = tracked.root_speed[0]
        arrays["short_readout_class"][c, window] = tracked.label[0]
        arrays["short_outcome"][c, window] = outcome_words(tracked.outcome[0], "")
        arrays["short_unbroken_from"][c] = steps[window[0] + genealogy(tracked).lineages[0].known_from]
        if begin > 0 and tracked.outcome[0, 0] in ISOLATED:
            note(f"points from which class {c} may have come, step {begin:,}")
            ancestor = jax.tree.map(lambda leaf: leaf[:, 0], tracked.state)
            own, random = _distances(subject, settings, found, maps, int(window[0]), ancestor)
            arrays["ancestor_distance"][c], arrays["random_distance"][c] = own, random
    return arrays


def _distances(
    subject: Subject, settings: TrackSettings, found: Needed, maps: Maps, k: int, ancestor: State
) -> tuple[float, Float64[np.ndarray, " start"]]:
    """Distances, over √coordinates, to the nearest certified point of a class shown at the k-th snapshot: that of the
    `ancestor`, and those of the certified points that random starts lead to, NaN for a start that leads to none."""
    here, means = subject.history[k], _means(subject, found, maps, k)
    # Classes without a mean state are searched for as well, and left out, so that all snapshots compile once.
    like = here.unit.initial_state()
    key = jax.random.fold_in(subject.key("ancestry"), maps.steps[k])
    random = random_starts(maps[k], like, settings.random_starts, key=key, domain=here.unit.domain())
    starts = jax.tree.map(lambda one, other: np.concatenate([np.asarray(one), other]), means.state, random)
    ends = find_slow_points(maps[k], starts, domain=here.unit.domain(), solver=_solver(found))
    rows, certified = flatten(ends.state), np.isin(ends.outcome, ISOLATED)
    existing = rows[: len(means.known)][means.known & certified[: len(means.known)]]
    if not len(existing):
        return np.nan, np.full(settings.random_starts, np.nan)
    points = np.concatenate([flatten(ancestor), rows[len(means.known) :]])
    nearest = np.linalg.norm(points[:, None] - existing, axis=-1).min(1) / rows.shape[1] ** 0.5
    return float(nearest[0]), np.where(certified[len(means.known) :], nearest[1:], np.nan)


def _start(subject: Subject, found: Needed, maps: Maps, c: int, k: int) -> State | None:
    """The certified point that a class' mean state leads to at the k-th snapshot; None if there is none."""
    if k == len(maps) - 1:
        known, points = points_to_follow(found, "certified", maps)
        row = int(np.sum(known[:c]))
        return jax.tree.map(lambda leaf: leaf[row : row + 1], points) if known[c] else None
    means = _means(subject, found, maps, k)
    if not means.known[c]:
        return None
    ends = find_slow_points(
        maps[k],
        jax.tree.map(lambda leaf: np.asarray(leaf)[c : c + 1], means.state),
        domain=maps.history[k].unit.domain(),
        solver=_solver(found),
    )
    return ends.state if ends.outcome[0] in ISOLATED else None


def _means(subject: Subject, found: Needed, maps: Maps, k: int) -> ClassMeans:
    """The mean states of the classes shown at the k-th snapshot."""
    starts = found.settings
    assert isinstance(starts, SlowPointSettings)
    return class_trials_of(subject, subject.history[k], starts, subject.shown(maps.steps[k])).means()


def _solver(found: Needed) -> Newton:
    assert isinstance(found.settings, SlowPointSettings)
    return Newton(max_iterations=found.settings.newton_iterations)
