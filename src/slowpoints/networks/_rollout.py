"""A network running through trials."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from slowpoints._types import PRNGKey, State
from slowpoints.networks._memory_network import MemoryNetwork
from slowpoints.networks._through_time import run
from slowpoints.task import AbstractNoise, DelayedRecall, Trials


def trial_drives(
    network: MemoryNetwork,
    task: DelayedRecall,
    pixels: Float[Array, "image pixel"],
    trials: Trials,
    *,
    steps: int,
    noise: AbstractNoise,
    key: PRNGKey,
) -> Float[Array, "step batch gate_unit"]:
    """The drive at every step of trials: the task's noise, in its place the trial's image at the
    onset, and the trigger where it comes. `pixels` are all images that trials refer to.

    Only noise images that are drawn and the batch's own images go through the front end: with shared noise those of
    the bank and one a trial.
    """
    batch = trials.onset.shape[0]
    drives = noise.drives(
        network.drive,
        task,
        steps=steps,
        batch=batch,
        pixels=pixels.shape[-1],
        key=key,
        shown=(pixels[trials.image], trials.onset),
    )
    return drives.at[trials.trigger.T, jnp.arange(batch)[None]].add(network.unit.weights.trigger)


def outputs_during(
    network: MemoryNetwork, state: State, drives: Float[Array, "step batch gate_unit"]
) -> tuple[State, Float[Array, "step batch output"]]:
    """Runs the unit through a block of drives: the state after it, and the outputs at every step."""
    state, hidden = run(network.unit, state, drives)
    return state, network.readout(hidden)
