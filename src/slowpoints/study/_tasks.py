"""The pieces of work of a study: the training of some networks together, or one measurement of one network."""

import dataclasses
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from slowpoints._atomic import set_aside
from slowpoints._errors import Damaged, NO_ROOM, sentence_of
from slowpoints.data import Corpus
from slowpoints.engines import asked_to_stop, work
from slowpoints.measurements import MEASUREMENTS, Needed, Subject, with_needs
from slowpoints.study._config import settings_of
from slowpoints.study._datasets import dataset_path, load_dataset, save_dataset
from slowpoints.study._folder import Study
from slowpoints.study._grid import groups_of
from slowpoints.study._identity import fingerprints
from slowpoints.study._progress import ProgressFiles
from slowpoints.study._record import NetworkRecord
from slowpoints.training import (
    checksum_of,
    History,
    metrics_path,
    NetworkRecipe,
    snapshot_path,
    snapshot_schedule,
    train,
)

TRAINING = "training"
"""The kind of task that trains networks; all other kinds are measurements, by name."""


@dataclasses.dataclass(frozen=True)
class Task:
    """One piece of work.

    - `kind`: `TRAINING`, or the measurement's name.
    - `networks`: the recipes of the networks it is for by their IDs: one, or those that are trained together.
    - `after`: what must be done before, as pairs of a network and a kind.

    Example:
        >>> from slowpoints.study import Task
        >>> Task("learning", {}).gives
        frozenset()
    """

    kind: str
    networks: dict[str, NetworkRecipe]
    after: frozenset[tuple[str, str]] = frozenset()

    @property
    def gives(self) -> frozenset[tuple[str, str]]:
        """What is done once the task is, as pairs of a network and a kind."""
        return frozenset((network, self.kind) for network in self.networks)


def groups_in(study: Study) -> list[tuple[str, ...]]:
    """The networks that are trained together, in the order in which they are done."""
    return groups_of(study.networks, study.config.ensemble)


def missing_tasks(
    study: Study, only: Iterable[str] | None = None, groups: Iterable[tuple[str, ...]] | None = None
) -> list[Task]:
    """What a study lacks, in the order in which it is done: each network through all its tasks before the next.

    Training is missing where a network is not trained, and where what it leaves is needed for a measurement but was
    not kept, or was set aside because it was damaged.

    Args:
        study: its networks and measurements, and what lies in its folder.
        only: the kinds of task that are wanted, if not all; what they need is added.
        groups: the networks that are wanted, if not all.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import config_from, Study
        >>> from slowpoints.study import missing_tasks
        >>> study = Study.create(config_from({"seeds": 1, "protocol": "DeCu"}), Path("mine"))
        >>> [task.kind for task in missing_tasks(study, only=["lifetimes"])]
        ['training', 'slow_points', 'lifetimes']
    """
    wanted = None if only is None else set(with_needs(only))
    tasks = []
    for group in groups_in(study) if groups is None else groups:
        lacking: dict[str, list[str]] = {}
        train_these = False
        for network in group:
            measured = study.networks[network].measurements
            record = whole_record(study, network)
            paths = study.dataset_paths(network, record)
            here = [m for m in measured if wanted is None or m in wanted]
            lacking[network] = [m for m in here if m not in paths or not paths[m].exists()]
            trained = record is not None and record.weights is not None
            train_these |= not trained or not all(path.exists() for path in _read_by(study, network, lacking[network]))
        recipes = {network: study.networks[network].recipe for network in group}
        if train_these:
            tasks.append(Task(TRAINING, recipes))
            # Other weights than before, where another machine trained them, are of other measurements.
            for network in group:
                measured = study.networks[network].measurements
                lacking[network] = [m for m in measured if wanted is None or m in wanted]
        for network in group:
            for name in lacking[network]:
                needed = {(network, need) for need in MEASUREMENTS[name].needs if need in lacking[network]}
                trained = {(network, TRAINING)} if train_these else set()
                tasks.append(Task(name, {network: recipes[network]}, frozenset(needed | trained)))
    return tasks


def whole_record(study: Study, network: str) -> NetworkRecord | None:
    """What is written of a network; nothing where it is damaged: then the network is trained again."""
    try:
        return study.record(network)
    except Damaged:
        return None


def _read_by(study: Study, network: str, names: Iterable[str]) -> set[Path]:
    """The files of a network's training that these measurements read."""
    folder, recipe = study.network_folder(network), study.networks[network].recipe
    read = set()
    for measurement in map(MEASUREMENTS.__getitem__, names):
        read.add(snapshot_path(folder, recipe.training.steps))
        if measurement.reads_history:
            read |= {snapshot_path(folder, step) for step in _snapshots(study, recipe)}
        if measurement.reads_metrics:
            read.add(metrics_path(folder))
    return read


@dataclasses.dataclass(frozen=True)
class Ended:
    """How a task ended.

    - `seconds`: how long it took.
    - `failed`: why it could not be done, in one sentence; None if it was.
    - `again`: whether it could be done if tried again, because what was damaged is out of the way.
    - `no_room`: whether nothing can be written, which ends all tasks.
    - `remarks`: what was noticed besides, in sentences.
    """

    seconds: float
    failed: str | None = None
    again: bool = False
    no_room: bool = False
    remarks: tuple[str, ...] = ()


STOPPED_NOTE = "asked to stop"
"""What a worker notes of a task that ended because its process was asked to."""


def run_task(study: Study, task: Task) -> Ended:
    """Does one piece of work, in a worker. Whatever goes wrong is told in what it returns: an exception need not
    survive the way to another process. What was on disk before is still there.
    """
    began, remarks = time.monotonic(), []

    def ended(**how: Any) -> Ended:
        return Ended(time.monotonic() - began, **how, remarks=tuple(remarks))

    notes = ProgressFiles(tuple(map(study.network_folder, task.networks)))
    try:
        with work(lambda: notes.last_words(STOPPED_NOTE)):
            corpus = _corpus_here(study)
            if task.kind == TRAINING:
                _train(study, task.networks, corpus, remarks.append)
            else:
                ((network, recipe),) = task.networks.items()
                _measure(study, task.kind, network, recipe, corpus)
    except Damaged as damaged:
        told = f"{damaged.path} was damaged ({damaged.what}): {set_aside(damaged.path)}."
        return ended(failed=told, again=not damaged.path.exists())
    except OSError as error:
        return ended(failed=sentence_of(error), no_room=error.errno in NO_ROOM)
    except Exception as error:
        # The package's own errors are sentences; of another's, the kind tells most.
        own = type(error).__module__.startswith("slowpoints.")
        return ended(failed=str(error) if own else f"{type(error).__name__}: {error}")
    return ended()


_corpora: dict[tuple[object, ...], Corpus] = {}
"""The corpus that this worker read last."""


def _corpus_here(study: Study) -> Corpus:
    """The corpus, read once in each worker."""
    key = (study.config.corpus, study.config.corpus_file, study.corpus, study.data)
    if key not in _corpora:
        _corpora.clear()
        _corpora[key] = study.open_corpus()
    return _corpora[key]


def _train(study: Study, recipes: dict[str, NetworkRecipe], corpus: Corpus, remark: Callable[[str], None]) -> None:
    config = study.config
    folders = tuple(map(study.network_folder, recipes))
    for folder, (network, recipe) in zip(folders, recipes.items(), strict=True):
        NetworkRecord.begun(network, recipe).write(folder)
    steps = config.training.steps
    train(
        tuple(recipes.values()),
        corpus,
        folders,
        record_every=max(1, steps // config.records),
        snapshot_every=_snapshot_every(study),
        snapshots_around=config.snapshots_around,
        asked_to_stop=asked_to_stop,
        report=ProgressFiles(folders).training,
        remark=remark,
    )
    for folder, (network, recipe) in zip(folders, recipes.items(), strict=True):
        weights = checksum_of(snapshot_path(folder, steps))
        NetworkRecord.begun(network, recipe).trained(weights).write(folder)


def _measure(study: Study, name: str, network: str, recipe: NetworkRecipe, corpus: Corpus) -> None:
    measurement, folder = MEASUREMENTS[name], study.network_folder(network)
    record = study.record(network)
    assert record is not None
    assert record.weights is not None
    made = fingerprints(study.config, (name,), network, record.weights)
    last = snapshot_path(folder, recipe.training.steps)
    if last.exists() and checksum_of(last) != record.weights:
        raise Damaged(last, "its checksum is not the one in network.json")
    history = History(folder, _snapshots(study, recipe))
    subject = Subject.of(recipe, history, corpus)
    needed = {
        need: Needed(load_dataset(dataset_path(folder, need, made[need])), settings_of(study.config, need))
        for need in measurement.needs
    }
    note = ProgressFiles((folder,)).note
    dataset = measurement.measure(subject, settings_of(study.config, name), needed, note)
    save_dataset(dataset_path(folder, name, made[name]), dataset)


def _snapshots(study: Study, recipe: NetworkRecipe) -> tuple[int, ...]:
    return snapshot_schedule(recipe, _snapshot_every(study), study.config.snapshots_around)


def _snapshot_every(study: Study) -> int:
    return max(1, study.config.training.steps // study.config.snapshots)
