"""Array types used everywhere, by axis name. Nothing local is imported here."""

from collections.abc import Callable
from typing import Any, TYPE_CHECKING, TypeAlias

from jaxtyping import Array, Float, Key
from numpy import ndarray

if TYPE_CHECKING:
    AnyArray: TypeAlias = Array
else:
    AnyArray = Array | ndarray
"""An array of JAX's, or of NumPy's where float64 is kept while JAX is set to float32: imported weights, states, drives.

What is computed from either is written alike. A type checker that reads the source takes it for JAX's: it knows of no
result whose kind follows that of the operands.
"""

PRNGKey: TypeAlias = Key[Array, ""]
"""One random key (``jax.random.key``)."""

State: TypeAlias = Any
"""A recurrent unit's state: any pytree of arrays whose last axis is the unit axis."""

Step: TypeAlias = Callable[[State], State]
"""One step of an autonomous map F: a state in, the next state out, shapes and dtypes unchanged."""

Vector: TypeAlias = Float[Array, " coordinate"]
"""One state as a flat vector."""
