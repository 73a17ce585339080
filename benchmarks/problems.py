"""Searches to time: a map, and where to start."""

import os
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from slowpoints.dynamics import sample_states
from slowpoints.measurements import Subject
from slowpoints.measurements._slow_points import class_trials_of
from slowpoints.networks import AbstractUnit
from slowpoints.study import settings_of, Study
from slowpoints.task import DelayedRecall
from slowpoints.training import History, load_network, read_arrays, snapshot_steps

BOX = (-1.0, 1.0)

DIGITS = Path(__file__).parent / "networks" / "digits-gru.safetensors"
"""A trained network of the digits study with its ten class means; the file's metadata says which."""


class Problem(NamedTuple):
    """A unit whose state is h, under a constant drive, and the states to start from."""

    unit: AbstractUnit
    drive: Float[Array, " gate_unit"]
    starts: Float[np.ndarray, "point unit"]

    @property
    def step(self) -> jax.tree_util.Partial:
        """The map h → F(h)."""
        return jax.tree_util.Partial(type(self.unit).step, self.unit, drive=self.drive)


def flip_flop(*, units: int = 64, steps: int = 1500, starts: int = 1024) -> Problem:
    """A network trained to keep three bits, from noisy states along its trajectories."""
    from tests.flip_flop import BITS, trained, trials

    network = trained(units, steps=steps)
    inputs, _ = trials(jax.random.key(99), 200, 50)
    trajectories = np.asarray(network.hidden(inputs)).swapaxes(0, 1)
    states = sample_states(trajectories, starts, key=jax.random.key(1), noise=0.1, domain=BOX)
    return Problem(network.unit, network.unit.drive(jnp.zeros(BITS)), states)


def digits() -> Problem:
    """The ten classes of a GRU of the digits study, from their mean states."""
    arrays, metadata = read_arrays(DIGITS)
    under = load_network(DIGITS).under(float(metadata["mean"]))
    return Problem(under.network.unit, under.drive, arrays["start"])


def study(folder: Path) -> Problem:
    """The classes of the first GRU of a study, from their mean states, as the study itself searches them."""
    study = opened(folder)
    subject = subject_of(study, first_gru(study))
    means = class_trials_of(subject, subject.network, settings_of(study.config, "slow_points")).means()
    under = subject.under_mean_noise
    return Problem(under.network.unit, under.drive, np.asarray(means.state, np.float64)[means.known])


def opened(folder: Path) -> Study:
    """The study in a folder; its corpus is looked for in SLOWPOINTS_DATA."""
    data = os.environ.get("SLOWPOINTS_DATA")
    return Study.open(folder, data=Path(data) if data else None)


def first_gru(study: Study) -> str:
    """The ID of a study's first GRU."""
    return next(network for network, planned in study.networks.items() if planned.recipe.unit == "gru")


def subject_of(study: Study, network: str) -> Subject:
    """A trained network of a study with all its snapshots, as measurements take it."""
    folder, recipe, corpus = study.network_folder(network), study.networks[network].recipe, study.open_corpus()
    task = DelayedRecall.of(recipe.task, corpus)
    return Subject(History(folder, snapshot_steps(folder)), corpus, task, recipe.protocol, recipe.seed)
