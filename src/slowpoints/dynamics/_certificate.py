"""The certificate of a state at which a search ended: the numbers there, and the outcome they imply.

Everything is evaluated at the state itself; nothing is taken from the search's last step. The tolerances were
chosen on trained GRUs of 100 and 200 units:

- *Fixed point.* At true fixed points ‖F−x‖ reaches 1e-15 to 1e-14. S is then only rounding, and no test relative to S
  is ever passed. So fixed points are tested first, with a margin of two orders of magnitude.
- *Stationary.* Minima of trained networks have curvatures down to 3e-10. With such a curvature a gradient of 1e-10 is
  still a distance of 0.3 from the minimum. Only the Newton step and the decrease it predicts measure that distance.
- *Flat.* The eigenvalues of the Hessian have an error of n·eps·‖H‖ ≈ 5e-14 ‖H‖. Below 1e-12 ‖H‖ neither their size
  nor their sign is known.
- *Scale.* A coordinate larger than 1 is measured in units of its own size. An LSTM's c reaches 10,000 at its minima: a
  curvature of 1e-12 per unit² is 1e-4 in units of that size, which is far from flat.
"""

from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Complex128, Float, Float64, Int

from slowpoints._types import Vector
from slowpoints.dynamics._domain import Box
from slowpoints.dynamics._landscape import Landscape
from slowpoints.dynamics._outcome import Outcome

FIXED = 1e-13
"""At a fixed point the coordinates move by at most this, times 1 + their norm, and so does the whole state: coordinates
such as tanh c can saturate while c moves.
"""

DECREASE = 1e-8
"""At a minimum, Newton's step is predicted to decrease ½S by at most this part of S."""

STEP = 1e-6
"""At a minimum, the undamped Newton step moves no free coordinate by more than this, times 1 or its size if larger."""

FLAT = 1e-12
"""A curvature of at most this part of the largest one cannot be told from zero."""


class Certificate(eqx.Module):
    """The numbers at one state x, all evaluated at x; see `SlowPoints`. H is the Hessian of ½S.

    `gradient_norm` is in plain coordinates, `smallest_curvature` in coordinates divided by max(1, |x|).
    """

    speed: Float[Array, ""]
    gradient_norm: Float[Array, ""]
    smallest_curvature: Float[Array, ""]
    active_bounds: Int[Array, ""]
    outcome: Int[Array, ""]


class Verdict(NamedTuple):
    """The certificate of one state (or of several, with a leading axis), and what follows from dF/dx there."""

    certificate: Certificate
    eigenvalues: Complex128[np.ndarray, "*point eigenvalue"]
    error_bound: Float64[np.ndarray, "*point"]


def certify(
    landscape: Landscape,
    box: Box,
    vector: Vector,
    gradient: Vector,
    hessian: Float[Array, "coordinate coordinate"],
) -> Certificate:
    """The certificate of a state, from the gradient and the Hessian of ½S there. See the module's docstring.

    A coordinate is active if it lies on a bound and speed would fall only beyond the bound; all others are free. On a
    bound from which speed falls inwards a coordinate is free: its gradient counts, so the state is not stationary.
    """
    active = box.active(vector, gradient)
    slope = jnp.where(active, 0.0, gradient)
    size = jnp.maximum(1.0, jnp.abs(vector))
    curvatures, directions, free = _eigh_of_free(size[:, None] * hessian * size[None, :], active)
    scale = jnp.max(jnp.where(free, jnp.abs(curvatures), 0.0))
    firm = free & (curvatures > FLAT * scale)
    along = directions.T @ (size * slope)
    newton = jnp.where(firm, along / jnp.where(firm, curvatures, 1.0), 0.0)
    decrease = 0.5 * jnp.dot(along, newton)
    reach = jnp.max(jnp.abs(directions @ newton))
    # Along flat directions there is no Newton step. There, a move of length 1 must not decrease ½S.
    gain = jnp.linalg.norm(jnp.where(free & ~firm, along, 0.0))
    smallest = jnp.min(jnp.where(free, curvatures, jnp.inf))
    speed = 2 * landscape.half_speed(vector)
    known = jnp.all(jnp.isfinite(gradient)) & jnp.all(jnp.isfinite(hessian))
    stationary = is_stationary(speed, decrease=decrease, reach=reach, gain=gain) & (smallest >= -FLAT * scale)
    return Certificate(
        speed=speed,
        gradient_norm=jnp.max(jnp.abs(slope)),
        smallest_curvature=smallest,
        active_bounds=jnp.sum(active),
        outcome=outcome_of(
            fixed=is_fixed(landscape, vector) & known,
            stationary=stationary & box.holds(vector),
            isolated=jnp.all(firm | ~free),
            held=jnp.any(active),
        ),
    )


def is_fixed(landscape: Landscape, vector: Vector) -> Bool[Array, ""]:
    """Whether the map returns a state to itself, its coordinates and the whole of it to within `FIXED`."""
    located, advanced = landscape.locate(vector), landscape.advance(vector)
    motion = jnp.linalg.norm(landscape.locate(advanced) - located)
    return (motion <= FIXED * (1 + jnp.linalg.norm(located))) & (
        jnp.linalg.norm(advanced - vector) <= FIXED * (1 + jnp.linalg.norm(vector))
    )


def is_stationary(
    speed: Float[Array, ""], *, decrease: Float[Array, ""], reach: Float[Array, ""], gain: Float[Array, ""]
) -> Bool[Array, ""]:
    """Whether a state is a stationary point of speed: Newton's step from it is so small that it is only rounding.

    Args:
        speed: S at the state.
        decrease: by how much Newton's step on the free coordinates is predicted to decrease ½S.
        reach: the largest change of a coordinate in that step, in units of 1 or of the coordinate's size if larger.
        gain: by how much a move of length 1, in the same units, along the flat directions would decrease ½S.
    """
    return (decrease <= DECREASE * speed) & (reach <= STEP) & (gain <= DECREASE * speed)


def outcome_of(
    *, fixed: Bool[Array, ""], stationary: Bool[Array, ""], isolated: Bool[Array, ""], held: Bool[Array, ""]
) -> Int[Array, ""]:
    """The outcome of a search that ended at a state with these properties. `held`: some bound is active."""
    return jnp.select(
        [fixed, stationary & ~isolated, stationary & held, stationary],
        [jnp.array(int(o)) for o in (Outcome.FIXED_POINT, Outcome.DEGENERATE, Outcome.EDGE, Outcome.SLOW_POINT)],
        jnp.array(int(Outcome.UNFINISHED)),
    )


def _eigh_of_free(
    hessian: Float[Array, "coordinate coordinate"], active: Bool[Array, " coordinate"]
) -> tuple[Vector, Float[Array, "coordinate coordinate"], Bool[Array, " coordinate"]]:
    """Eigenvalues and eigenvectors of the Hessian, and a mask of those that belong to free coordinates.

    Each active coordinate is made an eigenvector, with an eigenvalue above all others. So the arrays have one shape
    however many coordinates are active.
    """
    above = 2 * jnp.linalg.norm(hessian)
    masked = jnp.where(active[:, None] | active[None, :], 0.0, hessian)
    masked = masked + jnp.diag(jnp.where(active, jnp.where(above > 0, above, 1.0), 0.0))
    curvatures, directions = jnp.linalg.eigh(masked)
    free = jnp.arange(active.size) < active.size - jnp.sum(active)
    return curvatures, directions, free
