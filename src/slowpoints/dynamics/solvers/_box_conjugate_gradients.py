"""The minimum of a quadratic in a box, from products with its matrix alone."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from slowpoints._types import Vector


class BoxStep(NamedTuple):
    """The result of conjugate gradients in a box."""

    step: Vector
    converged: Bool[Array, ""]
    convex: Bool[Array, ""]
    products: Int[Array, ""]


class _Face(NamedTuple):
    """The state of the iteration on one face of the box: `held` are the coordinates on its bounds."""

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
    """Minimises g·d + ½ d·Hd over d in [lower, upper], with at most `max_products` products. 0 must be in the box.

    Conjugate gradients run on one face of the box. If a step meets a bound, it is cut there, the coordinates that met
    the bound are held, and the run begins again on the others. When the free gradient is at most `tolerance` (2-norm),
    held coordinates from which the function falls inwards are released (Polyak 1969). Every step lowers the function,
    so the result is useful wherever the iteration stops, and is the minimum if the function is convex. Along a
    direction of negative curvature the step goes to the side of the box and the iteration ends (Steihaug 1983);
    `convex` is then false. JAX and lineax have conjugate gradients, but none that stop at a bound or report negative
    curvature.
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
