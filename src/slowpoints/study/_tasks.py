"""The pieces of work of a study: the training of some networks together, or one measurement of one network."""

import dataclasses
import time
from collections.abc import Iterable

from slowpoints.data import Corpus
from slowpoints.measurements import MEASUREMENTS, Needed, Subject, with_needs
from slowpoints.study._config import settings_of
from slowpoints.study._datasets import dataset_path, load_dataset, save_dataset
from slowpoints.study._folder import Study
from slowpoints.study._grid import groups_of
from slowpoints.study._identity import fingerprints
from slowpoints.study._progress import ProgressFiles
from slowpoints.study._record import NetworkRecord
from slowpoints.task import DelayedRecall
from slowpoints.training import checksum_of, History, NetworkRecipe, snapshot_path, snapshot_schedule, train

TRAINING = "training"
"""The kind of task that trains networks; all other kinds are measurements, by name."""


@dataclasses.dataclass(frozen=True)
class Task:
    """One piece of work.

    - `kind`: `TRAINING`, or the measurement's name.
    - `networks`: the recipes of the networks it is for by their IDs: one, or those that are trained together.
    - `after`: what must be done before, as pairs of a network and a kind.
    """

    kind: str
    networks: dict[str, NetworkRecipe]
    after: frozenset[tuple[str, str]] = frozenset()

    @property
    def gives(self) -> frozenset[tuple[str, str]]:
        """What is done once the task is, as pairs of a network and a kind."""
        return frozenset((network, self.kind) for network in self.networks)


def missing_tasks(study: Study, only: Iterable[str] | None = None) -> list[Task]:
    """What a study lacks, in the order in which it is done: each network through all its tasks before the next.

    Training is missing where a network is not trained, and where its weights are needed for a measurement but were
    not kept.

    Args:
        study: its networks and measurements, and what lies in its folder.
        only: the kinds of task that are wanted, if not all; what they need is added.
    """
    wanted = None if only is None else set(with_needs(only))
    tasks = []
    for group in groups_of(study.networks, study.config.ensemble):
        lacking: dict[str, list[str]] = {}
        train_these = False
        for network in group:
            recipe, measured = study.networks[network].recipe, study.networks[network].measurements
            record = study.record(network)
            paths = study.dataset_paths(network, record)
            here = [m for m in measured if wanted is None or m in wanted]
            lacking[network] = [m for m in here if m not in paths or not paths[m].exists()]
            weights = snapshot_path(study.network_folder(network), recipe.training.steps).exists()
            trained = record is not None and record.weights is not None
            train_these |= not trained or (bool(lacking[network]) and not weights)
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


def run_task(study: Study, task: Task) -> float:
    """Does one piece of work, in a worker. Returns how many seconds it took.

    Raises whatever goes wrong, `NonFiniteLoss` in a training among it; what was on disk before is still there.
    """
    began = time.monotonic()
    corpus = _corpus_here(study)
    if task.kind == TRAINING:
        _train(study, task.networks, corpus)
    else:
        ((network, recipe),) = task.networks.items()
        _measure(study, task.kind, network, recipe, corpus)
    return time.monotonic() - began


_corpora: dict[tuple[object, ...], Corpus] = {}
"""The corpus that this worker read last."""


def _corpus_here(study: Study) -> Corpus:
    """The corpus, read once in each worker."""
    key = (study.config.corpus, study.config.corpus_file, study.corpus, study.data)
    if key not in _corpora:
        _corpora.clear()
        _corpora[key] = study.open_corpus()
    return _corpora[key]


def _train(study: Study, recipes: dict[str, NetworkRecipe], corpus: Corpus) -> None:
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
        report=ProgressFiles(folders).training,
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
    history = History(folder, snapshot_schedule(recipe, _snapshot_every(study), study.config.snapshots_around))
    subject = Subject(history, corpus, DelayedRecall.of(recipe.task, corpus), recipe.protocol, recipe.seed)
    needed = {
        need: Needed(load_dataset(dataset_path(folder, need, made[need])), settings_of(study.config, need))
        for need in measurement.needs
    }
    note = ProgressFiles((folder,)).note
    dataset = measurement.measure(subject, settings_of(study.config, name), needed, note)
    save_dataset(dataset_path(folder, name, made[name]), dataset)


def _snapshot_every(study: Study) -> int:
    return max(1, study.config.training.steps // study.config.snapshots)
