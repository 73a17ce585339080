"""Newton's method, deflated so that it leads to fixed points that are not known yet."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from slowpoints._types import State, Step, Vector
from slowpoints.dynamics._domain import bounds, Box, Domain
from slowpoints.dynamics._landscape import Landscape
from slowpoints.dynamics._precision import as_double, double_precision
from slowpoints.dynamics._states import Rows

STEPS = 60
"""Newton's steps at most."""

NEAREST = 1e-8
"""Smaller distances to a known point are counted as this, so that everything stays finite at the point itself."""

SINGULAR = 1e-9
"""Directions whose singular value of J−I is below this part of the largest are left out of the step."""


def away_from_known(step: Step, known: Rows, states: State, *, domain: Domain | None, longest_step: float) -> State:
    """The states that Newton's method reaches when it solves M(x)·(F(x) − x) = 0, M = Π (1 + 1/‖x − xᵢ‖²).

    The xᵢ are the known points: fixed points, slow points and edges. The solutions are the fixed points of F without
    the known ones, because there M grows faster than F(x) − x falls (Farrell, Birkisson and Funke 2015; power 2,
    shift 1). The Newton step is d / (1 − d·∇log M), where d is the Newton step for F(x) − x = 0. The steps need not
    lower anything, so they can cross the walls around known points, at which a descent on the deflated speed stops;
    and they may not converge. In rounds from one corner, over three keys, this method alone found 9 of 9, 22–23 of 27
    and 41–46 of 81 points of bistable units; the descent found 4, 7 and 4–6. The result is a start for a search of F,
    not a certified point.

    `longest_step` bounds each step's norm; states are clipped to the domain.
    """
    # Padded to a power of two of at least 64 rows, so that few sizes are compiled.
    size = max(64, 1 << (len(known) - 1).bit_length())
    present = (np.arange(size) < len(known)).astype(np.float64)
    padded = np.concatenate([known, np.zeros((size - len(known), known.shape[1]))])
    lower, upper = bounds(domain, jax.tree.map(lambda leaf: leaf[0], states))
    with double_precision():
        ended = _approach(as_double(step), lower, upper, states, padded, present, np.asarray(longest_step))
        return jax.tree.map(np.asarray, ended)


@eqx.filter_jit
def _approach(
    step: Step,
    lower: State,
    upper: State,
    states: State,
    known: Float[Array | np.ndarray, "known coordinate"],
    present: Float[Array | np.ndarray, " known"],
    longest_step: Float[Array | np.ndarray, ""],
) -> State:
    landscape, _ = Landscape.around(step, jax.tree.map(lambda leaf: leaf[0], states), None)
    box = Box.around(lower, upper)

    def newton(vector: Vector) -> Vector:
        left, stretches, right = jnp.linalg.svd(landscape.jacobian(vector) - jnp.eye(vector.size, dtype=vector.dtype))
        kept = stretches > SINGULAR * stretches[0]
        along = left.T @ landscape.motion(vector)
        plain = -right.T @ jnp.where(kept, along / jnp.where(kept, stretches, 1.0), 0.0)
        apart = vector[None] - known
        squared = jnp.maximum(jnp.sum(apart**2, axis=1), NEAREST**2)
        slope = -2 * (present / (squared * (1 + squared))) @ apart
        move = plain / (1 - plain @ slope)
        return move * jnp.minimum(1.0, longest_step / jnp.linalg.norm(move))

    def advance(carry):
        vector, taken, _ = carry
        moved = box.clip(vector + newton(vector))
        moved = jnp.where(jnp.all(jnp.isfinite(landscape.motion(moved))), moved, vector)
        return moved, taken + 1, jnp.linalg.norm(moved - vector) > NEAREST * (1 + jnp.linalg.norm(vector))

    def approach(vector: Vector) -> Vector:
        start = (vector, jnp.zeros((), jnp.int32), jnp.ones((), bool))
        return jax.lax.while_loop(lambda carry: carry[2] & (carry[1] < STEPS), advance, start)[0]

    vectors = jax.vmap(lambda state: ravel_pytree(state)[0])(states)
    return jax.vmap(landscape.unravel)(jax.lax.map(approach, vectors))
