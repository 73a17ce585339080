"""Slow points followed back through training, beside a descent by Adam on the same history.

The history is of a digits GRU of 100 units, trained here under DeCu, with its snapshots; or of the first GRU of a
study that was searched. The peer is the paper's way, a descent from the previous point, here by Adam, which its scripts
search with, 1,000 steps a checkpoint; it certifies nothing. Times are of whole tracks, compilation included.
"""

import dataclasses
import statistics
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.machine import in_a_process, peak_memory
from benchmarks.problems import first_gru, opened, subject_of
from benchmarks.records import Record
from benchmarks.settings import Settings
from slowpoints.dynamics import EventKind, Tracks
from slowpoints.dynamics._outcome import ISOLATED
from slowpoints.engines import Processes
from slowpoints.measurements import Needed
from slowpoints.measurements.tracks._following import follow, Maps, points_to_follow, TRACKINGS
from slowpoints.study import Grid, PRESETS, run_study, settings_of, Study
from slowpoints.study._datasets import load_dataset
from slowpoints.training import snapshot_steps

CHECKPOINTS = 140
"""Snapshots at regular steps; those at changes of the curriculum come on top."""

PEER = "the paper's way, Adam"


def digits_records(settings: Settings) -> list[Record]:
    """The points of all classes of a GRU of 100 units trained on digits, through its whole training."""
    grid = Grid(unit=("gru",), protocol=("DeCu",), seeds=1, measurements=("slow_points",))
    config = dataclasses.replace(PRESETS["digits"], networks=(grid,), snapshots=CHECKPOINTS)
    with tempfile.TemporaryDirectory() as folder:
        study = Study.create(config, Path(folder) / "study")
        failures = run_study(study, engine=Processes(1))
        if failures:
            raise RuntimeError(failures[0].sentence)
        return _records("tracking.digits", study, settings)


def study_records(settings: Settings) -> list[Record]:
    """The points of the first GRU of a study, as of one on MNIST, under the budget in the study's config."""
    if settings.study is None:
        return [Record("tracking.study.time", "s", note="Skipped: needs a study that was searched; give --study DIR.")]
    return _records("tracking.study", opened(settings.study), settings)


class _Tracked(NamedTuple):
    """How tracking went: its tracks, seconds from the beginning to each checkpoint, the process' peak in MiB."""

    tracks: Tracks
    seconds: list[float]
    memory: float


def _records(name: str, study: Study, settings: Settings) -> list[Record]:
    network = first_gru(study)
    checkpoints = len(snapshot_steps(study.network_folder(network)))
    budget = settings_of(study.config, "tracks")
    stated = f"reach {budget.reach:g}, {budget.splits} splits, {budget.newton_iterations} iterations a search"
    records: list[Record] = []
    for last in (checkpoints // 4, checkpoints // 2, checkpoints):
        ours, theirs = (in_a_process(_track, study, network, way, last, settings) for way in TRACKINGS)
        of = f"The last {last} of {checkpoints} checkpoints, {len(ours.tracks.outcome)} points"
        records += [
            _beside(f"{name}.time-{last:03}", "s", ours.seconds[-1], theirs.seconds[-1], 1, f"{of}; {stated}."),
            _beside(f"{name}.memory-{last:03}", "MiB", ours.memory, theirs.memory, 1, f"{of}; the process' peak."),
        ]
    both = (ours, theirs)
    steady, peer_steady = (statistics.median(np.diff(each.seconds)) for each in both)
    certified, peer_certified = (float(np.isin(each.tracks.outcome, ISOLATED).mean()) for each in both)
    iterations, peer_iterations = (_median_of_positive(each.tracks.iterations[:, :-1]) for each in both)
    jumps = sum(event.kind == EventKind.JUMPS for event in ours.tracks.events)
    size = ours.tracks.outcome.size
    return [
        *records,
        _beside(f"{name}.checkpoint", "s", steady, peer_steady, checkpoints, "All points together, after compilation."),
        _beside(f"{name}.iterations", "a point", iterations, peer_iterations, size, "The median; warm starts."),
        Record(f"{name}.certified", "share", ours=certified, peer=peer_certified, peer_name=PEER, n=size),
        Record(f"{name}.jumps", "jumps", ours=jumps, n=size, note=f"{stated}."),
    ]


def _median_of_positive(iterations: np.ndarray) -> float:
    """The median; tracks that are one with another are followed by its searches and count none of their own."""
    return float(np.median(iterations[iterations > 0]))


def _beside(name: str, unit: str, ours: float, peer: float, n: int, note: str) -> Record:
    return Record(name, unit, ours=ours, peer=peer, peer_name=PEER, ratio=peer / ours, n=n, note=note)


def _track(study: Study, network: str, way: str, last: int, settings: Settings) -> _Tracked:
    """In a process of its own: one network's points followed back over its last snapshots."""
    subject = subject_of(study, network)
    maps = Maps(subject.history, subject.under_noise).some(slice(-last, None))
    dataset = load_dataset(study.dataset_paths(network, study.record(network))["slow_points"])
    found = Needed(dataset, settings_of(study.config, "slow_points"))
    _, points = points_to_follow(found, way, maps)
    budget = settings_of(study.config, "tracks")
    seconds: list[float] = []
    begun = settings.now()
    tracks = follow(subject, budget, found, maps, points, way, lambda _: seconds.append(settings.now() - begun))
    return _Tracked(tracks, seconds, peak_memory())
