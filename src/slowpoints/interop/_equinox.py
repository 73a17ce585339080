"""Equinox's recurrent cells."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from slowpoints._types import State
from slowpoints.dynamics._precision import as_double
from slowpoints.interop._gates import double, unit_of
from slowpoints.interop._imported import Imported
from slowpoints.interop._source import as_sequence, compared, kind_of, Source, unsupported
from slowpoints.networks import AbstractUnit, GRUResetAfter, LSTM

KINDS = ("GRUCell", "LSTMCell")


def from_equinox(cells: Any) -> Imported:
    """A network from Equinox: its weights in float64, its step compared with the cell's own in float64.

    Args:
        cells: an `equinox.nn.GRUCell` or `LSTMCell`, with or without biases, or a list of them, from the input up.

    Returns:
        `Imported`.

    Raises:
        InputError: for anything else, or for a cell whose step is not that of its class' equations.

    Source:
        `equinox/nn/_rnn.py`. Its GRU resets after the product, with one bias, `bias_n`, inside the product.

    Examples:
        >>> import equinox as eqx, jax, jax.numpy as jnp, numpy as np
        >>> from slowpoints.interop import from_equinox
        >>> cell = eqx.nn.GRUCell(2, 3, key=jax.random.key(0))
        >>> network = from_equinox(cell)
        >>> network.features, network.initial_state().shape
        (2, (3,))
        >>> ours = network.step(jnp.zeros(3), jnp.ones(2))
        >>> bool(np.allclose(ours, cell(jnp.ones(2), jnp.zeros(3)), atol=1e-6))
        True
    """
    return compared([_source(cell) for cell in as_sequence(cells)])


def _source(cell: Any) -> Source:
    kind = kind_of(cell, "equinox.nn")
    if kind not in KINDS:
        raise unsupported(cell, "from_equinox", [f"equinox.nn.{kind}" for kind in KINDS])

    def advance(states: Sequence[State], input: np.ndarray) -> Sequence[State]:
        (state,) = jax.tree.map(jnp.asarray, states)
        return [jax.tree.map(np.asarray, jax.jit(jax.vmap(as_double(cell)))(jnp.asarray(input), state))]

    return Source(f"equinox.nn.{kind}", [_unit(cell, kind)], "float64", advance)


def _unit(cell: Any, kind: str) -> AbstractUnit:
    input, recurrent = double(cell.weight_ih).T, double(cell.weight_hh).T
    bias = double(cell.bias) if cell.use_bias else None
    if kind == "LSTMCell":
        return unit_of(LSTM, "ifgo", input=input, recurrent=recurrent, bias=bias)
    inside = np.concatenate([np.zeros(2 * cell.hidden_size), double(cell.bias_n)]) if cell.use_bias else None
    return unit_of(GRUResetAfter, "rzn", input=input, recurrent=recurrent, bias=bias, recurrent_bias=inside)
