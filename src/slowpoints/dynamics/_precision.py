"""Float64 for the analysis, enabled locally: no global setting is ever changed."""

import contextlib
from collections.abc import Iterator
from typing import TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp

Tree = TypeVar("Tree")


@contextlib.contextmanager
def double_precision() -> Iterator[None]:
    """Float64 arithmetic for as long as the ``with`` block lasts, in this thread only.

    JAX's standard promotion holds in the block whatever the caller's setting: a step that closes over float32
    weights then computes in float64 with those weights' exact values.
    """
    with jax.enable_x64(True), jax.numpy_dtype_promotion("standard"):
        yield


def as_double(tree: Tree) -> Tree:
    """The same pytree with floating-point leaves in float64 and complex ones in complex128; other leaves stay.

    Call it within `double_precision`.
    """

    def cast(leaf):
        if not eqx.is_inexact_array(leaf):
            return leaf
        is_complex = jnp.issubdtype(leaf.dtype, jnp.complexfloating)
        return jnp.asarray(leaf, jnp.complex128 if is_complex else jnp.float64)

    return jax.tree.map(cast, tree)
