"""The last steps to a root of F(x) − x whose directions are too flat for the speed to show them.

The Hessian of ½S at a root is (J − I)ᵀ(J − I): it squares singular values. A direction along which J − I is 1e-9 has a
curvature of 1e-18, which is lost beside one of 1, but J − I itself resolves it.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from slowpoints._types import Vector
from slowpoints.dynamics._certificate import is_fixed
from slowpoints.dynamics._domain import Box
from slowpoints.dynamics._landscape import Landscape

NEAR = 1e-5
"""A state is near a root if it moves by at most this, times 1 + its norm. A direction along which the Hessian shows
nothing (`FLAT`) has |J − I| ≤ 1e-6 and so moves a state a unit from the root by 1e-6."""

STEPS = 100
"""Newton's steps at most, those that are not accepted included. On a line that drifts by 1e-9 to 1e-11, 5 to 25 do."""

SHORTEST = 1e-6
"""The smallest part of Newton's step that is tried."""


def root_near(landscape: Landscape, box: Box, vector: Vector, longest_step: float) -> Vector:
    """The fixed point that Newton's method on F(x) − x reaches in the box from a state near one (`NEAR`).

    The state given, if it is not near one or reaches none.

    Each step is solved for by the singular values of J − I, without those that are rounding (Ben-Israel 1966), is at
    most `longest_step` long on every coordinate, in units of 1 or of its size, and must shorten F(x) − x, or a quarter
    of it is tried.
    """
    identity = jnp.eye(vector.size, dtype=vector.dtype)
    eps = jnp.finfo(vector.dtype).eps

    def motion_at(x: Vector) -> Vector:
        return landscape.advance(x) - x

    def improve(carry: tuple[Vector, Vector, Float[Array, ""], Array]) -> tuple[Vector, Vector, Array, Array]:
        x, motion, part, taken = carry
        left, stretches, right = jnp.linalg.svd(landscape.jacobian(x) - identity)
        kept = stretches > 4 * eps * x.size * jnp.maximum(1.0, stretches[0])
        move = -right.T @ jnp.where(kept, (left.T @ motion) / jnp.where(kept, stretches, 1.0), 0.0)
        size = longest_step * jnp.maximum(1.0, jnp.abs(x))
        move = part * move / jnp.maximum(1.0, jnp.max(jnp.abs(move) / size))
        tried = box.clip(x + move)
        there = motion_at(tried)
        good = jnp.linalg.norm(there) < jnp.linalg.norm(motion)
        part = jnp.where(good, jnp.minimum(1.0, 4 * part), part / 4)
        return jnp.where(good, tried, x), jnp.where(good, there, motion), part, taken + 1

    def goes_on(carry: tuple[Vector, Vector, Float[Array, ""], Array]) -> Bool[Array, ""]:
        _, motion, part, taken = carry
        return (part >= SHORTEST) & (taken < STEPS) & jnp.any(motion != 0)

    moved = motion_at(vector)
    near = jnp.linalg.norm(moved) <= NEAR * (1 + jnp.linalg.norm(vector))
    start = (vector, moved, jnp.where(near, 1.0, 0.0).astype(vector.dtype), jnp.zeros((), jnp.int32))
    ended, *_ = jax.lax.while_loop(goes_on, improve, start)
    return jnp.where(is_fixed(landscape, ended), ended, vector)
