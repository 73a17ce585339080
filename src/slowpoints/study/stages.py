"""Training and measuring the networks of a study. Each stage runs in a worker process."""

import dataclasses
import json
from pathlib import Path

import numpy as np

from slowpoints._atomic import write_atomically
from slowpoints._keys import key_for
from slowpoints.data import Corpus, load_corpus, Split
from slowpoints.extrapolation import measure
from slowpoints.networks import MemoryNetwork
from slowpoints.study.artifacts import is_complete, save_artifact
from slowpoints.study.config import config_to_mapping, StudyConfig
from slowpoints.study.folder import Study
from slowpoints.study.grid import hash_of
from slowpoints.study.progress import ProgressFiles
from slowpoints.task import ImagesByClass
from slowpoints.training import load_network, NetworkRecipe, snapshot_path, snapshot_steps, train

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
        content = {"recipe": dataclasses.asdict(recipe), "corpus": corpus.name, "corpus_checksum": corpus.checksum}
        write_atomically(folder / "network.json", json.dumps(content, indent=2).encode())
    reporter = ProgressFiles(folders)
    steps = config.training.steps
    train(
        tuple(group.values()),
        corpus,
        folders,
        record_every=max(1, steps // config.records),
        snapshot_every=max(1, steps // config.snapshots),
        snapshots_around=config.snapshots_around,
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
    trained = final_network(study, network, recipe)
    measured = {}
    for name in ("train", "test"):
        split: Split = getattr(corpus, name)
        accuracies = measure(
            trained,
            ImagesByClass.of(split),
            config.extrapolation,
            timing=recipe.training.timing,
            trial_steps=recipe.training.trial_steps,
            mean=corpus.mean,
            std=corpus.std,
            key=key_for(recipe.seed, f"extrapolation {name}"),
        )
        measured |= {f"{name}.{key}": np.asarray(value) for key, value in accuracies._asdict().items()}
    save_artifact(path, measured, inputs)


def final_network(study: Study, network: str, recipe: NetworkRecipe) -> MemoryNetwork:
    """The network as it was at the end of its training."""
    return load_network(snapshot_path(study.network_folder(network), recipe.training.steps))
