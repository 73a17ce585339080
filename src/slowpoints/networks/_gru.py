"""The gated recurrent unit of the paper's equation 2: the reset gate acts before the recurrent product."""

from typing import ClassVar, Self

import jax
import jax.numpy as jnp

from slowpoints._types import PRNGKey
from slowpoints.networks._unit import HiddenStateUnit, Weights


class GRU(HiddenStateUnit):
    """z = σ(W_z x + U_z h + b_z), r = σ(W_r x + U_r h + b_r), h̃ = tanh(W x + U(r∘h) + b), h' = (1−z)∘h + z∘h̃.

    Gates lie in the order z, r, h̃. The state is h itself. (Cho et al. 2014; the paper's equation 2.)
    """

    gates: ClassVar[int] = 3
    weights: Weights

    @classmethod
    def draw(cls, features: int, units: int, *, key: PRNGKey) -> Self:
        """Weights as `Weights.draw`."""
        return cls(Weights.draw(features, units, cls.gates, key=key))

    def step(self, state, drive):
        """h → h'."""
        h, n = state, self.units
        U = self.weights.recurrent
        zr = jax.nn.sigmoid(drive[..., : 2 * n] + h @ U[:, : 2 * n])
        z, r = zr[..., :n], zr[..., n:]
        candidate = jnp.tanh(drive[..., 2 * n :] + (r * h) @ U[:, 2 * n :])
        return (1 - z) * h + z * candidate
