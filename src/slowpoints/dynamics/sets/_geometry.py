"""How precisely a certified point is located, and along how many directions it is not located at all.

*Fixed points.* By Newton and Kantorovich a map F has one fixed point within 2‖(I−J)⁻¹‖·r of a state that moves by
r, provided that 2·L·‖(I−J)⁻¹‖²·r ≤ 1, where L is a Lipschitz constant of J. r is taken to be at least what counts
as fixed, `FIXED`. So singular values σ of I−J with σ² ≤ 2·L·r do not show that the point is isolated: along those
directions it may be one of many, and J has an eigenvalue +1 to within its error. The number of such directions is the
local dimension of the set that the point belongs to. L is measured along the `FLATTEST` directions. (Kantorovich 1948;
Deuflhard 2011, "Newton Methods for Nonlinear Problems", theorem 2.1, in the Euclidean norm.) Singular values are used
because the eigenvalues of a matrix that is far from normal are not known that precisely.

That L is mostly how the manifold of slow directions bends, which does not make its points one. So the directions that
fail are tested again by the equation that is left along them once all others are solved for (Lyapunov and Schmidt;
Kuznetsov, *Elements of Applied Bifurcation Theory*, §5.1): L is then only how J changes between these directions, plus
L²/σ₀ times the Newton step, σ₀ being the smallest singular value of the others.

*Minima of speed.* To second order the minimum is ‖H⁻¹g‖ away, on the coordinates that no bound holds. The radius is
twice that, as above, plus the effect of the motion's rounding: ‖H⁻¹Mᵀ‖·r, where M is the derivative of the motion m
(the gradient is g = Mᵀm). Directions whose curvature cannot be told from zero (`FLAT`) are counted as in the
certificate. A bound on the distance to a fixed point would mean nothing here, because there is none.
"""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Bool, Float, Float64, Int

from slowpoints._types import State, Step, Vector
from slowpoints.dynamics._certificate import FIXED, FLAT
from slowpoints.dynamics._domain import bounds, Box, Domain
from slowpoints.dynamics._landscape import Coordinates, Landscape
from slowpoints.dynamics._outcome import Outcome
from slowpoints.dynamics._precision import as_double, double_precision
from slowpoints.dynamics._slow_points import SlowPoints

FLATTEST = 4
"""The change of J is measured along this many directions: those with the smallest singular values."""


class Geometry(NamedTuple):
    """How precisely each point is located."""

    radius: Float64[np.ndarray, " point"]
    """The true point is within this distance of the state, in the state's units. Infinite where `flat` is not 0."""
    flat: Int[np.ndarray, " point"]
    """The number of directions along which the point cannot be told from its neighbours."""


def local_geometry(
    step: Step, found: SlowPoints, *, coordinates: Coordinates | None, domain: Domain | None
) -> Geometry:
    """The geometry at each point found, by its outcome. For unfinished points it means nothing.

    Each point costs a dense Jacobian, a dense Hessian and three decompositions.
    """
    lower, upper = bounds(domain, jax.tree.map(lambda leaf: leaf[0], found.state))
    with double_precision():
        radius, flat = _measure(
            as_double(step), as_double(coordinates), lower, upper, found.state, found.outcome == Outcome.FIXED_POINT
        )
        return Geometry(np.asarray(radius), np.asarray(flat))


@eqx.filter_jit
def _measure(
    step: Step,
    coordinates: Coordinates | None,
    lower: State,
    upper: State,
    states: State,
    fixed: Bool[Array, " point"],
) -> tuple[Float[Array, " point"], Int[Array, " point"]]:
    landscape, _ = Landscape.around(step, jax.tree.map(lambda leaf: leaf[0], states), coordinates)
    box = Box.around(lower, upper)

    def measure(point):
        vector, is_fixed = point
        return jax.lax.cond(
            is_fixed, lambda at: _at_fixed_point(landscape, at), lambda at: _at_minimum(landscape, box, at), vector
        )

    vectors = jax.vmap(lambda state: ravel_pytree(state)[0])(states)
    return jax.lax.map(measure, (vectors, fixed))


def _at_fixed_point(landscape: Landscape, vector: Vector) -> tuple[Float[Array, ""], Int[Array, ""]]:
    moved = jnp.linalg.norm(landscape.advance(vector) - vector)
    moved = jnp.maximum(moved, FIXED * (1 + jnp.linalg.norm(vector)))
    left, stretches, right = jnp.linalg.svd(landscape.jacobian(vector) - jnp.eye(vector.size, dtype=vector.dtype))
    changes = jax.lax.map(lambda along: jax.jvp(landscape.jacobian, (vector,), (along,))[1], right[-FLATTEST:])
    change = jnp.max(jnp.linalg.norm(changes, 2, axis=(1, 2)))
    rounding = FLAT * jnp.maximum(1.0, stretches[0])
    candidate = stretches <= jnp.maximum(jnp.sqrt(2 * change * moved), rounding)
    # The equation along the candidates that is left when the other directions are solved for: its derivative changes by
    # what J changes by between candidates and, to second order, by way of the others.
    within = jnp.where(candidate[:, None] & candidate[None, :], left.T @ changes @ right.T, 0.0)
    others = jnp.min(jnp.where(candidate, jnp.inf, stretches))
    move = 2 * moved / jnp.maximum(stretches, jnp.finfo(vector.dtype).tiny)
    by_way = change**2 / others * move
    reduced = jnp.where(jnp.sum(candidate) <= FLATTEST, jnp.max(jnp.linalg.norm(within, 2, axis=(1, 2))), change)
    flat = jnp.sum(candidate & ((stretches <= rounding) | (stretches**2 <= 2 * (reduced + by_way) * moved)))
    return jnp.where(flat > 0, jnp.inf, 2 * moved / stretches[-1]), flat


def _at_minimum(landscape: Landscape, box: Box, vector: Vector) -> tuple[Float[Array, ""], Int[Array, ""]]:
    gradient, hessian = jax.grad(landscape.half_speed)(vector), landscape.hessian(vector)
    active = box.active(vector, gradient)
    # As in the certificate, coordinates above 1 count in units of their own size. Coordinates held by a bound are cut
    # out: each is made an eigenvector, with an eigenvalue above all others.
    size = jnp.maximum(1.0, jnp.abs(vector))
    scaled = size[:, None] * hessian * size[None, :]
    above = 2 * jnp.linalg.norm(scaled) + 1
    cut = jnp.where(active[:, None] | active[None, :], 0.0, scaled) + jnp.diag(jnp.where(active, above, 0.0))
    curvatures, directions = jnp.linalg.eigh(cut)
    free = jnp.arange(active.size) < active.size - jnp.sum(active)
    firm = free & (curvatures > FLAT * jnp.max(jnp.where(free, jnp.abs(curvatures), 0.0)))
    directions = size[:, None] * directions
    inverse = directions @ jnp.diag(jnp.where(firm, 1 / jnp.where(firm, curvatures, 1.0), 0.0)) @ directions.T

    newton = jnp.linalg.norm(inverse @ jnp.where(active, 0.0, gradient))
    rounding = FIXED * (1 + jnp.linalg.norm(landscape.locate(vector)))
    magnified = jnp.linalg.norm(inverse @ jax.jacfwd(landscape.motion)(vector).T, 2)
    flat = jnp.sum(free & ~firm)
    return jnp.where(flat > 0, jnp.inf, 2 * newton + magnified * rounding), flat
