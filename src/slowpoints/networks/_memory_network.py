"""The network of the study: pixels and trigger in, null or a class out."""

from typing import Self

import equinox as eqx
import jax
from jaxtyping import Array, Float

from slowpoints._types import PRNGKey, State
from slowpoints.networks._readout import Readout
from slowpoints.networks._unit import AbstractUnit


class MemoryNetwork(eqx.Module):
    """A recurrent unit fed with pixels and the trigger, and its readout.

    An *ensemble* is the same module with a leading network axis on every array; everything is written for one
    network and vmapped.
    """

    unit: AbstractUnit
    readout: Readout

    @classmethod
    def draw(
        cls, unit: type[AbstractUnit], *, pixels: int, units: int, classes: int, sigmoid: bool, key: PRNGKey
    ) -> Self:
        """A network with random weights, by the published scripts' rules."""
        unit_key, readout_key = jax.random.split(key)
        return cls(unit.draw(pixels, units, key=unit_key), Readout.draw(units, classes, sigmoid, key=readout_key))

    def drive(
        self, images: Float[Array, "*batch pixel"], trigger: Float[Array, "*batch"] | float = 0.0
    ) -> Float[Array, "*batch gate_unit"]:
        """What images (with the trigger channel) exert on the unit."""
        return self.unit.drive(images, trigger)

    def outputs(self, state: State) -> Float[Array, "*batch output"]:
        """The readout of a state."""
        return self.readout(self.unit.hidden(state))
