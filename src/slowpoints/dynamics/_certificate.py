"""What is known of a state at which a search ended, and what that makes of it.

Everything is evaluated at the state itself; nothing is taken from the search's last step. The tolerances were
chosen on trained GRUs of 100 and 200 units:

- *Fixed point.* At true fixed points ‖F−x‖ reaches 1e-15 to 1e-14 and no criterion relative to S is ever met,
  as S is then rounding; so they are tested first, with two orders of margin.
- *Stationary.* Minima of trained networks have curvatures down to 3e-10, where a gradient of 1e-10 is still a
  distance of 0.3: only the Newton step and the decrease it predicts measure a distance.
- *Flat.* The eigenvalues of the Hessian carry an error of n·eps·‖H‖ ≈ 5e-14 ‖H‖; those under 1e-12 ‖H‖ say
  nothing, not even by their sign.
- *Scale.* A coordinate larger than 1 is measured in units of its own size: an LSTM's c reaches 10,000 at its minima,
  where a curvature of 1e-12 a unit² is one of 1e-4 over that size, and far from flat.
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
"""A fixed point's coordinates move by at most this, times 1 + their norm."""

STILL = 1e-6
"""Its whole state moves by at most this, times 1 + its norm: coordinates such as tanh c can saturate."""

DECREASE = 1e-8
"""At a minimum the decrease of ½S that Newton's model predicts is at most this part of S."""

STEP = 1e-6
"""At a minimum the undamped Newton step moves no free coordinate by more than this, times 1 or its own size."""

FLAT = 1e-12
"""A curvature of at most this part of the largest one cannot be told from zero."""


class Certificate(eqx.Module):
    """What is known of one state x, all of it evaluated at x; see `SlowPoints`. H is the Hessian of ½S.

    `gradient_norm` is in plain coordinates, `smallest_curvature` in coordinates divided by max(1, |x|).
    """

    speed: Float[Array, ""]
    gradient_norm: Float[Array, ""]
    smallest_curvature: Float[Array, ""]
    active_bounds: Int[Array, ""]
    outcome: Int[Array, ""]


class Verdict(NamedTuple):
    """The certificate of one state or, with a leading axis, of several, and what dF/dx says there."""

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
    """Judge a state by its speed and by the gradient and Hessian of ½S there. See the module's docstring.

    Bounds that hold the state are active where speed falls only beyond them; all else is free. A bound with a
    multiplier of the wrong sign is free and its gradient counts, so the state is not stationary.
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
    # Along directions that cannot be told from flat there is no Newton step; a unit's move must gain nothing.
    gain = jnp.linalg.norm(jnp.where(free & ~firm, along, 0.0))
    smallest = jnp.min(jnp.where(free, curvatures, jnp.inf))
    speed = 2 * landscape.half_speed(vector)
    return Certificate(
        speed=speed,
        gradient_norm=jnp.max(jnp.abs(slope)),
        smallest_curvature=smallest,
        active_bounds=jnp.sum(active),
        outcome=outcome_of(
            fixed=is_fixed(landscape, vector),
            stationary=is_stationary(speed, decrease=decrease, reach=reach, gain=gain) & (smallest >= -FLAT * scale),
            isolated=jnp.all(firm | ~free),
            held=jnp.any(active),
        ),
    )


def is_fixed(landscape: Landscape, vector: Vector) -> Bool[Array, ""]:
    """Whether the map returns a state to itself: coordinates to within rounding, the whole state nearly so."""
    located, advanced = landscape.locate(vector), landscape.advance(vector)
    motion = jnp.linalg.norm(landscape.locate(advanced) - located)
    return (motion <= FIXED * (1 + jnp.linalg.norm(located))) & (
        jnp.linalg.norm(advanced - vector) <= STILL * (1 + jnp.linalg.norm(vector))
    )


def is_stationary(
    speed: Float[Array, ""], *, decrease: Float[Array, ""], reach: Float[Array, ""], gain: Float[Array, ""]
) -> Bool[Array, ""]:
    """Whether a free Newton step that predicts `decrease` and moves no coordinate by more than `reach` is none at all.

    `gain` is what a unit's move along directions that cannot be told from flat would gain. Both are in units of the
    coordinates' sizes.
    """
    return (decrease <= DECREASE * speed) & (reach <= STEP) & (gain <= DECREASE * speed)


def outcome_of(
    *, fixed: Bool[Array, ""], stationary: Bool[Array, ""], isolated: Bool[Array, ""], held: Bool[Array, ""]
) -> Int[Array, ""]:
    """The outcome of a search that ended at such a state; `held`: by a bound."""
    return jnp.select(
        [fixed, stationary & ~isolated, stationary & held, stationary],
        [jnp.array(int(o)) for o in (Outcome.FIXED_POINT, Outcome.DEGENERATE, Outcome.EDGE, Outcome.SLOW_POINT)],
        jnp.array(int(Outcome.UNFINISHED)),
    )


def _eigh_of_free(
    hessian: Float[Array, "coordinate coordinate"], active: Bool[Array, " coordinate"]
) -> tuple[Vector, Float[Array, "coordinate coordinate"], Bool[Array, " coordinate"]]:
    """Eigenvalues and eigenvectors of the Hessian on free coordinates, and which of them these are.

    Active coordinates are cut out by giving each an eigenvalue of its own above all others, so that the shape
    does not depend on how many there are.
    """
    above = 2 * jnp.linalg.norm(hessian)
    masked = jnp.where(active[:, None] | active[None, :], 0.0, hessian)
    masked = masked + jnp.diag(jnp.where(active, jnp.where(above > 0, above, 1.0), 0.0))
    curvatures, directions = jnp.linalg.eigh(masked)
    free = jnp.arange(active.size) < active.size - jnp.sum(active)
    return curvatures, directions, free
