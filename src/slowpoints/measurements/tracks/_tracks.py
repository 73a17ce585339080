"""Where a network's slow points come from: followed back through the snapshots of its training."""

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import numpy as np

from slowpoints._options import check_ranges, option
from slowpoints._types import State, Step
from slowpoints.dynamics import Adam, find_slow_points, genealogy, Newton, track, Tracks
from slowpoints.dynamics._outcome import ISOLATED
from slowpoints.dynamics._states import flatten, unflatten
from slowpoints.measurements._learning import CURRICULUM, curriculum
from slowpoints.measurements._measurement import labelled, Measurement, Needed, spread, Subject, Variable
from slowpoints.measurements._slow_points import (
    class_trials_of,
    coordinates_of,
    outcome_words,
    SlowPointSettings,
    variables_of_a_search,
)
from slowpoints.measurements._trajectories import Axes, axes_of, COMPONENTS, coordinates_at
from slowpoints.measurements.tracks._formation import accuracies, NOISY_ACCURACY, PAUSE, pauses
from slowpoints.networks import ConstantInput, MemoryNetwork
from slowpoints.protocols import Protocol
from slowpoints.training import History

Note = Callable[[str], None]

TRACKINGS = {"certified": "newton", "descent": "adam"}
"""The two ways of tracking, with the search whose points each begins at: certified points, and the paper's
descent from the previous point (by Adam; the paper names no optimiser)."""

NOWHERE = -2
"""What whole numbers are where there is no track: class −1 is *null*."""


@dataclasses.dataclass(frozen=True)
class TrackSettings:
    """How slow points are followed back through training. Raises `InputError` for a number out of its range."""

    newton_iterations: int = option(300, "The second-order search's budget a point and search.", low=1, high=10**9)
    reach: float = option(
        0.5,
        "How far any coordinate may be, where a search ends, from where it began, to be of the same point.",
        low=1e-12,
        high=1e6,
    )
    splits: int = option(
        4, "How often an interval between snapshots is halved where a point is not found again.", low=0, high=40
    )
    adam_steps: int = option(
        1000, "Steps a snapshot of the descent from the previous point, by Adam.", low=1, high=10**9
    )
    pause_steps: int = option(
        2000, "For how long the trajectory from a class' mean state is watched for its first pause.", low=1, high=10**9
    )
    noise: float = option(
        2.0,
        "Noise of the accuracies through training, as a factor on the trained standard deviation (the paper takes "
        "twice the nominal noise, without saying of what).",
        low=0,
        high=1000.0,
    )
    trials_per_class: int = option(200, "Test images a class for these accuracies.", low=1, high=1_000_000)

    def __post_init__(self):
        check_ranges(self)


class Maps(Sequence):  # not of `Step`: see `History`
    """The autonomous maps of a history, each made when it is needed.

    Args:
        history: the networks.
        under: from a network to its map, that under the mean noise say.
    """

    def __init__(self, history: History, under: Callable[[MemoryNetwork], ConstantInput]):
        self.history, self.under = history, under

    def __len__(self) -> int:
        return len(self.history)

    def __getitem__(self, k: int) -> ConstantInput:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The k-th map."""
        return self.under(self.history[k])

    def some(self, chosen: slice) -> "Maps":
        """The maps at some of the steps."""
        return Maps(History(self.history.folder, self.history.steps[chosen]), self.under)

    @property
    def steps(self) -> tuple[int, ...]:
        """The training steps they belong to."""
        return self.history.steps


def _tracks(subject: Subject, settings: TrackSettings, needed: Mapping[str, Needed], note: Note):
    """Follows a network's slow points back through its snapshots.

    - All classes' points from the end to the beginning, in both ways (figure 5A, B), and again over every second
      snapshot, to see whether that leads elsewhere.
    - Each class' point from just before the next class is introduced back to just before its own introduction
      (figure 5C): its readout there names the class it came from.
    - At every snapshot, without following anything, each class' pause and its accuracy in noise (figure 5D, E). Until
      a class is shown it has neither, and its output, which is not trained, is no answer to other classes' trials.

    The full tracks' events and genealogy are the attribute `genealogy`, as JSON.
    """
    subject.history.check()
    maps, found = Maps(subject.history, subject.under_noise), needed["slow_points"]
    axes = axes_of(subject, found.settings)
    steps, classes = np.array(maps.steps), subject.corpus.classes
    introduced = introductions(subject.protocol, classes)
    arrays: dict[str, Any] = {"introduced": introduced} | curriculum(subject.protocol, steps)
    attributes, tables = {}, []
    for tracking in TRACKINGS:
        known, points = points_to_follow(found, tracking, maps)
        table = {}
        if known.any():
            tracked = follow(subject, settings, found, maps, points, tracking, note)
            every_second = maps.some(slice((len(maps) - 1) % 2, None, 2))
            half = follow(subject, settings, found, every_second, points, tracking, note)
            table = _table(tracked) | {
                "position": _positions(subject, tracked, axes),
                "apart": _apart(tracked, half),
                "half_readout_class": _at_half(tracked, half),
            }
            if tracking == "certified":
                attributes["genealogy"] = _genealogy(tracked, maps.steps, np.flatnonzero(known))
        tables.append(
            {
                name: spread(table[name], known, variable.missing)
                if table
                else np.full((classes, len(steps), *(COMPONENTS for dim in variable.dims[3:])), variable.missing)
                for name, variable in _OF_TRACKING.items()
            }
        )
    arrays |= {name: np.stack([table[name] for table in tables]) for name in _OF_TRACKING}
    arrays |= _short_tracks(subject, settings, maps, found, introduced, note)
    columns = []
    for k, step in enumerate(maps.steps):
        note(f"pauses, step {step:,}")
        here, shown = subject.history[k], subject.shown(step)
        accuracy = accuracies(
            subject, here, shown=shown, noise=settings.noise, trials_per_class=settings.trials_per_class
        )
        pause = pauses(subject, here, found.settings, shown=shown, max_steps=settings.pause_steps)
        columns.append(pause | {"noisy_accuracy": accuracy})
    arrays |= {name: np.stack([column[name] for column in columns], axis=1) for name in columns[0]}
    coords = {"tracking": list(TRACKINGS), "class": range(classes), "step": steps, "component": range(COMPONENTS)}
    return labelled(_VARIABLES, coords, arrays).assign_attrs(attributes)


def introductions(protocol: Protocol, classes: int) -> np.ndarray:
    """The training step from which on each class is shown: array (class,).

    0 for classes shown from the start, −1 for those never shown.
    """
    vocabulary = protocol.vocabulary
    return np.array(
        [next((step for step in (0, *vocabulary.breakpoints) if vocabulary(step) > c), -1) for c in range(classes)]
    )


def points_to_follow(found: Needed, tracking: str, maps: Maps) -> tuple[np.ndarray, State]:
    """Which classes have a point to follow in this way, bool (class,), and the states of those that have, with a
    leading axis `point`.
    """
    of_search = found.dataset.sel(search=TRACKINGS[tracking])
    states = of_search["state"].values
    isolated = np.isin(of_search["outcome"].values.astype(str), outcome_words(np.array(ISOLATED)))
    known = np.asarray(isolated if tracking == "certified" else np.isfinite(states).all(1))
    return known, unflatten(states[known], maps.history[-1].unit.initial_state())


def follow(
    subject: Subject, settings: TrackSettings, found: Needed, maps: Maps, points: State, tracking: str, note: Note
) -> Tracks:
    """Points of the last map followed back.

    Args:
        subject: its vocabulary through training bounds the readouts.
        settings: the budget.
        found: the slow points, whose settings say what Adam minimises.
        maps: the network's, or some of them.
        points: states with a leading axis `point`.
        tracking: one of `TRACKINGS`.
        note: told in words, at each snapshot, where tracking is.
    """
    unit = maps.history[-1].unit
    left = iter(reversed(maps.steps))

    def label(step: Step, states: State) -> np.ndarray:
        at = next(left)
        assert isinstance(step, ConstantInput)
        note(f"tracking ({tracking}) over {len(maps)} snapshots, step {at:,}")
        return step.read_out(states, subject.shown(at))

    if tracking == "certified":
        return track(
            maps,
            points,
            domain=unit.domain(),
            label=label,
            solver=Newton(max_iterations=settings.newton_iterations),
            reach=settings.reach,
            splits=settings.splits,
        )
    return track(
        maps,
        points,
        domain=unit.domain(),
        coordinates=coordinates_of(unit, found.settings),
        label=label,
        solver=Adam(steps=settings.adam_steps),
        reach=np.inf,
        splits=0,
    )


def _table(tracks: Tracks) -> dict[str, np.ndarray]:
    """What is kept of tracks: arrays (point, checkpoint)."""
    assert tracks.label is not None
    return {
        "root_speed": tracks.root_speed,
        "outcome": outcome_words(tracks.outcome, ""),
        "readout_class": tracks.label,
        "leading_eigenvalue": np.abs(tracks.eigenvalues[..., 0]),
        "one_with": tracks.one_with,
        "moved": tracks.moved,
        "searches": tracks.searches,
        "iterations": tracks.iterations,
    }


def _positions(subject: Subject, tracks: Tracks, axes: Axes) -> np.ndarray:
    """The points on the trained network's components: array (point, checkpoint, component)."""
    points, checkpoints = tracks.outcome.shape
    merged = jax.tree.map(lambda leaf: leaf.reshape(points * checkpoints, *leaf.shape[2:]), tracks.state)
    return axes.project(coordinates_at(subject.network.unit, merged)).reshape(points, checkpoints, -1)


def _apart(tracks: Tracks, half: Tracks) -> np.ndarray:
    """How far tracks are from those over every second snapshot, over √coordinates; NaN at the snapshots left out."""
    one, other = (_flat(each) for each in (tracks, half))
    apart = np.full(one.shape[:2], np.nan)
    apart[:, ::-2] = (np.linalg.norm(one[:, ::-1][:, ::2] - other[:, ::-1], axis=-1)) / one.shape[-1] ** 0.5
    return apart


def _at_half(tracks: Tracks, half: Tracks) -> np.ndarray:
    """The readout along the tracks over every second snapshot; `NOWHERE` at the snapshots left out."""
    assert tracks.label is not None
    assert half.label is not None
    readout = np.full(tracks.label.shape, NOWHERE)
    readout[:, ::-2] = half.label[:, ::-1]
    return readout


def _flat(tracks: Tracks) -> np.ndarray:
    points, checkpoints = tracks.outcome.shape
    merged = jax.tree.map(lambda leaf: leaf.reshape(points * checkpoints, *leaf.shape[2:]), tracks.state)
    return flatten(merged).reshape(points, checkpoints, -1)


def _short_tracks(
    subject: Subject, settings: TrackSettings, maps: Maps, found: Needed, introduced: np.ndarray, note: Note
) -> dict[str, np.ndarray]:
    """Each class from just before the next is introduced back to just before its own introduction."""
    steps = np.array(maps.steps)
    arrays = {
        name: np.full((len(introduced), *(len(steps) for dim in variable.dims if dim == "step")), variable.missing)
        for name, variable in _SHORT.items()
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
    return arrays


def _start(subject: Subject, found: Needed, maps: Maps, c: int, k: int) -> State | None:
    """The certified point that a class' mean state leads to at the k-th snapshot; None if there is none."""
    if k == len(maps) - 1:
        known, points = points_to_follow(found, "certified", maps)
        row = int(np.sum(known[:c]))
        return jax.tree.map(lambda leaf: leaf[row : row + 1], points) if known[c] else None
    here, starts = subject.history[k], found.settings
    assert isinstance(starts, SlowPointSettings)
    means = class_trials_of(subject, here, starts, subject.shown(maps.steps[k])).means()
    if not means.known[c]:
        return None
    ends = find_slow_points(
        maps[k],
        jax.tree.map(lambda leaf: np.asarray(leaf)[c : c + 1], means.state),
        domain=here.unit.domain(),
        solver=Newton(max_iterations=starts.newton_iterations),
    )
    return ends.state if ends.outcome[0] in ISOLATED else None


def _genealogy(tracks: Tracks, steps: tuple[int, ...], classes: np.ndarray) -> str:
    events = [
        {
            "kind": event.kind.name.lower(),
            "begin": event.begin,
            "end": event.end,
            "points": list(event.points),
            "evidence": {name: value if np.isfinite(value) else None for name, value in event.evidence.items()},
        }
        for event in tracks.events
    ]
    content = {"step": list(steps), "class": classes.tolist(), "events": events}
    return json.dumps(content | json.loads(genealogy(tracks).to_json()))


_EACH, _BY_CLASS = ("tracking", "class", "step"), ("class", "step")
_SEARCH = variables_of_a_search(*_EACH)
_OF_TRACKING = {
    "root_speed": _SEARCH["root_speed"],
    "outcome": dataclasses.replace(_SEARCH["outcome"], missing=""),
    "readout_class": dataclasses.replace(_SEARCH["readout_class"], missing=NOWHERE),
    "leading_eigenvalue": _SEARCH["leading_eigenvalue"],
    "position": Variable((*_EACH, "component"), "The point on the principal components of `trajectories`."),
    "one_with": Variable(_EACH, "The first track that is at the same point.", missing=NOWHERE),
    "moved": Variable(_EACH, "How far the point is from where it was a snapshot later."),
    "searches": Variable(_EACH, "Searches that the way from the next snapshot took.", missing=NOWHERE),
    "iterations": Variable(_EACH, "Iterations of all of these.", missing=NOWHERE),
    "apart": Variable(_EACH, "Distance to the track over every second snapshot, over √coordinates."),
    "half_readout_class": Variable(_EACH, "The class named at that track's point.", missing=NOWHERE),
}
_SHORT = {
    "short_root_speed": Variable(_BY_CLASS, "‖F(x) − x‖ along the track back to the class' introduction.", "1/step"),
    "short_readout_class": Variable(_BY_CLASS, "The class named along that track.", missing=NOWHERE),
    "short_outcome": Variable(_BY_CLASS, "How the searches along that track ended.", missing=""),
    "short_unbroken_from": Variable(("class",), "The training step from which that track is unbroken.", missing=-1),
}
_VARIABLES = {
    **_OF_TRACKING,
    **_SHORT,
    **PAUSE,
    "noisy_accuracy": NOISY_ACCURACY,
    "introduced": Variable(("class",), "The training step from which the class is shown; −1 for never.", missing=-1),
    **CURRICULUM,
}

TRACKS = Measurement(
    "tracks",
    "slow points tracked through training",
    _tracks,
    _VARIABLES,
    settings=TrackSettings,
    needs=("slow_points",),
    reads_history=True,
    by_default=False,
    revision=3,
)
