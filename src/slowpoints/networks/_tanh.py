"""The plain recurrent network, for users who compare with it."""

from typing import ClassVar, Self

import jax.numpy as jnp

from slowpoints._types import PRNGKey
from slowpoints.networks._unit import AbstractUnit, Weights


class Tanh(AbstractUnit):
    """h' = tanh(W x + U h + b). The state is h itself. (Elman 1990.)"""

    gates: ClassVar[int] = 1
    weights: Weights

    @classmethod
    def draw(cls, features: int, units: int, *, key: PRNGKey) -> Self:
        """Weights as `Weights.draw`."""
        return cls(Weights.draw(features, units, cls.gates, key=key))

    def initial_state(self, *batch):
        """h = 0."""
        return jnp.zeros((*batch, self.units), self.weights.bias.dtype)

    def step(self, state, drive):
        """h → h'."""
        return jnp.tanh(drive + state @ self.weights.recurrent)

    def hidden(self, state):
        """h."""
        return state

    def coordinates(self, state):
        """ξ = h."""
        return state

    def domain(self):
        """|h| < 1."""
        return -1.0, 1.0
