"""The minimum of a convex quadratic in a box."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from slowpoints._types import Vector


class ActiveSet(NamedTuple):
    """Which coordinates of a step are held at the box's lower and upper sides."""

    lower: Bool[Array, " coordinate"]
    upper: Bool[Array, " coordinate"]


def minimise_in_box(
    hessian: Float[Array, "coordinate coordinate"],
    gradient: Vector,
    lower: Vector,
    upper: Vector,
    guess: ActiveSet,
    max_rounds: int,
) -> tuple[Vector, ActiveSet]:
    """The d in [lower, upper] with the least g·d + ½ d·Hd, by a primal-dual active set.

    Each round solves for the free coordinates with the held ones on their bounds, then holds those that left
    the box and frees those whose multiplier has the wrong sign, until nothing changes (Hintermüller, Ito and
    Kunisch 2003, "The primal-dual active set strategy as a semismooth Newton method"). A good `guess` of the
    set saves rounds. The rounds can cycle for a general H; after `max_rounds` the last solution is clipped,
    and the caller, who compares the decrease with what was predicted, judges it.

    Returns:
        d and its active set. d is NaN if H is not positive definite on the free coordinates.
    """

    def solve(held: ActiveSet) -> Vector:
        at_bound = held.lower | held.upper
        base = jnp.where(held.lower, lower, jnp.where(held.upper, upper, 0.0))
        pull = jnp.where(at_bound, 0.0, -(gradient + hessian @ base))
        # Held coordinates get the identity's rows and columns: one Cholesky of one shape serves all sets.
        masked = jnp.where(at_bound[:, None] | at_bound[None, :], 0.0, hessian)
        masked = masked + jnp.diag(at_bound.astype(hessian.dtype))
        factor = jax.lax.linalg.cholesky(masked, symmetrize_input=False)
        return base + jax.scipy.linalg.cho_solve((factor, True), pull)

    def revise(held: ActiveSet, d: Vector) -> ActiveSet:
        slope = gradient + hessian @ d
        return ActiveSet(
            jnp.where(held.lower, slope > 0, d < lower),
            jnp.where(held.upper, slope < 0, d > upper),
        )

    def body(carry):
        held, _, rounds, _ = carry
        d = solve(held)
        revised = revise(held, d)
        changed = jnp.any(revised.lower != held.lower) | jnp.any(revised.upper != held.upper)
        # If the factorisation failed, d is NaN and another round would not help.
        return revised, d, rounds + 1, changed & jnp.all(jnp.isfinite(d))

    def unsettled(carry):
        _, _, rounds, changed = carry
        return changed & (rounds < max_rounds)

    start = (guess, jnp.zeros_like(gradient), jnp.zeros((), jnp.int32), jnp.ones((), bool))
    held, d, _, _ = jax.lax.while_loop(unsettled, body, start)
    return jnp.clip(d, lower, upper), held
