"""The smallest study that runs through every stage: three classes of 5×5 images, three networks of six units."""

import fcntl
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from slowpoints.data import Corpus, load_corpus
from slowpoints.engines import Processes
from slowpoints.study import config_from, run_study, Study, StudyConfig

CLASSES, SIDE, STEPS = 3, 5, 60


def write_corpus(path: Path, *, seed: int = 0) -> Path:
    """Ten images a class: one bright row each, in a little noise."""
    random = np.random.default_rng(seed)
    labels = np.repeat(np.arange(CLASSES), 10)
    images = random.uniform(0, 0.1, (len(labels), SIDE, SIDE))
    images[np.arange(len(labels)), labels] += 0.9
    np.savez(path, images=images.astype(np.float32), labels=labels)
    return path


def tiny_corpus(path: Path, *, seed: int = 0) -> Corpus:
    return load_corpus("arrays", file=write_corpus(path, seed=seed))


def tiny_config(corpus_file: Path, /, **changes) -> StudyConfig:
    """Everything as small as it can be; `changes` are nested plain values on top."""
    base = config_from(
        {
            "name": "tiny",
            "corpus": "arrays",
            "corpus_file": str(corpus_file),
            "units": 6,
            "protocol": ["DeCu", "VoCu", "naive"],
            "seeds": 1,
            "records": 6,
            "snapshots": 3,
            "task": {"trial_steps": 8},
            "training": {"steps": STEPS, "batch": 4, "rate": 0.05, "noise_bank": 8},
            "measurements": {
                "extrapolation": {
                    "delays": [5, 8],
                    "noise": [1.0, 2.0],
                    "trials_per_class": 4,
                    "first_trigger": 5,
                    "second_trigger": 7,
                },
                "clouds": {"delay": 5, "long_delay": 12, "trials_per_class": 5, "permutations": 9},
                "slow_points": {"delay": 5, "images_per_class": 4, "newton_iterations": 5, "adam_steps": 5},
                "lifetimes": {"max_steps": 500, "draws": 4},
                "trajectories": {"trials_per_class": 2, "longest": 12, "moments": 12},
                "tracks": {
                    "newton_iterations": 5,
                    "splits": 1,
                    "adam_steps": 5,
                    "pause_steps": 50,
                    "trials_per_class": 4,
                },
            },
        }
    )
    return config_from(changes, base=base)


def finished(factory: pytest.TempPathFactory) -> Study:
    """The tiny study with everything done in a real worker process. Read only: copy it to change it.

    It is made once in a test run. Each of pytest's processes has a copy of its own.
    """
    mine = factory.getbasetemp() / "tiny"
    if not mine.exists():
        shutil.copytree(_made_once(factory.getbasetemp()), mine)
    return Study.open(mine)


def _made_once(base: Path) -> Path:
    # The folder above is that of all processes.
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "made once"
    folder.mkdir(exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "study").exists():
            study = Study.create(tiny_config(write_corpus(folder / "corpus.npz")), folder / "study")
            assert run_study(study, engine=Processes(1)) == ()
    return folder / "study"
