"""The plain recurrent network, for users who compare with it."""

from typing import ClassVar, Self

import jax.numpy as jnp

from slowpoints._types import PRNGKey
from slowpoints.networks._unit import HiddenStateUnit, Weights


class Tanh(HiddenStateUnit):
    """h' = tanh(W x + U h + b). The state is h itself. (Elman 1990.)"""

    gates: ClassVar[int] = 1
    weights: Weights

    @classmethod
    def draw(cls, features: int, units: int, *, key: PRNGKey) -> Self:
        """Weights as `Weights.draw`."""
        return cls(Weights.draw(features, units, cls.gates, key=key))

    def step(self, state, drive):
        """h → h'."""
        return jnp.tanh(drive + state @ self.weights.recurrent)
