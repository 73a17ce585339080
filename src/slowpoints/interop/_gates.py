"""From the gates of other libraries to those of our units."""

from typing import Any

import numpy as np
from jaxtyping import Float64

from slowpoints._errors import InputError
from slowpoints.networks import AbstractUnit, GRU, GRUResetAfter, LSTM, Tanh
from slowpoints.networks._unit import Weights

Array64 = Float64[np.ndarray, "..."]

ORDER: dict[type[AbstractUnit], str] = {GRU: "zrn", GRUResetAfter: "zrn", LSTM: "fiog", Tanh: "n"}
"""The order of the gates in our units: n and g are the candidates, everything else as in their equations."""


def unit_of(
    kind: type[AbstractUnit],
    order: str,
    *,
    input: Array64,
    recurrent: Array64,
    bias: Array64 | None,
    recurrent_bias: Array64 | None = None,
) -> AbstractUnit:
    """Our unit from another library's arrays.

    If a bias on the input side and one on the recurrent side always act together, they become one: in all gates except
    the candidate of a GRU that resets after the product.

    Args:
        kind: our unit.
        order: the library's gates, one letter each, in their order along the last axis: "rzn" or "ifgo", for example.
            All libraries that we read write z∘h + (1−z)∘h̃ where our units write (1−z)∘h + z∘h̃, so z changes its sign.
        input: the weights that act on the input; array (feature, gate_unit).
        recurrent: the weights that act on the hidden state; array (unit, gate_unit).
        bias: the bias on the input side; array (gate_unit,), None for zeros.
        recurrent_bias: the bias on the recurrent side; array (gate_unit,), None for zeros.

    Raises:
        InputError: if a weight is not finite or the arrays do not have these shapes.
    """
    size = recurrent.shape[-1]
    bias = np.zeros(size) if bias is None else bias
    recurrent_bias = np.zeros(size) if recurrent_bias is None else recurrent_bias
    shapes = [array.shape for array in (input, recurrent, bias, recurrent_bias)]
    if size % len(order) or any(shape[-1:] != (size,) for shape in shapes):
        raise InputError(f"{len(order)} gates cannot have weights of shapes {', '.join(map(str, shapes))}.")

    def ours(array: Array64) -> Array64:
        blocks = dict(zip(order, np.split(array, len(order), axis=-1), strict=True))
        return np.concatenate([-blocks[gate] if gate == "z" else blocks[gate] for gate in ORDER[kind]], axis=-1)

    input, recurrent, bias, recurrent_bias = map(ours, (input, recurrent, bias, recurrent_bias))
    if kind is not GRUResetAfter:
        return our_unit(kind, input, recurrent, bias + recurrent_bias)
    gates, candidate = np.split(recurrent_bias, [2 * (size // 3)])
    return our_unit(kind, input, recurrent, bias + np.concatenate([gates, np.zeros_like(candidate)]), candidate)


def our_unit(
    kind: type[AbstractUnit], input: Array64, recurrent: Array64, bias: Array64, *own: Array64
) -> AbstractUnit:
    """One of our units from arrays in its own order, with a trigger that does nothing.

    `own` are those that it has besides its weights: a number each, or one number a unit.

    Raises:
        InputError: if a weight is not finite or the arrays do not fit together.
    """
    units, size = bias.size // kind.gates, bias.size
    shapes = [array.shape for array in (input, recurrent, bias, *own)]
    of_own = [(units,) if array.ndim else () for array in own]
    if shapes != [(len(input), kind.gates * units), (units, size), (size,), *of_own]:
        raise InputError(f"a unit of {kind.gates} gates cannot have weights of shapes {', '.join(map(str, shapes))}.")
    if not all(np.isfinite(array).all() for array in (input, recurrent, bias, *own)):
        raise InputError("weights must be finite, but they hold NaN or infinity.")
    weights = Weights(_held(input), _held(np.zeros(size)), _held(recurrent), _held(bias))
    return kind(weights, *map(_held, own))


def double(array: Any) -> Array64:
    """A copy of an array of real numbers, in float64. Raises `InputError` for complex ones."""
    if np.iscomplexobj(array):
        raise InputError("weights must be real numbers, but they are complex: our units have no others.")
    return np.array(array, np.float64)


def _held(array: Array64) -> Any:
    # Typed loosely: units are annotated with JAX' arrays, which these become where they are used.
    array = np.array(array, order="C")
    array.setflags(write=False)
    return array
