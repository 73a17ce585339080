"""Batches of states: checked once, in the same way everywhere, and as flat vectors."""

import dataclasses
import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Float64

from slowpoints._errors import InputError
from slowpoints._types import State

Rows = Float64[np.ndarray, "point coordinate"]
"""Flat states, one a row."""


def check_states(states: State, name: str, axes: tuple[str, ...] = ("point",)) -> State:
    """The states as float64 NumPy arrays, or an `InputError` that calls them `name`.

    Each leaf must have the leading axes `axes`, of the same lengths in all leaves and none empty.
    """
    leaves = jax.tree.leaves_with_path(states)
    if not leaves:
        raise InputError(f"{name} must hold at least one array.")
    if any(isinstance(leaf, Tracer) for _, leaf in leaves):
        raise InputError(f"{name} must be numbers, but they are traced: call this outside jit, vmap and grad.")
    expected = f"{'a leading axis' if len(axes) == 1 else 'leading axes'} {' and '.join(axes)}"
    for path, leaf in leaves:
        where = f"{name}{jax.tree_util.keystr(path)}"
        if dataclasses.is_dataclass(leaf):
            raise InputError(
                f"{where} is a {type(leaf).__name__}, which JAX does not know as a state; register the class with "
                f"jax.tree_util.register_dataclass."
            )
        if not (eqx.is_array(leaf) and jnp.issubdtype(leaf.dtype, jnp.floating)):
            found = leaf.dtype if eqx.is_array(leaf) else f"a {type(leaf).__name__}"
            raise InputError(f"{where} must be a floating-point NumPy or JAX array, not {found}.")
        if leaf.ndim < len(axes):
            raise InputError(f"{where} must have {expected}, but it has shape {leaf.shape}.")
    lengths = Counter(leaf.shape[: len(axes)] for _, leaf in leaves)
    if len(lengths) > 1:
        raise InputError(f"{name} must share {expected}, but its leaves have {sorted(lengths)}.")
    if any(0 in shape for shape in lengths):
        raise InputError(f"{name} must hold at least one state.")
    if not any(leaf.size for _, leaf in leaves):
        raise InputError(f"{name} must hold at least one number a state.")
    doubles = jax.tree.map(lambda leaf: np.asarray(leaf).astype(np.float64), states)
    for path, leaf in jax.tree.leaves_with_path(doubles):
        if not np.isfinite(leaf).all():
            raise InputError(f"{name}{jax.tree_util.keystr(path)} must be finite, but it holds NaN or infinity.")
    return doubles


def check_state(state: State, name: str) -> State:
    """One state as float64 NumPy arrays, or an `InputError` that calls it `name`."""
    return check_states(state, name, ())


def count(states: State) -> int:
    """How many states a batch holds."""
    return len(jax.tree.leaves(states)[0])


def one_of(states: State, i: int) -> State:
    """The i-th state of a batch."""
    return jax.tree.map(lambda leaf: leaf[i], states)


def flatten(states: State) -> np.ndarray:
    """A batch with each state laid flat, leaves in `jax.tree.leaves` order: one state a row."""
    leaves = jax.tree.leaves(states)
    return np.concatenate([np.reshape(leaf, (len(leaf), math.prod(leaf.shape[1:]))) for leaf in leaves], axis=1)


def flatten_one(state: State) -> np.ndarray:
    """One state laid flat."""
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(state)])


def unflatten(vectors: np.ndarray, like: State) -> State:
    """Flat states along the last axis as states like `like`; the axes before it are kept."""
    leaves, form = jax.tree.flatten(like)
    parts = np.split(vectors, np.cumsum([leaf.size for leaf in leaves])[:-1], axis=-1)
    shaped = [part.reshape(*part.shape[:-1], *leaf.shape) for part, leaf in zip(parts, leaves, strict=True)]
    return jax.tree.unflatten(form, shaped)


def as_states(rows: Rows, like: State) -> State:
    """Rows as states again: read-only arrays in the structure of `like`, a batch of states of any length."""
    one = jax.tree.map(lambda leaf: np.empty(np.shape(leaf)[1:]), like)
    states = jax.tree.map(np.array, unflatten(rows, one))
    for leaf in jax.tree.leaves(states):
        leaf.setflags(write=False)
    return states


def in_parts(function: Callable[..., Any], size: int, filler: tuple[np.ndarray, ...], *columns: np.ndarray) -> Any:
    """Applies a function to arrays of points in parts of `size` points, so that it compiles for one size only.

    The last part is padded with `filler`, one row for each array: a point from which the function ends soon. The
    results for the padding are dropped.
    """
    count = len(columns[0])
    done = []
    for begin in range(0, count, size):
        part = [column[begin : begin + size] for column in columns]
        full = (
            np.concatenate([some, np.repeat(one, size - len(some), axis=0)])
            for some, one in zip(part, filler, strict=True)
        )
        done.append(function(*full))
    return jax.tree.map(lambda *leaves: np.concatenate(leaves)[:count], *done)
