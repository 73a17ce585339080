"""A network running through trials."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from slowpoints._types import State
from slowpoints.networks._memory_network import MemoryNetwork
from slowpoints.task import Trials


def trial_drives(
    network: MemoryNetwork,
    noise: Float[Array, "step batch gate_unit"],
    target: Float[Array, "batch gate_unit"],
    trials: Trials,
    *,
    first_step: Int[Array, ""] | int = 0,
) -> Float[Array, "step batch gate_unit"]:
    """The drive during a block of steps: noise, replaced by the target image at the onset, with the trigger where
    it comes.

    **Arguments:** `noise` and `target` are the drives of the noise images and of the trials' images without
    trigger; `first_step` is the time of the block's first step within the trial.
    """
    time = first_step + jnp.arange(noise.shape[0], dtype=jnp.int32)
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
