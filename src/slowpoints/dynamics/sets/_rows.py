"""Flat states as rows of a matrix: sorted, dealt with in parts, and made states again."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jaxtyping import Float64

from slowpoints._types import State
from slowpoints.dynamics._states import unflatten

Rows = Float64[np.ndarray, "point coordinate"]
"""Flat states, one a row."""


def as_states(rows: Rows, like: State) -> State:
    """Flat states as a pytree of read-only arrays, formed as `like`, states with a leading axis of any length."""
    one = jax.tree.map(lambda leaf: np.empty(np.shape(leaf)[1:]), like)
    states = jax.tree.map(np.array, unflatten(rows, one))
    for leaf in jax.tree.leaves(states):
        leaf.setflags(write=False)
    return states


def in_order(rows: Rows, *first: np.ndarray) -> np.ndarray:
    """The indices that sort points by the given columns, the first one foremost, ties by the states' values.

    It does not depend on the order the points come in, but for points that agree in everything.
    """
    return np.lexsort((*rows.T[::-1], *first[::-1]))


def in_parts(function: Callable[..., Any], size: int, filler: tuple[np.ndarray, ...], *columns: np.ndarray) -> Any:
    """A function of one or more arrays of points, applied to parts of `size` of them: each size is compiled anew.

    The last part is filled up with `filler`, of each array one row, where the function ends soon.
    """
    count = len(columns[0])
    done = []
    for begin in range(0, count, size):
        part = [column[begin : begin + size] for column in columns]
        full = (
            np.concatenate([some, np.repeat(one[None], size - len(some), axis=0)])
            for some, one in zip(part, filler, strict=True)
        )
        done.append(function(*full))
    return jax.tree.map(lambda *leaves: np.concatenate(leaves)[:count], *done)
