"""The minimum of a quadratic in a box, from products with its matrix alone."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from slowpoints._types import Vector


class BoxStep(NamedTuple):
    """What conjugate gradients in a box ended with."""

    step: Vector
    converged: Bool[Array, ""]
    convex: Bool[Array, ""]
    products: Int[Array, ""]


class _Face(NamedTuple):
    d: Vector
    residual: Vector
    direction: Vector
    held: Bool[Array, " coordinate"]
    convex: Bool[Array, ""]
    converged: Bool[Array, ""]
    products: Int[Array, ""]


def conjugate_gradients_in_box(
    product: Callable[[Vector], Vector],
    gradient: Vector,
    lower: Vector,
    upper: Vector,
    *,
    tolerance: Float[Array, ""],
    max_products: int,
) -> BoxStep:
    """A d in [lower, upper], which holds 0, that lowers g·d + ½ d·Hd as far as `max_products` products allow.

    Conjugate gradients run on one face of the box: at a bound the step is cut, the coordinates that met it are
    held and the run begins again on what is left; where the free gradient has fallen to `tolerance` (2-norm),
    those held against a falling function are let go (Polyak 1969). Every step lowers the function, so it ends at
    the minimum of a convex one, and may be stopped anywhere. Along a direction that curves down it goes to the
    box's side and ends there (Steihaug 1983); `convex` then is false. Libraries have conjugate gradients
    (JAX, lineax) but none that stop at a bound or tell of negative curvature.
    """

    def body(face: _Face) -> _Face:
        d, p, held = face.d, face.direction, face.held
        free_residual = jnp.where(held, 0.0, face.residual)
        product_p = product(p)
        curvature = jnp.dot(p, product_p)
        convex = curvature > 0
        squared = jnp.dot(free_residual, free_residual)
        room = jnp.where(p > 0, upper - d, jnp.where(p < 0, lower - d, jnp.inf))
        room = jnp.where(p == 0, jnp.inf, room / jnp.where(p == 0, 1.0, p))
        longest = jnp.min(room)
        alpha = jnp.minimum(jnp.where(convex, squared / jnp.where(convex, curvature, 1.0), jnp.inf), longest)
        met = room <= alpha
        d = jnp.where(met, jnp.where(p > 0, upper, lower), d + alpha * p)
        residual = face.residual - alpha * product_p
        held = held | met

        free_residual = jnp.where(held, 0.0, residual)
        settled = jnp.linalg.norm(free_residual) <= tolerance
        inward = ((d <= lower) & (residual > tolerance)) | ((d >= upper) & (residual < -tolerance))
        released = settled & held & inward & (lower < upper)
        held = held & ~released
        again = jnp.any(met) | jnp.any(released)
        free_residual = jnp.where(held, 0.0, residual)
        beta = jnp.where(again, 0.0, jnp.dot(free_residual, free_residual) / squared)
        return _Face(
            d=d,
            residual=residual,
            direction=free_residual + beta * p,
            held=held,
            convex=convex,
            converged=settled & ~jnp.any(released),
            products=face.products + 1,
        )

    def unfinished(face: _Face) -> Bool[Array, ""]:
        going = ~face.converged & face.convex & jnp.all(jnp.isfinite(face.residual))
        return going & (face.products < max_products)

    held = ((lower >= 0) & (gradient > 0)) | ((upper <= 0) & (gradient < 0)) | (lower >= upper)
    pull = jnp.where(held, 0.0, -gradient)
    start = _Face(
        d=jnp.zeros_like(gradient),
        residual=-gradient,
        direction=pull,
        held=held,
        convex=jnp.ones((), bool),
        converged=jnp.linalg.norm(pull) <= tolerance,
        products=jnp.zeros((), jnp.int32),
    )
    last = jax.lax.while_loop(unfinished, body, start)
    return BoxStep(last.d, last.converged, last.convex, last.products)
