"""Flax' recurrent cells, of both its interfaces."""

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from slowpoints._errors import InputError
from slowpoints._types import State
from slowpoints.dynamics._precision import as_double
from slowpoints.interop._gates import Array64, double, unit_of
from slowpoints.interop._imported import Imported
from slowpoints.interop._source import as_sequence, check_activation, compared, kind_of, Source, unsupported
from slowpoints.networks import AbstractUnit, GRUResetAfter, LSTM, Tanh

UNITS: dict[str, tuple[type[AbstractUnit], str]] = {
    "SimpleCell": (Tanh, "n"),
    "GRUCell": (GRUResetAfter, "rzn"),
    "LSTMCell": (LSTM, "ifgo"),
    "OptimizedLSTMCell": (LSTM, "ifgo"),
}
"""By the cell's class: our unit, and the order of its gates (in `nnx`, as it stacks them)."""


def from_flax(cells: Any, variables: Any = None) -> Imported:
    """A network from Flax: its weights in float64, its step compared with the cell's own.

    `initial_state` is zero, whatever `carry_init` says. `reverse` does not change a step and is ignored.

    Args:
        cells: a `SimpleCell`, `GRUCell`, `LSTMCell` or `OptimizedLSTMCell` of `flax.nnx` or `flax.linen`, an `RNN`
            around one of them, or a list of these, from the input up.
        variables: what ``cell.init`` of a `flax.linen` cell returned, or its "params" alone; a list of these for a list
            of cells. An `nnx` cell holds its own.

    Returns:
        `Imported`.

    Raises:
        InputError: naming the option, for what our units do not have: `residual`, a `gate_fn` other than sigmoid, an
            `activation_fn` other than tanh; for other cells; if variables are missing or of another cell; or if a
            cell's step is not that of its class' equations.

    Source:
        `flax/linen/recurrent.py` and `flax/nnx/nn/recurrent.py` (0.12). Their GRUs reset after the product, that of
        `linen` with a bias inside it and that of `nnx` without.

    Examples:
        >>> from flax import nnx
        >>> from slowpoints.interop import from_flax
        >>> network = from_flax(nnx.GRUCell(2, 3, rngs=nnx.Rngs(0)))
        >>> network.features, network.initial_state().shape
        (2, (3,))
    """
    found = as_sequence(cells)
    given = [None] * len(found) if variables is None else as_sequence(variables)
    if len(given) != len(found):
        raise InputError(f"variables must be a list of {len(found)}, one for each cell, not of {len(given)}.")
    return compared([_source(cell, own) for cell, own in zip(found, given, strict=True)])


def _source(cell: Any, variables: Any) -> Source:
    interface = "linen" if kind_of(cell, "flax.linen") else "nnx"
    kind = kind_of(cell, f"flax.{interface}")
    if kind == "RNN":
        if isinstance(variables, Mapping):
            variables = variables.get("params", variables).get("cell", {})
        return _source(cell.cell, variables)
    if kind not in UNITS:
        raise unsupported(cell, "from_flax", UNITS)
    if kind == "SimpleCell":
        if cell.residual:
            raise InputError("residual must be False: our units have no residual connections.")
    else:
        check_activation("gate_fn", cell.gate_fn, "sigmoid")
    check_activation("activation_fn", cell.activation_fn, "tanh")
    precision = "float64" if cell.dtype is None else jnp.dtype(cell.dtype).name
    from_linen = _from_linen if interface == "linen" else _from_nnx
    layer, call = from_linen(cell, kind, variables)

    def advance(states: Sequence[State], input: np.ndarray) -> Sequence[State]:
        (state,) = jax.tree.map(jnp.asarray, states)
        carry, _ = jax.jit(call)(state[::-1] if isinstance(state, tuple) else state, jnp.asarray(input))  # Flax: (c, h)
        carry = jax.tree.map(np.asarray, carry)
        return [carry[::-1] if isinstance(carry, tuple) else carry]

    return Source(f"flax.{interface}.{kind}", [layer], precision, advance)


def _from_linen(cell: Any, kind: str, variables: Any) -> tuple[AbstractUnit, Any]:
    if not isinstance(variables, Mapping):
        raise InputError("a flax.linen cell holds no weights: give what its init returned as variables.")
    params = variables.get("params", variables)
    unit, order = UNITS[kind]
    # The dense layers are called i, h or, with the gate's letter, ir, hr and so on.
    gates = [""] if kind == "SimpleCell" else list(order)
    try:
        layer = unit_of(
            unit,
            order,
            input=_beside([params[f"i{gate}"]["kernel"] for gate in gates]),
            recurrent=_beside([params[f"h{gate}"]["kernel"] for gate in gates]),
            bias=_biases([params[f"i{gate}"] for gate in gates]),
            recurrent_bias=_biases([params[f"h{gate}"] for gate in gates]),
        )
    except KeyError as error:
        raise InputError(f"variables must be those of this {kind}, but they lack {error}.") from error
    return layer, lambda carry, input: cell.apply({"params": as_double(params)}, carry, input)


def _from_nnx(cell: Any, kind: str, variables: Any) -> tuple[AbstractUnit, Any]:
    from flax import nnx  # pyright: ignore[reportMissingImports]

    if variables is not None:
        raise InputError("a flax.nnx cell holds its own weights: leave variables out.")
    graph, state = nnx.split(cell)
    params = nnx.to_pure_dict(nnx.state(cell, nnx.Param))
    unit, order = UNITS[kind]
    if kind == "LSTMCell":
        inputs = [params["if_" if gate == "f" else f"i{gate}"] for gate in order]
        recurrents = [params[f"h{gate}"] for gate in order]
    else:
        inputs, recurrents = [params["dense_i"]], [params["dense_h"]]
    layer = unit_of(
        unit,
        order,
        input=_beside([dense["kernel"] for dense in inputs]),
        recurrent=_beside([dense["kernel"] for dense in recurrents]),
        bias=_biases(inputs),
        recurrent_bias=_biases(recurrents),
    )
    return layer, lambda carry, input: nnx.merge(graph, as_double(state))(carry, input)


def _beside(arrays: Sequence[Any]) -> Array64:
    return np.concatenate([double(array) for array in arrays], axis=-1)


def _biases(layers: Sequence[Mapping[str, Any]]) -> Array64:
    """The biases of dense layers side by side, zero where a layer has none."""
    return np.concatenate(
        [double(layer["bias"]) if "bias" in layer else np.zeros(layer["kernel"].shape[-1]) for layer in layers]
    )
