"""A network running through trials."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from slowpoints._types import State
from slowpoints.networks._memory_network import MemoryNetwork
from slowpoints.networks._through_time import run
from slowpoints.task import Trials


def trial_drives(
    network: MemoryNetwork,
    noise: Float[Array, "step batch gate_unit"],
    target: Float[Array, "batch gate_unit"],
    trials: Trials,
) -> Float[Array, "step batch gate_unit"]:
    """The drive at every step of trials: noise, replaced by the target image at the onset, with the trigger where
    it comes.

    **Arguments:** `noise` and `target` are the drives of the noise images and of the trials' images without
    trigger.
    """
    trial = jnp.arange(trials.onset.shape[0])
    drive = noise.at[trials.onset, trial].set(target, unique_indices=True)
    return drive.at[trials.trigger.T, trial[None]].add(network.unit.weights.trigger)


def outputs_during(
    network: MemoryNetwork, state: State, drives: Float[Array, "step batch gate_unit"]
) -> tuple[State, Float[Array, "step batch output"]]:
    """Runs the unit through a block of drives: the state after it, and the outputs at every step."""

    state, hidden = run(network.unit, state, drives)
    return state, network.readout(hidden)
