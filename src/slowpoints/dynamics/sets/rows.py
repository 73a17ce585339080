"""States as rows of a matrix, and back: the order is that of `jax.tree.leaves`, as everywhere in `dynamics`."""

import math
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jaxtyping import Float64

from slowpoints._types import State

Rows = Float64[np.ndarray, "point coordinate"]
"""Flat states, one a row."""


def as_rows(states: State) -> Rows:
    """States with a leading axis `point`, laid flat."""
    leaves = [np.asarray(leaf, np.float64) for leaf in jax.tree.leaves(states)]
    return np.concatenate([leaf.reshape(len(leaf), math.prod(leaf.shape[1:])) for leaf in leaves], axis=1)


def as_states(rows: Rows, like: State) -> State:
    """Flat states as a pytree of read-only arrays, formed as `like`, states with a leading axis of any length."""
    leaves, treedef = jax.tree.flatten(like)
    shapes = [np.shape(leaf)[1:] for leaf in leaves]
    ends = np.cumsum([math.prod(shape) for shape in shapes])[:-1]
    parts = [
        part.reshape(len(rows), *shape).copy() for part, shape in zip(np.split(rows, ends, axis=1), shapes, strict=True)
    ]
    for part in parts:
        part.setflags(write=False)
    return jax.tree.unflatten(treedef, parts)


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
