"""Context-dependent integration (Mante et al. 2013): a network that adds up one of two noisy inputs, whichever the
context names, and holds the sum. What it must do with a pulse is known from the task."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, PRNGKeyArray

from slowpoints.interop import Imported
from slowpoints.networks import LeakyTanh
from tests.flip_flop import WELL_COMPILED

CHANNELS = 4
"""Two inputs with evidence, then two that name the context."""

GAIN = 0.2
"""The output is this times the sum of the evidence on the channel of the context."""

PULSES = 0.2
"""At how many of the steps evidence comes, on each channel. Between them the sum must be held."""

NOISE = 0.1
"""The standard deviation of each unit's own noise in training. Against it, what is held must lie on a line."""


class ContextNetwork(eqx.Module):
    """Leaky rate units with a linear readout of one number."""

    unit: LeakyTanh
    readout: Float[Array, " unit"]

    def imported(self) -> Imported:
        """The network as the package analyses it: `step`, `at`, `initial_state`, `domain`."""
        return Imported.stacked([jax.tree.map(np.asarray, self.unit)])

    def hidden(
        self, inputs: Float[Array, "time batch channel"], key: PRNGKeyArray | None = None
    ) -> Float[Array, "time batch unit"]:
        """States along some trials, the state after each input; with a key, under noise of each unit's own."""
        start, drives = self.unit.initial_state(inputs.shape[1]), self.unit.drive(inputs)
        if key is not None:
            drives = drives + NOISE * jax.random.normal(key, drives.shape)

        def step(state, drive):
            state = self.unit.step(state, drive)
            return state, state

        return jax.lax.scan(step, start, drives)[1]


def context(number: int) -> np.ndarray:
    """The constant input that names a context, 0 or 1, and brings no evidence."""
    return np.eye(CHANNELS)[2 + number]


def trials(key: PRNGKeyArray, batch: int, time: int) -> tuple[Float[Array, "time batch channel"], ...]:
    """Inputs, and the sum that is to be put out at each time."""
    keys = jax.random.split(key, 3)
    comes = jax.random.bernoulli(keys[0], PULSES, (time, batch, 2))
    evidence = jnp.where(comes, jax.random.normal(keys[1], (time, batch, 2)), 0.0)
    which = jax.random.randint(keys[2], (batch,), 0, 2)
    named = jnp.broadcast_to(jax.nn.one_hot(which, 2), (time, batch, 2))
    relevant = jnp.sum(evidence * named, axis=2)
    return jnp.concatenate([evidence, named], axis=2), GAIN * jnp.cumsum(relevant, axis=0)


def trained(units: int, *, seed: int = 0, steps: int = 600, batch: int = 64, time: int = 40) -> ContextNetwork:
    """A network trained on it, by Adam with its rate falling to nothing."""
    unit_key, readout_key, key = jax.random.split(jax.random.key(seed), 3)
    network = ContextNetwork(
        LeakyTanh.draw(CHANNELS, units, key=unit_key), jax.random.normal(readout_key, (units,)) / units**0.5
    )
    optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(optax.cosine_decay_schedule(5e-3, steps)))

    def loss(network, key):
        trial_key, noise_key = jax.random.split(key)
        inputs, targets = trials(trial_key, batch, time)
        return jnp.mean((network.hidden(inputs, noise_key) @ network.readout - targets) ** 2)

    @functools.partial(jax.jit, compiler_options=WELL_COMPILED)
    def train(network, key):
        def step(carry, key):
            network, memory = carry
            gradient = jax.grad(loss)(network, key)
            updates, memory = optimiser.update(gradient, memory, network)
            return (optax.apply_updates(network, updates), memory), None

        return jax.lax.scan(step, (network, optimiser.init(network)), jax.random.split(key, steps))[0][0]

    # Optax multiplies its counts with floats.
    with jax.numpy_dtype_promotion("standard"):
        return train(network, key)
