"""A recurrent network from elsewhere, as our own units, one on top of another."""

from collections.abc import Sequence
from typing import Any, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from slowpoints._errors import InputError
from slowpoints._types import AnyArray, State
from slowpoints.dynamics._precision import as_double, double_precision
from slowpoints.networks import AbstractUnit


class Imported(eqx.Module):
    """A recurrent network: at every step each layer is fed with the new hidden state of the layer below.

    The state of one layer is that of its unit: h, or the pair (h, c) for an LSTM. The state of a stack is the tuple of
    its layers' states, from the input up. Any leading axes are allowed, in states and inputs alike. Dropout is not part
    of the
    network: it is as in evaluation.

    It has all that the search needs: ``find_slow_points(network.at(input), starts, domain=network.domain())``. The
    published scripts' `coordinates` are there to compare with. For an LSTM their speed has no minimum (see
    `LSTM.coordinates`).

    Examples:
        A unit h ↦ tanh(2h + w·x): without input, h stands still where tanh 2h = h.

        >>> import numpy as np
        >>> from slowpoints.dynamics import find_slow_points
        >>> from slowpoints.interop import from_torch
        >>> weights = {"weight_ih_l0": np.ones((1, 2)), "weight_hh_l0": np.full((1, 1), 2.0)}
        >>> network = from_torch(weights, unit="tanh")
        >>> find_slow_points(network.at(0.0), np.array([[0.5]]), domain=network.domain()).state.round(6)
        array([[0.957504]])
    """

    layers: tuple[AbstractUnit, ...]
    """From the input up. The arrays are NumPy's, float64 and read-only: exact for weights of any precision up to
    that, and JAX computes with them in whatever precision is enabled where they are used."""

    @classmethod
    def stacked(cls, layers: Sequence[AbstractUnit]) -> Self:
        """The network of these layers, from the input up.

        Raises:
            InputError: if a layer does not take what the one below gives.
        """
        for k in range(1, len(layers)):
            takes, gives = layers[k].weights.input.shape[0], layers[k - 1].units
            if takes != gives:
                raise InputError(f"layer {k} takes {takes} inputs, but layer {k - 1} below it has {gives} units.")
        return cls(tuple(layers))

    @property
    def features(self) -> int:
        """The number of inputs."""
        return self.layers[0].weights.input.shape[-2]

    def step(self, state: State, input: Float[Array | np.ndarray, "*batch feature"]) -> State:
        """One step of the dynamics: a state and an input in, the next state out."""
        return self._advance(state, _enabled(self.layers[0]).drive(jnp.asarray(input, float)))

    def at(self, input: Any) -> jax.tree_util.Partial:
        """The autonomous map F under a constant input, for `find_slow_points` and all else in `dynamics`.

        The network's arrays are its leaves, so that networks of one shape compile once.

        Args:
            input: a vector (feature,), or one number for all features.

        Raises:
            InputError: if it is neither, or not finite.
        """
        expected = f"input must be a vector of {self.features} numbers or one number"
        try:
            vector = np.asarray(input, np.float64)
        except (TypeError, ValueError) as error:
            raise InputError(f"{expected} ({error}).") from error
        if vector.shape not in {(), (self.features,)}:
            raise InputError(f"{expected}, not of shape {vector.shape}.")
        if not np.isfinite(vector).all():
            raise InputError("input must be finite, but it holds NaN or infinity.")
        with double_precision():
            drive = as_double(self.layers[0]).drive(jnp.asarray(np.broadcast_to(vector, (self.features,))))
        return jax.tree_util.Partial(_autonomous_step, self, np.asarray(drive))

    def initial_state(self, *batch: int) -> State:
        """The zero state, with leading axes `batch`."""
        with double_precision():
            zeros = [jax.tree.map(np.asarray, layer.initial_state(*batch)) for layer in self.layers]
        return self._joined(zeros)

    def hidden(self, state: State) -> Float[AnyArray, "*batch unit"]:
        """h of the last layer, what a readout sees."""
        return self.layers[-1].hidden(self._split(state)[-1])

    def coordinates(self, state: State) -> Float[Array, "*batch coordinate"]:
        """The vector ξ whose motion is the speed: every layer's, h or (h, tanh c), from the input up."""
        parts = zip(self.layers, self._split(state), strict=True)
        return jnp.concatenate([layer.coordinates(part) for layer, part in parts], axis=-1)

    def domain(self) -> tuple[State, State]:
        """The box no state can leave, as (lower, upper), each one number a leaf of the state."""
        lower, upper = zip(*(layer.domain() for layer in self.layers), strict=True)
        return self._joined(lower), self._joined(upper)

    def _advance(self, state: State, drive: Float[AnyArray, "*batch gate_unit"]) -> State:
        moved = []
        for layer, part in zip(_enabled(self.layers), self._split(_enabled(state)), strict=True):
            if moved:
                drive = layer.drive(self.layers[len(moved) - 1].hidden(moved[-1]))
            moved.append(layer.step(part, drive))
        return self._joined(moved)

    def _split(self, state: State) -> Sequence[State]:
        return state if len(self.layers) > 1 else (state,)

    def _joined(self, parts: Sequence[State]) -> State:
        return tuple(parts) if len(self.layers) > 1 else parts[0]


def _autonomous_step(network: Imported, drive: Float[AnyArray, " gate_unit"], state: State) -> State:
    return network._advance(state, _enabled(drive))


def _enabled(tree: Any) -> Any:
    """Numbers as JAX arrays of the precision that is enabled.

    NumPy's arrays are never given to JAX as they are: it mistakes the float32 buffer of one that it met as a constant
    for the array itself when it meets it again in float64 (jax 0.10).
    """
    return jax.tree.map(lambda leaf: jnp.asarray(leaf, float), tree)
