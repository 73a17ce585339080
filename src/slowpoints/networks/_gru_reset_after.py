"""The gated recurrent unit as cuDNN and PyTorch compute it: the reset gate acts after the recurrent product."""

from typing import ClassVar, Self

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from slowpoints._types import PRNGKey
from slowpoints.networks._unit import HiddenStateUnit, Weights


class GRUResetAfter(HiddenStateUnit):
    """As `GRU`, but h̃ = tanh(W x + b + r∘(U h + b')), with a recurrent bias b' of its own.

    Gates lie in the order z, r, h̃. One recurrent product a step instead of two.
    """

    gates: ClassVar[int] = 3
    weights: Weights
    recurrent_bias: Float[Array, " unit"]

    @classmethod
    def draw(cls, features: int, units: int, *, key: PRNGKey) -> Self:
        """Weights as `Weights.draw`; b' = 0.01·N(0, 1) as the other biases."""
        weights_key, bias_key = jax.random.split(key)
        weights = Weights.draw(features, units, cls.gates, key=weights_key)
        return cls(weights, 0.01 * jax.random.normal(bias_key, (units,)))

    def step(self, state, drive):
        """h → h'."""
        h, n = state, self.units
        product = h @ self.weights.recurrent
        zr = jax.nn.sigmoid(drive[..., : 2 * n] + product[..., : 2 * n])
        z, r = zr[..., :n], zr[..., n:]
        bias = self.recurrent_bias.reshape((1,) * (h.ndim - 1) + (-1,))
        candidate = jnp.tanh(drive[..., 2 * n :] + r * (product[..., 2 * n :] + bias))
        return (1 - z) * h + z * candidate
