"""The gated recurrent unit of the paper's equation 2: the reset gate acts before the recurrent product."""

from typing import ClassVar, Self

import jax
import jax.numpy as jnp

from slowpoints._types import PRNGKey
from slowpoints.networks._unit import DifferentiatedUnit, HiddenStateUnit, Weights


class GRU(DifferentiatedUnit, HiddenStateUnit):
    """z = σ(W_z x + U_z h + b_z), r = σ(W_r x + U_r h + b_r), h̃ = tanh(W x + U(r∘h) + b), h' = (1−z)∘h + z∘h̃.

    Gates lie in the order z, r, h̃. The state is h itself. (Cho et al. 2014; the paper's equation 2.)

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from slowpoints import GRU
        >>> unit = GRU.draw(3, 5, key=jax.random.key(0))
        >>> unit.step(unit.initial_state(), unit.drive(jnp.ones(3))).shape
        (5,)
    """

    name: ClassVar[str] = "GRU"
    gates: ClassVar[int] = 3
    weights: Weights

    @classmethod
    def draw(cls, features: int, units: int, *, key: PRNGKey) -> Self:
        """Weights as `Weights.draw`."""
        return cls(Weights.draw(features, units, cls.gates, key=key))

    def step_and_gates(self, state, drive):
        """h → h', and z, r, h̃."""
        h, n = state, self.units
        U = self.weights.recurrent
        zr = jax.nn.sigmoid(drive[..., : 2 * n] + h @ U[:, : 2 * n])
        z, r = zr[..., :n], zr[..., n:]
        candidate = jnp.tanh(drive[..., 2 * n :] + (r * h) @ U[:, 2 * n :])
        return (1 - z) * h + z * candidate, (z, r, candidate)

    def backward(self, state, gates, gradient):
        """See `DifferentiatedUnit.backward`."""
        h, (z, r, candidate), n = state, gates, self.units
        U = self.weights.recurrent
        d_candidate = gradient * z * (1 - candidate**2)
        d_rh = d_candidate @ U[:, 2 * n :].T
        d_zr = jnp.concatenate([gradient * (candidate - h) * z * (1 - z), d_rh * h * r * (1 - r)], axis=-1)
        d_drive = jnp.concatenate([d_zr, d_candidate], axis=-1)
        return gradient * (1 - z) + d_rh * r + d_zr @ U[:, : 2 * n].T, d_drive

    def recurrent(self, state, gates):
        """U_z h and U_r h, and U(r∘h)."""
        n, U = self.units, self.weights.recurrent
        return jnp.concatenate([state @ U[:, : 2 * n], (gates[1] * state) @ U[:, 2 * n :]], axis=-1)
