"""Where a network's slow points come from: followed back through the snapshots of its training."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from slowpoints.dynamics import genealogy, Tracks
from slowpoints.dynamics._states import flatten
from slowpoints.measurements._learning import CURRICULUM, curriculum
from slowpoints.measurements._measurement import labelled, Measurement, Needed, spread, Subject, Variable
from slowpoints.measurements._slow_points import outcome_words, variables_of_a_search
from slowpoints.measurements._trajectories import Axes, axes_of, COMPONENTS, coordinates_at
from slowpoints.measurements.tracks._ancestry import ANCESTRY, ancestry, introductions
from slowpoints.measurements.tracks._following import (
    follow,
    Maps,
    Note,
    NOWHERE,
    points_to_follow,
    TRACKINGS,
    TrackSettings,
)
from slowpoints.measurements.tracks._formation import accuracies, NOISY_ACCURACY, PAUSE, pauses


def _tracks(subject: Subject, settings: TrackSettings, needed: Mapping[str, Needed], note: Note):
    """Follows a network's slow points back through its snapshots.

    - All classes' points from the end to the beginning, in both ways (figure 5A, B), and again over every second
      snapshot, to see whether that leads elsewhere.
    - Each class' point from just before the next class is introduced back to just before its own introduction
      (figure 5C): its readout there names the class it came from, and how near it is to the points of the classes
      already shown, beside points that random starts lead to, whether it came from one.
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
    arrays |= ancestry(subject, settings, maps, found, introduced, note)
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
    coords["start"] = range(settings.random_starts)
    return labelled(_VARIABLES, coords, arrays).assign_attrs(attributes)


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


_EACH = ("tracking", "class", "step")
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
_VARIABLES = {
    **_OF_TRACKING,
    **ANCESTRY,
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
    revision=4,
)
