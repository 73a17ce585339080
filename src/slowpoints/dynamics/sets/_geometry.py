"""How well the place of a certified point is known, and along how many directions it is not known at all.

*Fixed points.* By Newton and Kantorovich a map F has one fixed point within 2‖(I−J)⁻¹‖·r of a state that moves by
r, provided that 2·L·‖(I−J)⁻¹‖²·r ≤ 1, L being how fast J changes. r is counted as no less than what passes for
fixed, `FIXED`. So singular values σ of I−J with σ² ≤ 2·L·r do not show that the point is isolated: along those
directions it may be one of many, J has an eigenvalue +1 to within its error, and the count of them is the local
dimension of what the point belongs to. L is measured along the `FLATTEST` directions. (Kantorovich 1948; Deuflhard
2011, "Newton Methods for Nonlinear Problems", theorem 2.1, in the Euclidean norm.) Singular values, because
eigenvalues of a matrix that is far from normal are not known that well.

*Minima of speed.* To second order a certified minimum lies ‖H⁻¹g‖ away, on the coordinates that no bound holds;
twice that, as above, and what the motion's rounding does to it: ‖H⁻¹Mᵀ‖·r, with M the derivative of the motion,
whose product with the motion the gradient is. Directions whose curvature cannot be told from zero (`FLAT`) are
counted as the certificate counts them. An error bound to a fixed point would mean nothing here: there is none.
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
"""Along how many directions, those with the smallest singular values, the change of J is measured."""


class Geometry(NamedTuple):
    """What the neighbourhood of each point says of it."""

    radius: Float64[np.ndarray, " point"]
    """Within this distance of the state lies the point itself, in the state's units; infinite where it is flat."""
    flat: Int[np.ndarray, " point"]
    """Along how many directions the point cannot be told from its neighbours."""


def local_geometry(
    step: Step, found: SlowPoints, *, coordinates: Coordinates | None, domain: Domain | None
) -> Geometry:
    """The geometry at each point found, by what it was certified as. Of unfinished points it means nothing.

    A dense Jacobian, Hessian and three decompositions a point.
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
    _, stretches, directions = jnp.linalg.svd(landscape.jacobian(vector) - jnp.eye(vector.size, dtype=vector.dtype))
    changes = jax.lax.map(lambda along: jax.jvp(landscape.jacobian, (vector,), (along,))[1], directions[-FLATTEST:])
    error = jnp.sqrt(2 * jnp.max(jnp.linalg.norm(changes, 2, axis=(1, 2))) * moved)
    flat = jnp.sum(stretches <= jnp.maximum(error, FLAT * jnp.maximum(1.0, stretches[0])))
    return jnp.where(flat > 0, jnp.inf, 2 * moved / stretches[-1]), flat


def _at_minimum(landscape: Landscape, box: Box, vector: Vector) -> tuple[Float[Array, ""], Int[Array, ""]]:
    gradient, hessian = jax.grad(landscape.half_speed)(vector), landscape.hessian(vector)
    active = box.active(vector, gradient)
    # As the certificate: in units of a coordinate's size where that is above 1; held coordinates are cut out, each made
    # an eigenvector of its own, above all others.
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
