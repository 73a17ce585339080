"""A network running through trials."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from slowpoints._types import State
from slowpoints.networks._memory_network import MemoryNetwork
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
    time = jnp.arange(noise.shape[0], dtype=jnp.int32)
    shown = time[:, None] == trials.onset[None, :]
    triggered = (time[:, None, None] == trials.trigger[None, :, :]).any(-1)
    drive = jnp.where(shown[..., None], target[None], noise)
    return drive + triggered[..., None].astype(drive.dtype) * network.unit.weights.trigger[None, None]


def outputs_during(
    network: MemoryNetwork, state: State, drives: Float[Array, "step batch gate_unit"]
) -> tuple[State, Float[Array, "step batch output"]]:
    """Runs the unit through a block of drives: the state after it, and the outputs at every step."""

    def step(state, drive):
        state = network.unit.step(state, drive)
        return state, network.unit.hidden(state)

    state, hidden = jax.lax.scan(step, state, drives)
    return state, network.readout(hidden)
