"""What solvers that descend step by step share: when a step counts, and when to stop."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from slowpoints._types import Vector
from slowpoints.dynamics.certificate import certify, DECREASE, FIXED, STEP
from slowpoints.dynamics.domain import Box
from slowpoints.dynamics.landscape import Landscape
from slowpoints.dynamics.outcome import Outcome


def descends(
    landscape: Landscape,
    box: Box,
    before: tuple[Vector, Float[Array, ""], Vector],
    after: tuple[Vector, Float[Array, ""], Vector],
    predicted: Float[Array, ""],
) -> Bool[Array, ""]:
    """Whether a step counts: ½S falls by a part of what was predicted, and stays finite.

    Near the end S changes by less than its own rounding, eps·‖ξ‖·√S; there the gradient judges. `before` and
    `after` are states with ½S and its gradient.
    """
    (x, q, gradient), (trial, new_q, new_gradient) = before, after
    falls = new_q < q - 1e-4 * predicted
    rounding = 10 * jnp.finfo(x.dtype).eps * _extent(landscape, x) * jnp.sqrt(2 * q)
    flattens = _slope(box, trial, new_gradient) < _slope(box, x, gradient)
    levels = (predicted <= rounding) & (new_q <= q + rounding) & flattens
    return (predicted > 0) & (falls | levels) & jnp.all(jnp.isfinite(new_gradient))


def may_be_minimum(
    vector: Vector, half_speed: Float[Array, ""], move: Vector, predicted: Float[Array, ""]
) -> Bool[Array, ""]:
    """Whether a model's step is so short, and gains so little, that the certificate is worth its cost."""
    short = jnp.max(jnp.abs(move)) <= STEP * jnp.maximum(1.0, jnp.max(jnp.abs(vector)))
    return short & (predicted <= DECREASE * 2 * half_speed)


def is_spent(landscape: Landscape, vector: Vector, half_speed: Float[Array, ""]) -> Bool[Array, ""]:
    """Whether S is all rounding. Towards a fixed point S loses most of itself at each step, until it is."""
    return jnp.sqrt(2 * half_speed) <= FIXED * _extent(landscape, vector)


def is_certified(
    landscape: Landscape,
    box: Box,
    vector: Vector,
    gradient: Vector,
    hessian: Float[Array, "coordinate coordinate"],
    *,
    asked: Bool[Array, ""],
) -> Bool[Array, ""]:
    """Whether a state is certified as anything; false, at no cost, where that is not asked."""
    return jax.lax.cond(
        asked,
        lambda: certify(landscape, box, vector, gradient, hessian).outcome != Outcome.UNFINISHED,
        lambda: jnp.zeros((), bool),
    )


def _extent(landscape: Landscape, vector: Vector) -> Float[Array, ""]:
    return 1 + jnp.linalg.norm(landscape.locate(vector))


def _slope(box: Box, vector: Vector, gradient: Vector) -> Float[Array, ""]:
    return jnp.max(jnp.where(box.active(vector, gradient), 0.0, jnp.abs(gradient)))
