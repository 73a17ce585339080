"""Modules of other libraries: what they are, told without importing the library, and their step compared with ours."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from slowpoints._errors import InputError
from slowpoints._types import State
from slowpoints.dynamics._precision import as_double, double_precision
from slowpoints.interop._imported import Imported
from slowpoints.networks import AbstractUnit, LSTM

POINTS = 8
"""How many random states and inputs the steps are compared at."""

ROUNDING = 4
"""The difference allowed, in units of the bound on rounding. The most seen was 0.21, over all cells of 5 and 100 units
in
all four libraries."""


class Source(NamedTuple):
    """A module of another library: its layers as our units, and its own step.

    `advance` takes the layers' states and an input, NumPy arrays in float64 with a leading batch axis, and returns the
    next states as NumPy arrays. It computes in `precision`, the name of a floating-point type.
    """

    name: str
    layers: list[AbstractUnit]
    precision: str
    advance: Callable[[Sequence[State], np.ndarray], Sequence[State]]


def compared(sources: Sequence[Source]) -> Imported:
    """The stack of the sources' layers, after its step was compared with theirs at random states and inputs.

    States are drawn from the reachable box (c from N(0, 1)), inputs from N(0, 1), all of them float32 numbers. Every
    layer is fed with the new state that its source gives for the layer below. The steps may differ by rounding in the
    precision of the source, of a sum that grows with |W||x| + |U||h| + |b|. In half precision this test is weak.

    Raises:
        InputError: if they differ by more.
    """
    network = Imported.stacked([layer for source in sources for layer in source.layers])
    rng = np.random.default_rng(0)
    below = _as_float32(rng.normal(size=(POINTS, network.features)))
    for source in sources:
        states = [_some_state(layer, rng) for layer in source.layers]
        with double_precision(), jax.numpy_rank_promotion("allow"), jax.default_matmul_precision("highest"):
            moved = source.advance(states, below)
        for k, (layer, state, theirs) in enumerate(zip(source.layers, states, moved, strict=True)):
            _compare(source, k, state, below, theirs)
            below = np.asarray(layer.hidden(theirs), np.float64)
    return network


def _compare(source: Source, k: int, state: State, below: np.ndarray, theirs: State) -> None:
    layer = source.layers[k]
    with double_precision():
        ours = _step(as_double(layer), as_double(state), jnp.asarray(below))
    terms = np.abs(below) @ np.abs(layer.weights.input) + np.abs(layer.hidden(state)) @ np.abs(layer.weights.recurrent)
    largest = max(np.abs(leaf).max() for leaf in jax.tree.leaves(state))
    bias = max(np.abs(leaf).max() for leaf in jax.tree.leaves(layer) if leaf.ndim == 1)
    scale = (1 + terms.max() + bias) * (1 + largest)
    allowed = ROUNDING * float(jnp.finfo(source.precision).eps) * scale
    for mine, its in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        difference = np.abs(np.asarray(mine) - np.asarray(its, np.float64)).max()
        if not difference <= allowed:
            raise InputError(
                f"layer {k} of this {source.name} does not step as {type(layer).__name__} does (they differ by "
                f"{difference:.1e} where rounding explains {allowed:.1e}): it must compute its class' own equations."
            )


@eqx.filter_jit
def _step(layer: AbstractUnit, state: State, below: jax.Array) -> State:
    return layer.step(state, layer.drive(below))


def _some_state(layer: AbstractUnit, rng: np.random.Generator) -> State:
    h = _as_float32(rng.uniform(-1, 1, (POINTS, layer.units)))
    return (h, _as_float32(rng.normal(size=h.shape))) if isinstance(layer, LSTM) else h


def _as_float32(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float32).astype(np.float64)


def kind_of(module: Any, library: str) -> str:
    """The name of the first class that a module is or derives from and that the library itself defines; or ""."""
    for base in type(module).__mro__:
        if f"{base.__module__}.".startswith(f"{library}."):
            return base.__name__
    return ""


def as_sequence(modules: Any) -> list[Any]:
    """A module as a list of itself; a list or tuple of modules as a list.

    Raises:
        InputError: if it is empty.
    """
    found = list(modules) if isinstance(modules, list | tuple) else [modules]
    if not found:
        raise InputError("there must be at least one layer, but the list is empty.")
    return found


def unsupported(module: Any, function: str, kinds: Collection[str]) -> InputError:
    """The error for a module that is none of those kinds."""
    return InputError(
        f"{function} takes {', '.join(kinds)}, or a list of them from the input up, not {type(module).__name__}; of a "
        "larger model, give the recurrent layers in it."
    )


def check_activation(name: str, function: Callable, expected: str) -> None:
    """Checks the name of an activation.

    Raises:
        InputError: if it is not the expected one.
    """
    given = getattr(function, "__name__", type(function).__name__)
    if given != expected:
        raise InputError(f"{name} must be {expected}, not {given}: our units have no other.")
