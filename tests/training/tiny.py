"""A corpus and recipes so small that a whole training run takes a moment.

Run as a program it trains one network: `python -m tests.training.tiny FOLDER`.
"""

import math
import sys
import time
from pathlib import Path

import numpy as np

from slowpoints.data import make_corpus, split_by_class
from slowpoints.protocols import Protocol, Schedule
from slowpoints.task import TaskSettings
from slowpoints.training import NetworkRecipe, train, TrainingSettings

PIXELS, CLASSES = 4, 3
FULL_LENGTH, FULL_VOCABULARY = Schedule((8,)), Schedule((CLASSES,))


def corpus():
    rng = np.random.default_rng(0)

    def split():
        return split_by_class(rng.uniform(size=(12, PIXELS)).astype(np.float32), np.arange(12) % CLASSES, CLASSES)

    return make_corpus("tiny", split(), split(), (PIXELS,))


def recipe(seed=0, *, lengths=FULL_LENGTH, vocabulary=FULL_VOCABULARY, unit="tanh", units=5, **training):
    settings = {"steps": 12, "batch": 4, "rate": 0.01, "noise_bank": 8, **training}
    protocol = Protocol("tiny", lengths, vocabulary)
    task = TaskSettings(trial_steps=8)
    return NetworkRecipe(unit, units, "sigmoid", protocol, seed, task, TrainingSettings(**settings))


def run(folders, recipes=None, **options):
    recipes = tuple(recipe(seed) for seed in range(len(folders))) if recipes is None else recipes
    options = {"record_every": 2, "snapshot_every": 3, "save_state_seconds": 0.0, "chunk_seconds": math.inf, **options}
    train(recipes, corpus(), tuple(folders), **options)


def files(folder):
    """Every file below a folder and what is in it, but those that a kill left half written."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(".partial")
    }


if __name__ == "__main__":
    run([Path(sys.argv[1])], report=lambda _: time.sleep(0.1))
