"""What a study does for one group of networks: train, extrapolate, find. Each runs in a worker process."""

import dataclasses
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from slowpoints._atomic import write_atomically
from slowpoints._keys import key_for
from slowpoints.data import Corpus, load_corpus, Split
from slowpoints.dynamics import Adam, find_slow_points, Newton, Outcome, SlowPoints, speed
from slowpoints.extrapolation import class_means, measure
from slowpoints.networks import MemoryNetwork
from slowpoints.study.artifacts import is_complete, save_artifact
from slowpoints.study.config import config_to_mapping, StudyConfig
from slowpoints.study.folder import Study
from slowpoints.study.grid import hash_of
from slowpoints.task import ImagesByClass
from slowpoints.training import load_network, NetworkRecipe, Progress, snapshot_path, snapshot_steps, train

Group = dict[str, NetworkRecipe]
"""Networks by ID that are trained together."""


def open_corpus(study: Study) -> Corpus:
    """The study's corpus, wherever it is found."""
    file = study.config.corpus_file
    return load_corpus(study.config.corpus, folder=study.data, file=Path(file) if file else None)


def train_group(study: Study, group: Group, corpus: Corpus) -> None:
    """Trains what is not trained yet, from the newest state on disk."""
    config = study.config
    if all(is_trained(study, network, recipe) for network, recipe in group.items()):
        return
    folders = tuple(map(study.network_folder, group))
    for folder, recipe in zip(folders, group.values(), strict=True):
        content = {"recipe": _plain(recipe), "corpus": corpus.name, "corpus_checksum": corpus.checksum}
        write_atomically(folder / "network.json", json.dumps(content, indent=2).encode())
    reporter = ProgressFiles(folders)
    steps = config.training.steps
    train(
        tuple(group.values()),
        corpus,
        folders,
        record_every=max(1, steps // config.records),
        snapshot_every=max(1, steps // config.snapshots),
        report=reporter.training,
    )


def is_trained(study: Study, network: str, recipe: NetworkRecipe) -> bool:
    """Whether the network's last snapshot is there."""
    return recipe.training.steps in snapshot_steps(study.network_folder(network))


def extrapolation_inputs(config: StudyConfig) -> str:
    """A hash of what the extrapolation of a network depends on besides its weights."""
    return hash_of({"extrapolation": config_to_mapping(config)["extrapolation"]})


def extrapolate_network(study: Study, network: str, recipe: NetworkRecipe, corpus: Corpus) -> None:
    """Measures one trained network on test and training images."""
    config = study.config
    path = study.network_folder(network) / "extrapolation.safetensors"
    inputs = extrapolation_inputs(config)
    if is_complete(path, inputs):
        return
    ProgressFiles((path.parent,)).stage("extrapolating")
    trained = _final_network(study, network, recipe)
    measured = {}
    for name in ("train", "test"):
        split: Split = getattr(corpus, name)
        accuracies = measure(
            trained,
            images_of(split),
            config.extrapolation,
            timing=recipe.training.timing,
            trial_steps=recipe.training.trial_steps,
            mean=corpus.mean,
            std=corpus.std,
            key=key_for(recipe.seed, f"extrapolation {name}"),
        )
        measured |= {f"{name}.{key}": np.asarray(value) for key, value in accuracies._asdict().items()}
    save_artifact(path, measured, inputs)


def find_inputs(config: StudyConfig) -> str:
    """A hash of what the search of a network's slow points depends on besides its weights."""
    return hash_of({"slow_points": config_to_mapping(config)["slow_points"]})


def find_in_network(study: Study, network: str, recipe: NetworkRecipe, corpus: Corpus) -> None:
    """Searches one trained network's slow points, one start a class, by Newton and by the paper's Adam.

    The constant input is the mean noise image without trigger. A class without a correct trial has no start and
    stays empty (NaN, outcome −1).
    """
    settings = study.config.slow_points
    path = study.network_folder(network) / "slow_points.safetensors"
    inputs = find_inputs(study.config)
    if is_complete(path, inputs):
        return
    ProgressFiles((path.parent,)).stage("searching")
    trained = _final_network(study, network, recipe)
    means = class_means(
        trained,
        images_of(corpus.train),
        delay=settings.delay,
        images_per_class=settings.images_per_class,
        mean=corpus.mean,
        std=settings.noise * corpus.std,
        key=key_for(recipe.seed, "class means"),
    )
    arrays: dict[str, np.ndarray] = {"correct": means.correct}
    starts = jax.tree.map(lambda leaf: np.asarray(leaf)[means.known], means.state)
    unit = trained.unit
    step, coordinates = constant_input_step(trained, corpus.mean), jax.tree_util.Partial(type(unit).coordinates, unit)
    solvers = {"newton": Newton(max_iterations=settings.newton_iterations), "adam": Adam(steps=settings.adam_steps)}
    for method, solver in solvers.items():
        if not means.known.any():
            found = None
        else:
            found = find_slow_points(
                step, starts, coordinates=coordinates, domain=unit.domain(), solver=solver
            )
        arrays |= {
            f"{method}.{name}": value for name, value in _by_class(trained, found, starts, step, coordinates, means.known).items()
        }
    save_artifact(path, arrays, inputs)


def constant_input_step(network: MemoryNetwork, mean: float) -> Callable[[Any], Any]:
    """The autonomous map F: one step of the unit under the mean noise image, trigger 0."""
    return jax.tree_util.Partial(_step_under, network.unit, network.drive(_mean_image(network, mean)))


def _step_under(unit, drive, state):
    return unit.step(state, drive)


def _mean_image(network: MemoryNetwork, mean: float) -> jax.Array:
    return jnp.full(network.unit.weights.input.shape[0], mean, network.unit.weights.input.dtype)


def _by_class(network, found: SlowPoints | None, starts, step, coordinates, known) -> dict[str, np.ndarray]:
    """What is kept of a search, one row a class; rows of classes without a start are NaN, or −1 where whole."""
    rows: dict[str, np.ndarray] = {}
    classes = len(known)

    def put(name, values, missing):
        full = np.full((classes, *values.shape[1:]), missing, values.dtype)
        full[known] = values
        rows[name] = full

    numbers = ("speed", "root_speed", "gradient_norm", "smallest_curvature", "leading_eigenvalue", "distance", "start_root_speed")
    if found is None:
        rows |= {name: np.full(classes, np.nan) for name in numbers}
        rows |= {name: np.full(classes, -1, np.int64) for name in ("outcome", "iterations", "active_bounds", "duplicate_of")}
        rows["readout_class"] = np.full(classes, -2, np.int64)
        return rows
    flat = _flat(found.state)
    put("speed", found.speed, np.nan)
    put("root_speed", found.root_speed, np.nan)
    put("gradient_norm", found.gradient_norm, np.nan)
    put("smallest_curvature", found.smallest_curvature, np.nan)
    put("leading_eigenvalue", np.abs(found.eigenvalues[:, 0]), np.nan)
    put("distance", np.linalg.norm(flat - _flat(starts), axis=1), np.nan)
    put("start_root_speed", np.sqrt([speed(step, _row(starts, i), coordinates) for i in range(len(flat))]), np.nan)
    put("outcome", np.asarray(found.outcome, np.int64), -1)
    put("iterations", np.asarray(found.iterations, np.int64), -1)
    put("active_bounds", np.asarray(found.active_bounds, np.int64), -1)
    put("readout_class", _read_out(network, found.state, step), -2)
    put("duplicate_of", np.flatnonzero(known)[_first_coincident(flat)], -1)
    put("state", flat, np.nan)
    return rows


def _read_out(network: MemoryNetwork, state: Any, step: Any) -> np.ndarray:
    """The class read out at each point when the trigger comes with the mean input; −1 for *null*."""
    drive = step.args[1] + network.unit.weights.trigger
    points = jax.tree.map(lambda leaf: jnp.asarray(leaf, drive.dtype), state)
    moved = network.unit.step(points, jnp.broadcast_to(drive, (len(jax.tree.leaves(points)[0]), drive.size)))
    return np.asarray(jnp.argmax(network.outputs(moved), axis=-1), np.int64) - 1


SAME_POINT = 1e-4
"""Points nearer than this times √coordinates are one point: certified minima agree to far less than that, and distinct
ones were found whole units apart."""


def _first_coincident(flat: np.ndarray) -> np.ndarray:
    """For each point the index of the first one it coincides with (its own where there is none before it)."""
    distance = np.linalg.norm(flat[:, None] - flat[None], axis=-1)
    return np.argmax(distance <= SAME_POINT * flat.shape[1] ** 0.5, axis=1)


def images_of(split: Split) -> ImagesByClass:
    """A split's arrays as the task takes them."""
    return ImagesByClass(jnp.asarray(split.images), jnp.asarray(split.first), jnp.asarray(split.count))


class ProgressFiles:
    """Where each network stands, in a small file beside it, so that any process can look."""

    def __init__(self, folders: tuple[Path, ...]):
        self.folders = folders
        self.began = time.monotonic()
        self.first_step: int | None = None
        self.written = -np.inf

    def training(self, progress: Progress) -> None:
        """Notes a training run's progress, at most twice a second."""
        if self.first_step is None:
            self.began, self.first_step = time.monotonic(), progress.step
        now = time.monotonic()
        if now - self.written < 0.5 and progress.step < progress.steps:
            return
        self.written = now
        rate = (progress.step - self.first_step) / max(now - self.began, 1e-9)
        self._write(
            {
                "stage": "training",
                "step": progress.step,
                "steps": progress.steps,
                "steps_per_second": rate,
                "loss": progress.loss,
                "digit_accuracy": progress.digit_accuracy,
            }
        )

    def stage(self, name: str) -> None:
        """Notes that another stage has begun."""
        self._write({"stage": name})

    def _write(self, content: dict[str, Any]) -> None:
        for folder in self.folders:
            write_atomically(folder / "progress.json", json.dumps(content).encode())


def _final_network(study: Study, network: str, recipe: NetworkRecipe) -> MemoryNetwork:
    return load_network(snapshot_path(study.network_folder(network), recipe.training.steps))


def _plain(recipe: NetworkRecipe) -> dict[str, Any]:
    return dataclasses.asdict(recipe)


def _flat(state: Any) -> np.ndarray:
    return np.concatenate([np.asarray(leaf, np.float64) for leaf in jax.tree.leaves(state)], axis=-1)


def _row(state: Any, i: int) -> Any:
    return jax.tree.map(lambda leaf: leaf[i], state)
