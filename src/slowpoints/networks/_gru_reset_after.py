"""The gated recurrent unit as cuDNN and PyTorch compute it: the reset gate acts after the recurrent product."""

from typing import ClassVar, Self

import jax
import jax.numpy as jnp
from jaxtyping import Float

from slowpoints._types import AnyArray, PRNGKey
from slowpoints.networks._unit import DifferentiatedUnit, HiddenStateUnit, Weights


class GRUResetAfter(DifferentiatedUnit, HiddenStateUnit):
    """As `GRU`, but h̃ = tanh(W x + b + r∘(U h + b')), with a recurrent bias b' of its own.

    Gates lie in the order z, r, h̃. One recurrent product a step instead of two.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from slowpoints import GRUResetAfter
        >>> unit = GRUResetAfter.draw(3, 5, key=jax.random.key(0))
        >>> unit.step(unit.initial_state(), unit.drive(jnp.ones(3))).shape
        (5,)
    """

    name: ClassVar[str] = "GRU (reset after)"
    gates: ClassVar[int] = 3
    weights: Weights
    recurrent_bias: Float[AnyArray, " unit"]

    @classmethod
    def draw(cls, features: int, units: int, *, key: PRNGKey) -> Self:
        """Weights as `Weights.draw`; b' = 0.01·N(0, 1) as the other biases."""
        weights_key, bias_key = jax.random.split(key)
        weights = Weights.draw(features, units, cls.gates, key=weights_key)
        return cls(weights, 0.01 * jax.random.normal(bias_key, (units,)))

    def step_and_gates(self, state, drive):
        """h → h', and z, r, h̃ and U h + b'."""
        h, n = state, self.units
        product = h @ self.weights.recurrent
        zr = jax.nn.sigmoid(drive[..., : 2 * n] + product[..., : 2 * n])
        z, r = zr[..., :n], zr[..., n:]
        reset = product[..., 2 * n :] + self.recurrent_bias.reshape((1,) * (h.ndim - 1) + (-1,))
        candidate = jnp.tanh(drive[..., 2 * n :] + r * reset)
        return (1 - z) * h + z * candidate, (z, r, candidate, reset)

    def backward(self, state, gates, gradient):
        """See `DifferentiatedUnit.backward`."""
        h, (z, r, candidate, reset) = state, gates
        d_z = gradient * (candidate - h) * z * (1 - z)
        d_candidate = gradient * z * (1 - candidate**2)
        d_r = d_candidate * reset * r * (1 - r)
        d_product = jnp.concatenate([d_z, d_r, d_candidate * r], axis=-1)
        d_drive = jnp.concatenate([d_z, d_r, d_candidate], axis=-1)
        return gradient * (1 - z) + d_product @ self.weights.recurrent.T, d_drive

    def recurrent(self, state, gates):
        """U_z h, U_r h and r∘(U h + b')."""
        product, n = state @ self.weights.recurrent, self.units
        reset = product[..., 2 * n :] + self.recurrent_bias.reshape((1,) * (state.ndim - 1) + (-1,))
        return jnp.concatenate([product[..., : 2 * n], gates[1] * reset], axis=-1)
