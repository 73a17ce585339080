"""Flat states as the rows of a matrix."""

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
    """Rows as states again: read-only arrays in the structure of `like`, a batch of states of any length."""
    one = jax.tree.map(lambda leaf: np.empty(np.shape(leaf)[1:]), like)
    states = jax.tree.map(np.array, unflatten(rows, one))
    for leaf in jax.tree.leaves(states):
        leaf.setflags(write=False)
    return states


def in_order(rows: Rows, *first: np.ndarray) -> np.ndarray:
    """The indices that sort rows by the columns `first`, then by the states' values.

    The result does not depend on the order of the rows, except for rows that are equal in everything.
    """
    return np.lexsort((*rows.T[::-1], *first[::-1]))


def in_parts(function: Callable[..., Any], size: int, filler: tuple[np.ndarray, ...], *columns: np.ndarray) -> Any:
    """Applies a function to arrays of points in parts of `size` points, so that it compiles for one size only.

    The last part is padded with the row of `filler` for each array, a point from which the function ends soon. The
    results for the padding are dropped.
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
