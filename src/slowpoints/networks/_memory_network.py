"""The network of the study: an image and the trigger in, null or a class out."""

from typing import Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from slowpoints._types import PRNGKey, State
from slowpoints.dynamics._precision import as_double, double_precision
from slowpoints.networks._readout import Readout, ReadoutKind
from slowpoints.networks._unit import AbstractUnit


class MemoryNetwork(eqx.Module):
    """A recurrent unit fed with an image's features and the trigger, and its readout.

    An *ensemble* is the same module with a leading network axis on every array; everything is written for one
    network and vmapped.
    """

    unit: AbstractUnit
    readout: Readout

    @classmethod
    def draw(
        cls,
        unit: type[AbstractUnit],
        *,
        features: int,
        units: int,
        classes: int,
        readout: ReadoutKind = "sigmoid",
        key: PRNGKey,
    ) -> Self:
        """A network with random weights, by the published scripts' rules.

        Args:
            unit: the kind of unit.
            features: how many numbers an image is for the unit (the trigger is not counted).
            units: how many units.
            classes: how many classes it can name; outputs are one more.
            readout: see `Readout`.
            key: of all weights.
        """
        unit_key, readout_key = jax.random.split(key)
        return cls(unit.draw(features, units, key=unit_key), Readout.draw(units, classes, readout, key=readout_key))

    @property
    def features(self) -> int:
        """How many numbers an image is for the unit; the trigger is not counted."""
        return self.unit.weights.input.shape[-2]

    def drive(
        self, images: Float[Array, "*batch feature"], trigger: Float[Array, "*batch"] | float = 0.0
    ) -> Float[Array, "*batch gate_unit"]:
        """What images (with the trigger channel) exert on the unit."""
        return self.unit.drive(images, trigger)

    def outputs(self, state: State) -> Float[Array, "*batch output"]:
        """The readout of a state."""
        return self.readout(self.unit.hidden(state))

    def under(self, features: Float[np.ndarray, " feature"] | Float[Array, " feature"] | float) -> "ConstantInput":
        """The network under a constant input: the autonomous map F of its unit, in float64.

        Args:
            features: the input, or one number for all features (the mean of a noise image, say).

        Raises:
            ValueError: if it is neither.
        """
        values = np.asarray(features, np.float64)
        if values.shape not in {(), (self.features,)}:
            raise ValueError(f"features must be {self.features} numbers or one, not of shape {values.shape}")
        with double_precision():
            network = as_double(self)
            drive = network.drive(jnp.asarray(np.broadcast_to(values, (self.features,))))
            # The input's weights are in the drive, and nothing else needs them.
            rest = eqx.tree_at(lambda n: n.unit.weights.input, network, replace_fn=lambda w: w[:0])
            return jax.tree.map(np.asarray, ConstantInput(rest, drive))


class ConstantInput(eqx.Module):
    """A network under a constant input. Called, it is F: one step of the unit, from a state to the next.

    Its leaves are NumPy arrays in float64, exact for the float32 weights of training; JAX computes with them in the
    precision that is enabled where they are used. Two of them may be mixed leaf by leaf, as tracking does between two
    snapshots.

    - `network`: without the weights of the input, which the drive holds.
    - `drive`: what the input exerts on the unit, the trigger being 0.
    """

    network: MemoryNetwork
    drive: Float[Array, " gate_unit"]

    def __call__(self, state: State) -> State:
        """F(state)."""
        return self.network.unit.step(state, self.drive)

    @property
    def scores(self) -> jax.tree_util.Partial:
        """The map from a state to the outputs if the trigger came now, with the same input."""
        return jax.tree_util.Partial(_scores, self)

    def read_out(self, states: State, shown: int | None = None) -> Int[np.ndarray, " point"]:
        """The class named at each state if the trigger came now; −1 for *null*. Computed in float64.

        Args:
            states: with a leading axis `point`.
            shown: where only so many classes have been shown, one of these: the outputs of others are not trained.
        """
        with double_precision():
            outputs = jax.vmap(self.scores)(as_double(jax.tree.map(jnp.asarray, states)))
            known = outputs[:, : None if shown is None else shown + 1]
            return np.asarray(jnp.argmax(known, axis=-1), np.int64) - 1


def _scores(under: ConstantInput, state: State) -> Float[Array, " output"]:
    network = under.network
    return network.outputs(network.unit.step(state, under.drive + network.unit.weights.trigger))
