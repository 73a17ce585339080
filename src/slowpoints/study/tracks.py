"""Where the slow points of a study's networks come from: followed back through the snapshots of their training."""

import json
from typing import Any

import jax
import numpy as np

from slowpoints._atomic import write_atomically
from slowpoints._errors import InputError
from slowpoints._types import State
from slowpoints.data import Corpus
from slowpoints.dynamics import Adam, find_slow_points, genealogy, Newton, track, Tracks
from slowpoints.dynamics._outcome import ISOLATED
from slowpoints.dynamics._states import flatten, unflatten
from slowpoints.protocols import Protocol
from slowpoints.study.artifacts import is_complete, load_artifact, save_artifact
from slowpoints.study.config import config_to_mapping, StudyConfig
from slowpoints.study.folder import Study
from slowpoints.study.formation import accuracies_in_noise, pauses
from slowpoints.study.grid import hash_of
from slowpoints.study.history import SnapshotMaps, snapshots_of
from slowpoints.study.lifetimes import storable
from slowpoints.study.progress import ProgressFiles
from slowpoints.study.slow_points import coordinates_of, find_inputs, spread_over_classes, trials_of
from slowpoints.training import NetworkRecipe

WAYS = ("points", "descent")
"""The two ways of following: certified points, and the paper's descent from the previous point."""


def track_inputs(config: StudyConfig) -> str:
    """A hash of what the tracks of a network depend on besides its weights."""
    mapping = config_to_mapping(config)
    names = ("slow_points", "tracking", "snapshots", "snapshots_around")
    return hash_of({name: mapping[name] for name in names})


def track_in_network(study: Study, network: str, recipe: NetworkRecipe, corpus: Corpus) -> None:
    """Follows one trained network's slow points back through its snapshots, after they have been found.

    - All classes' points from the end to the beginning, in both ways (figure 5A, B), and again over every second
      snapshot, to see whether that leads elsewhere.
    - Each class' point from just before the next class is introduced back to just before its own introduction
      (figure 5C): its readout there names the class it came from.
    - At every snapshot, without following anything, each class' pause and its accuracy in noise (figure 5D, E).

    Besides its arrays it leaves the full tracks' events and genealogy as JSON, and the genealogy for Graphviz.
    """
    folder = study.network_folder(network)
    path, inputs = folder / "tracks.safetensors", track_inputs(study.config)
    if is_complete(path, inputs):
        return
    if not is_complete(folder / "slow_points.safetensors", find_inputs(study.config)):
        raise InputError(f"{network} has no slow points to track yet; run `slowpoints find {study.folder}` first.")
    steps = snapshots_of(study, network, recipe)
    maps = SnapshotMaps(folder, steps, corpus.mean)
    note = ProgressFiles((folder,)).stage
    introduced = introductions(recipe.protocol, corpus.classes)
    arrays: dict[str, np.ndarray] = {"step": np.array(steps), "introduced": introduced}
    found = load_artifact(folder / "slow_points.safetensors")
    for way in WAYS:
        known, points = points_of(found, way, maps)
        if not known.any():
            continue
        tracked = follow(study.config, recipe, maps, points, way, note)
        half = follow(study.config, recipe, maps.some(slice((len(maps) - 1) % 2, None, 2)), points, way, note)
        table = _table(tracked) | {"apart": _apart(tracked, half), "half_readout_class": _at_half(tracked, half)}
        arrays |= {f"{way}.{name}": spread_over_classes(rows, known) for name, rows in table.items()}
        if way == WAYS[0]:
            _save_genealogy(folder, tracked, steps, np.flatnonzero(known))
    arrays |= _short_tracks(study.config, maps, found, recipe, corpus, introduced, note)
    columns = []
    for k, step in enumerate(steps):
        note(f"pauses, step {step:,}")
        here = maps.network(k)
        accuracy = accuracies_in_noise(study.config, here, recipe, corpus)
        columns.append(pauses(study.config, here, recipe, corpus) | {"noisy_accuracy": accuracy})
    arrays |= {name: np.stack([column[name] for column in columns], axis=1) for name in columns[0]}
    save_artifact(path, {name: storable(rows) for name, rows in arrays.items()}, inputs)


def introductions(protocol: Protocol, classes: int) -> np.ndarray:
    """The training step from which on each class is shown: array (class,).

    0 for classes shown from the start, −1 for those never shown.
    """
    vocabulary = protocol.vocabulary
    return np.array(
        [next((step for step in (0, *vocabulary.breakpoints) if vocabulary(step) > c), -1) for c in range(classes)]
    )


def points_of(found: dict[str, np.ndarray], way: str, maps: SnapshotMaps) -> tuple[np.ndarray, State]:
    """Which classes have a point to follow in this way, and these points.

    Args:
        found: what `find_in_network` has left.
        way: one of `WAYS`.
        maps: the network's.

    Returns:
        Whether each class has one, array (class,), and the states of those that have, leading axis `point`.
    """
    method = {"points": "newton", "descent": "adam"}[way]
    if f"{method}.state" not in found:
        return np.zeros(len(found["correct"]), bool), ()
    states, outcome = found[f"{method}.state"], found[f"{method}.outcome"]
    known = np.isin(outcome, ISOLATED) if way == "points" else np.isfinite(states).all(1)
    return np.asarray(known), unflatten(states[known], maps.network(-1).unit.initial_state())


def follow(
    config: StudyConfig, recipe: NetworkRecipe, maps: SnapshotMaps, points: State, way: str, note: Any
) -> Tracks:
    """Points of the last map followed back, within the budget in `config.tracking`.

    Args:
        config: the study's.
        recipe: the network's: its vocabulary bounds the readouts.
        maps: the network's, or some of them.
        points: states with a leading axis `point`.
        way: one of `WAYS`.
        note: told in words, at each snapshot, where tracking is.
    """
    settings, unit = config.tracking, maps.network(-1).unit
    left = iter(reversed(maps.steps))

    def label(step, states):
        at = next(left)
        note(f"tracking {way} over {len(maps)} snapshots, step {at:,}")
        # A snapshot is taken just before a change.
        return maps.readout(step, states, recipe.protocol.vocabulary(max(at - 1, 0)))

    if way == "points":
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
        coordinates=coordinates_of(unit),
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
        "outcome": tracks.outcome,
        "readout_class": tracks.label,
        "leading_eigenvalue": np.abs(tracks.eigenvalues[..., 0]),
        "one_with": tracks.one_with,
        "moved": tracks.moved,
        "searches": tracks.searches,
        "iterations": tracks.iterations,
    }


def _apart(tracks: Tracks, half: Tracks) -> np.ndarray:
    """How far tracks are from those over every second snapshot, over √coordinates; NaN at the snapshots left out."""
    one, other = (_flat(each) for each in (tracks, half))
    apart = np.full(one.shape[:2], np.nan)
    apart[:, ::-2] = (np.linalg.norm(one[:, ::-1][:, ::2] - other[:, ::-1], axis=-1)) / one.shape[-1] ** 0.5
    return apart


def _at_half(tracks: Tracks, half: Tracks) -> np.ndarray:
    """The readout along the tracks over every second snapshot; −2 at the snapshots left out."""
    assert tracks.label is not None
    assert half.label is not None
    readout = np.full(tracks.label.shape, -2)
    readout[:, ::-2] = half.label[:, ::-1]
    return readout


def _flat(tracks: Tracks) -> np.ndarray:
    points, checkpoints = tracks.outcome.shape
    merged = jax.tree.map(lambda leaf: leaf.reshape(points * checkpoints, *leaf.shape[2:]), tracks.state)
    return flatten(merged).reshape(points, checkpoints, -1)


def _short_tracks(
    config: StudyConfig,
    maps: SnapshotMaps,
    found: dict[str, np.ndarray],
    recipe: NetworkRecipe,
    corpus: Corpus,
    introduced: np.ndarray,
    note: Any,
) -> dict[str, np.ndarray]:
    """Each class from just before the next is introduced back to just before its own introduction."""
    steps, shape = np.array(maps.steps), (len(introduced), len(maps))
    arrays = {
        "short.root_speed": np.full(shape, np.nan),
        "short.readout_class": np.full(shape, -2),
        "short.outcome": np.full(shape, -1),
        "short.known_from": np.full(len(introduced), -1),
    }
    if not (introduced > 0).any():
        return arrays
    changes = (*np.unique(introduced[introduced > 0]), steps[-1])
    for c, begin in enumerate(introduced):
        if begin < 0:
            continue
        end = next(change for change in changes if change > begin)
        window = np.flatnonzero((steps >= begin) & (steps <= end))
        start = _start(config, maps, found, recipe, corpus, c, int(window[-1]))
        if start is None or len(window) < 2:
            continue
        tracked = follow(config, recipe, maps.some(slice(window[0], window[-1] + 1)), start, "points", note)
        assert tracked.label is not None
        arrays["short.root_speed"][c, window] = tracked.root_speed[0]
        arrays["short.readout_class"][c, window] = tracked.label[0]
        arrays["short.outcome"][c, window] = tracked.outcome[0]
        arrays["short.known_from"][c] = window[0] + genealogy(tracked).lineages[0].known_from
    return arrays


def _start(
    config: StudyConfig,
    maps: SnapshotMaps,
    found: dict[str, np.ndarray],
    recipe: NetworkRecipe,
    corpus: Corpus,
    c: int,
    k: int,
) -> State | None:
    """The certified point that a class' mean state leads to at the k-th snapshot; None if there is none."""
    here = maps.network(k)
    if k == len(maps) - 1:
        known, points = points_of(found, "points", maps)
        row = int(np.sum(known[:c]))
        return jax.tree.map(lambda leaf: leaf[row : row + 1], points) if known[c] else None
    means = trials_of(config, here, recipe, corpus).means()
    if not means.known[c]:
        return None
    ends = find_slow_points(
        maps[k],
        jax.tree.map(lambda leaf: np.asarray(leaf)[c : c + 1], means.state),
        domain=here.unit.domain(),
        solver=Newton(max_iterations=config.slow_points.newton_iterations),
    )
    return ends.state if ends.outcome[0] in ISOLATED else None


def _save_genealogy(folder: Any, tracks: Tracks, steps: tuple[int, ...], classes: np.ndarray) -> None:
    tree = genealogy(tracks)
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
    content = {"step": list(steps), "class": classes.tolist(), "events": events} | json.loads(tree.to_json())
    write_atomically(folder / "genealogy.json", json.dumps(content, indent=1).encode())
    write_atomically(folder / "genealogy.dot", tree.to_dot().encode())
