"""Searches to time: a map, and where to start."""

import os
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from slowpoints.dynamics import sample_states
from slowpoints.networks import AbstractUnit
from slowpoints.study import networks_in, Study
from slowpoints.study.slow_points import mean_drive, trials_of
from slowpoints.study.stages import final_network, open_corpus
from slowpoints.training import load_network, read_arrays

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
    network = load_network(DIGITS)
    arrays, metadata = read_arrays(DIGITS)
    return Problem(network.unit, mean_drive(network, float(metadata["mean"])), arrays["start"])


def study(folder: Path) -> Problem:
    """The classes of the first GRU of a study, from their mean states, as the study itself searches them."""
    data = os.environ.get("SLOWPOINTS_DATA")
    study = Study.open(folder, data=Path(data) if data else None)
    name, recipe = next((name, recipe) for name, recipe in networks_in(study).items() if recipe.unit == "gru")
    corpus = open_corpus(study)
    network = final_network(study, name, recipe)
    means = trials_of(study.config, network, recipe, corpus).means()
    return Problem(network.unit, mean_drive(network, corpus.mean), np.asarray(means.state, np.float64)[means.known])
