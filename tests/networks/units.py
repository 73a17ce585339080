"""The units that the contracts are tested with: all that are listed, and one that is not."""

import jax.numpy as jnp
import pytest

from slowpoints.networks import AbstractUnit, UNITS
from slowpoints.networks._unit import Weights


class Leaky(AbstractUnit):
    """The least that a unit must say: nothing about its derivative, and no equations in `recurrent.EQUATIONS`."""

    name = "leaky"
    gates = 1
    weights: Weights

    @classmethod
    def draw(cls, features, units, *, key):
        return cls(Weights.draw(features, units, cls.gates, key=key))

    def initial_state(self, *batch):
        return jnp.zeros((*batch, self.units), self.weights.bias.dtype)

    def step(self, state, drive):
        return 0.5 * state + 0.5 * jnp.tanh(drive + state @ self.weights.recurrent)

    def hidden(self, state):
        return state

    def coordinates(self, state):
        return state

    def papers_coordinates(self, state):
        return state

    def domain(self):
        return -1.0, 1.0


every_unit = pytest.mark.parametrize("name", [*UNITS, "leaky"])
"""`UNITS` has the last of them while the tests of this folder run."""
