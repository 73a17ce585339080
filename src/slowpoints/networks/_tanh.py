"""The plain recurrent network, for users who compare with it."""

from typing import ClassVar, Self

import jax.numpy as jnp

from slowpoints._types import PRNGKey
from slowpoints.networks._unit import DifferentiatedUnit, HiddenStateUnit, Weights


class Tanh(DifferentiatedUnit, HiddenStateUnit):
    """h' = tanh(W x + U h + b). The state is h itself. (Elman 1990.)

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from slowpoints import Tanh
        >>> unit = Tanh.draw(3, 5, key=jax.random.key(0))
        >>> unit.step(unit.initial_state(), unit.drive(jnp.ones(3))).shape
        (5,)
    """

    name: ClassVar[str] = "tanh"
    gates: ClassVar[int] = 1
    weights: Weights

    @classmethod
    def draw(cls, features: int, units: int, *, key: PRNGKey) -> Self:
        """Weights as `Weights.draw`."""
        return cls(Weights.draw(features, units, cls.gates, key=key))

    def step_and_gates(self, state, drive):
        """h → h', which is the only gate."""
        h = jnp.tanh(drive + state @ self.weights.recurrent)
        return h, (h,)

    def backward(self, state, gates, gradient):
        """See `DifferentiatedUnit.backward`."""
        (h,) = gates
        d = gradient * (1 - h**2)
        return d @ self.weights.recurrent.T, d

    def recurrent(self, state, gates):
        """U h."""
        return state @ self.weights.recurrent
