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

    Example:
        >>> import jax
        >>> from slowpoints import GRU, load_corpus, MemoryNetwork
        >>> from slowpoints.networks import trial_drives
        >>> from slowpoints.task import DelayedRecall, draw_trials, ImagesByClass, SharedNoise, TaskSettings
        >>> key = jax.random.key(0)
        >>> network = MemoryNetwork.draw(GRU, image_shape=(8, 8), units=20, classes=10, key=key)
        >>> corpus = load_corpus("digits")
        >>> task, images = DelayedRecall.of(TaskSettings(), corpus), ImagesByClass.of(corpus.train)
        >>> trials = draw_trials(task, images, batch=4, longest_delay=20, vocabulary=10, key=key)
        >>> trial_drives(network, task, images.pixels, trials, steps=20, noise=SharedNoise(32), key=key).shape
        (20, 4, 60)
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
    """Runs the unit through a block of drives: the state after it, and the outputs at every step.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from slowpoints import GRU, MemoryNetwork
        >>> from slowpoints.networks import outputs_during
        >>> network = MemoryNetwork.draw(GRU, image_shape=(8, 8), units=20, classes=10, key=jax.random.key(0))
        >>> drives = jnp.zeros((7, 4, 60))  # 7 steps of 4 trials; a GRU has three gates
        >>> state, outputs = outputs_during(network, network.unit.initial_state(4), drives)
        >>> outputs.shape
        (7, 4, 11)
    """
    state, hidden = run(network.unit, state, drives)
    return state, network.readout(hidden)
