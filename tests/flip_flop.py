"""The three-bit flip-flop (Sussillo and Barak 2013): a network that keeps, of three inputs, the sign of each's last
pulse. Its memory is known beforehand: an attractor for each of the eight answers, and saddles on the ways between."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, PRNGKeyArray

from slowpoints.networks import GRU

BITS = 3

WELL_COMPILED = {"xla_backend_optimization_level": 3}
"""For a program that runs for long: `make test` compiles in haste otherwise."""


class FlipFlop(eqx.Module):
    """A GRU with a linear readout of three numbers."""

    unit: GRU
    readout: Float[Array, "unit bit"]

    def still(self) -> jax.tree_util.Partial:
        """The map while no pulse comes."""
        return jax.tree_util.Partial(GRU.step, self.unit, drive=self.unit.drive(jnp.zeros(BITS)))

    def hidden(self, inputs: Float[Array, "time batch bit"]) -> Float[Array, "time batch unit"]:
        """States along some trials."""
        drives = self.unit.drive(inputs)
        start = self.unit.initial_state(inputs.shape[1])

        def step(state, drive):
            state = self.unit.step(state, drive)
            return state, state

        return jax.lax.scan(step, start, drives)[1]


def trials(key: PRNGKeyArray, batch: int, time: int) -> tuple[Float[Array, "time batch bit"], ...]:
    """Pulses of ±1, at one step in ten of each input, and the signs to be kept."""
    pulse_key, sign_key = jax.random.split(key)
    shape = (time, batch, BITS)
    comes = jax.random.bernoulli(pulse_key, 0.1, shape).at[0].set(True)
    pulses = jnp.where(comes, jax.random.rademacher(sign_key, shape, jnp.float32), 0.0)

    def keep(kept, pulse):
        kept = jnp.where(pulse == 0, kept, pulse)
        return kept, kept

    return pulses, jax.lax.scan(keep, pulses[0], pulses)[1]


def trained(units: int, *, seed: int = 0, steps: int = 1500, batch: int = 64, time: int = 50) -> FlipFlop:
    """A network trained on it, by Adam with its rate falling to nothing."""
    unit_key, readout_key, key = jax.random.split(jax.random.key(seed), 3)
    network = FlipFlop(
        GRU.draw(BITS, units, key=unit_key), 0.1 * jax.random.normal(readout_key, (units, BITS)) / units**0.5
    )
    optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(optax.cosine_decay_schedule(1e-2, steps)))

    def loss(network, inputs, targets):
        return jnp.mean((network.hidden(inputs) @ network.readout - targets) ** 2)

    @functools.partial(jax.jit, compiler_options=WELL_COMPILED)
    def train(network, key):
        def step(carry, key):
            network, memory = carry
            gradient = jax.grad(loss)(network, *trials(key, batch, time))
            updates, memory = optimiser.update(gradient, memory, network)
            return (optax.apply_updates(network, updates), memory), None

        return jax.lax.scan(step, (network, optimiser.init(network)), jax.random.split(key, steps))[0][0]

    # Optax multiplies its counts with floats.
    with jax.numpy_dtype_promotion("standard"):
        return train(network, key)
