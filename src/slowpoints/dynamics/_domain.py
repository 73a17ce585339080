"""The box that a state cannot leave, and where a gradient pushes a state against it."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Bool

from slowpoints._errors import InputError
from slowpoints._types import State, Vector

Domain = tuple[Any, Any]
"""Lower and upper bounds: each a pytree prefix of a state, its leaves broadcast against the state's."""


class Box(eqx.Module):
    """Bounds on a flat state; ±inf where there is none."""

    lower: Vector
    upper: Vector

    @classmethod
    def around(cls, lower: State, upper: State) -> "Box":
        """The box of two states that hold the bounds."""
        return cls(ravel_pytree(lower)[0], ravel_pytree(upper)[0])

    def clip(self, vector: Vector) -> Vector:
        """The nearest state in the box."""
        return jnp.clip(vector, self.lower, self.upper)

    def encloses(self, vector: Vector) -> Bool[Array, ""]:
        """Whether a state lies inside, and on no bound."""
        return jnp.all((vector > self.lower) & (vector < self.upper))

    def holds(self, vector: Vector) -> Bool[Array, ""]:
        """Whether a state lies inside, or on a bound."""
        return jnp.all((vector >= self.lower) & (vector <= self.upper))

    def active(self, vector: Vector, gradient: Vector) -> Bool[Array, " coordinate"]:
        """Coordinates that lie on a bound where the function would fall only beyond it (a positive multiplier)."""
        held_below = (vector <= self.lower) & (gradient > 0)
        held_above = (vector >= self.upper) & (gradient < 0)
        return held_below | held_above


def bounds(domain: Domain | None, state: State) -> tuple[State, State]:
    """The bounds of a domain as two states of NumPy arrays, in the shapes of `state`.

    Raises:
        InputError: if the domain is not a pair of prefixes of the state, or a lower bound is not below its upper one.
    """
    if domain is None:
        domain = (-np.inf, np.inf)
    if not (isinstance(domain, tuple | list) and len(domain) == 2):
        raise InputError(f"domain must be a pair (lower, upper) or None, not {domain!r}.")
    lower, upper = (_broadcast(side, state, name) for side, name in zip(domain, ("lower", "upper"), strict=True))
    for (path, low), high in zip(jax.tree.leaves_with_path(lower), jax.tree.leaves(upper), strict=True):
        if not np.all(low < high):
            where = jax.tree_util.keystr(path)
            raise InputError(f"domain's lower bound must be below its upper bound everywhere in state{where}.")
    return lower, upper


def _broadcast(side: Any, state: State, name: str) -> State:
    try:
        full = jax.tree_util.tree_broadcast(side, state)
        return jax.tree.map(
            lambda bound, leaf: np.broadcast_to(np.asarray(bound, np.float64), np.shape(leaf)), full, state
        )
    except (TypeError, ValueError) as error:
        raise InputError(
            f"domain's {name} bound must be a number, or a prefix of the state ({_structure(state)}) with numbers "
            f"or arrays that broadcast to its leaves, not {side!r}."
        ) from error


def _structure(state: State) -> str:
    structure = jax.tree.structure(state)
    return "one array" if jax.tree_util.treedef_is_leaf(structure) else str(structure)
