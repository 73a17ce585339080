"""Keras' recurrent layers and cells."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from slowpoints._errors import InputError
from slowpoints._types import State
from slowpoints.interop._gates import Array64, double, unit_of
from slowpoints.interop._imported import Imported
from slowpoints.interop._source import as_sequence, check_activation, compared, kind_of, Source, unsupported
from slowpoints.networks import AbstractUnit, GRU, GRUResetAfter, LSTM, Tanh

CELLS = ("SimpleRNNCell", "GRUCell", "LSTMCell")

KINDS = ("SimpleRNN", "GRU", "LSTM", "RNN", *CELLS, "Sequential")

PASSED_OVER = ("Dropout", "SpatialDropout1D", "GaussianNoise", "GaussianDropout")
"""Layers of a `Sequential` that do nothing in evaluation."""


def from_keras(source: Any) -> Imported:
    """A network from Keras 3: its weights in float64, its step compared with the cell's own in the cell's precision.

    Dropout is as in evaluation, none, and `initial_state` is zero. `go_backwards` of a single layer does not change a
    step and is ignored.

    Args:
        source: a `keras.layers.SimpleRNN`, `GRU` (with either `reset_after`), `LSTM`, one of their cells or an `RNN`
            around them, with or without biases; a list of these, from the input up; or a `keras.Sequential`, whose
            recurrent layers are taken; what comes after them is left out.

    Returns:
        `Imported`. Nothing in the layers is changed, nor in any random state.

    Raises:
        InputError: naming the option, for what our units do not have: an `activation` other than tanh, a
            `recurrent_activation` other than sigmoid; for `go_backwards` in a stack, whose layers would not share a
            step; for layers that are not built, other layers before or between the recurrent ones, and cells whose step
            is not that of their class' equations.

    Source:
        `keras/src/layers/rnn` (3.15).

    Examples:
        >>> import keras
        >>> from slowpoints.interop import from_keras
        >>> layer = keras.layers.GRU(3)
        >>> layer.build((None, None, 2))
        >>> network = from_keras(layer)
        >>> network.features, network.initial_state().shape
        (2, (3,))
    """
    layers = [layer for given in as_sequence(source) for layer in _layers(given)]
    if len(layers) > 1 and any(getattr(layer, "go_backwards", False) for layer in layers):
        raise InputError("go_backwards must be False in a stack: its layers would not share a step.")
    cells = [cell for layer in layers for cell in _cells(layer)]
    return compared([_source(cell) for cell in cells])


def _layers(source: Any) -> list[Any]:
    """The layers of a `Sequential` up to its last recurrent one; anything else as it is."""
    if kind_of(source, "keras") != "Sequential":
        return [source]
    layers = [layer for layer in _flat(source) if kind_of(layer, "keras") not in PASSED_OVER]
    recurrent = [k for k, layer in enumerate(layers) if _is_recurrent(layer)]
    if not recurrent:
        raise InputError("this Sequential has no recurrent layer.")
    for k, layer in enumerate(layers[: recurrent[-1]]):
        if k not in recurrent:
            raise InputError(
                f"the layer {layer.name} ({type(layer).__name__}) comes before a recurrent one and changes what that "
                "sees; give the recurrent layers alone, as a list."
            )
    return layers[: recurrent[-1] + 1]


def _flat(source: Any) -> list[Any]:
    if kind_of(source, "keras") != "Sequential":
        return [source]
    return [part for layer in source.layers for part in _flat(layer)]


def _is_recurrent(layer: Any) -> bool:
    """Whether a layer has a state, also of kinds that we do not read."""
    return any(base.__name__ in ("RNN", "Bidirectional") for base in type(layer).__mro__)


def _cells(layer: Any) -> list[Any]:
    kind = kind_of(layer, "keras")
    if kind == "StackedRNNCells":
        return [cell for part in layer.cells for cell in _cells(part)]
    if kind in CELLS:
        return [layer]
    if kind not in KINDS:
        raise unsupported(layer, "from_keras", KINDS)
    return _cells(layer.cell)


def _source(cell: Any) -> Source:
    kind = kind_of(cell, "keras")
    if not cell.built:
        raise InputError(f"the layer {cell.name} has no weights yet; call it, or build it, first.")
    check_activation("activation", cell.activation, "tanh")
    if kind != "SimpleRNNCell":
        check_activation("recurrent_activation", cell.recurrent_activation, "sigmoid")

    def advance(states: Sequence[State], input: np.ndarray) -> Sequence[State]:
        (state,) = states
        moved = _step(cell, state if isinstance(state, tuple) else (state,), input)
        return [tuple(moved) if isinstance(state, tuple) else moved[0]]

    return Source(f"keras.layers.{kind}", [_unit(cell, kind)], _precision(cell), advance)


def _unit(cell: Any, kind: str) -> AbstractUnit:
    bias = _double(cell.bias) if cell.use_bias else None
    input, recurrent = _double(cell.kernel), _double(cell.recurrent_kernel)
    if kind == "SimpleRNNCell":
        return unit_of(Tanh, "n", input=input, recurrent=recurrent, bias=bias)
    if kind == "LSTMCell":
        return unit_of(LSTM, "ifgo", input=input, recurrent=recurrent, bias=bias)
    if not cell.reset_after:
        return unit_of(GRU, "zrn", input=input, recurrent=recurrent, bias=bias)
    biases = (None, None) if bias is None else bias
    return unit_of(GRUResetAfter, "zrn", input=input, recurrent=recurrent, bias=biases[0], recurrent_bias=biases[1])


def _precision(cell: Any) -> str:
    """The precision of a cell's step: on JAX, Keras takes the tanh of float64 in float32."""
    return max("float32", cell.variable_dtype, key=lambda name: jnp.finfo(name).eps)


def _step(cell: Any, state: tuple[np.ndarray, ...], input: np.ndarray) -> list[np.ndarray]:
    """The cell's own step. What it writes (with dropout it draws a mask, even in evaluation) is taken back."""
    import keras  # pyright: ignore[reportMissingImports]

    def tensor(array):
        return keras.ops.convert_to_tensor(array, dtype=cell.variable_dtype)

    masks = {name: getattr(cell, name, None) for name in ("_dropout_mask", "_recurrent_dropout_mask")}
    try:
        with keras.StatelessScope():
            _, moved = cell.call(tensor(input), list(map(tensor, state)), training=False)
    finally:
        for name, mask in masks.items():
            if getattr(cell, name, None) is not mask:
                setattr(cell, name, mask)
    return [np.asarray(keras.ops.convert_to_numpy(part)) for part in moved]


def _double(variable: Any) -> Array64:
    import keras  # pyright: ignore[reportMissingImports]

    return double(keras.ops.convert_to_numpy(variable.value))
