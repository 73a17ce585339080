"""Array types used everywhere, by axis name. Nothing local is imported here."""

from collections.abc import Callable
from typing import Any, TypeAlias

from jaxtyping import Array, Float, Key

PRNGKey: TypeAlias = Key[Array, ""]
"""One random key (``jax.random.key``)."""

State: TypeAlias = Any
"""A recurrent unit's state: any pytree of arrays whose last axis is the unit axis."""

Step: TypeAlias = Callable[[State], State]
"""One step of an autonomous map F: a state in, the next state out, shapes and dtypes unchanged."""

Vector: TypeAlias = Float[Array, " coordinate"]
"""One state as a flat vector."""
