"""Where a branch of fixed points meets another: an eigenvalue +1 at a point through which the branch goes on."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float64

from slowpoints._types import Vector
from slowpoints.dynamics._landscape import Landscape
from slowpoints.dynamics._precision import double_precision
from slowpoints.dynamics.tracking._continuation import Continuation, distance, TrackedPoint
from slowpoints.dynamics.tracking._history import Interval

REAL = 1e-4
"""An eigenvalue counts as ±1 if it is this near to ±1. An error e moves a double eigenvalue by √e, so this is wide."""

PLACED = 1e-9
"""The equations of a bifurcation count as solved if they hold to this, in units of 1 or of the state's size if
larger."""

NEARER = 0.7
"""A branch leads to a meeting if each quartering of the way there leaves at most this part of the distance. By the
square-root law it is ½, along a smooth branch ¼, and along a branch that passes by it tends to 1."""


class Meeting(NamedTuple):
    """Where branches meet: which map, the state there, and the eigenvalue that is +1."""

    fraction: float
    vector: Float64[np.ndarray, " coordinate"]
    eigenvalue: float


def nearest_one(jacobian: Float64[np.ndarray, "coordinate coordinate"]) -> float:
    """The real eigenvalue of J nearest +1; NaN where none is real."""
    values = np.linalg.eigvals(jacobian)
    real = values[values.imag == 0].real
    return float(real[np.argmin(np.abs(real - 1))]) if real.size else np.nan


def turning_point(
    continuation: Continuation, interval: Interval, one: TrackedPoint, other: TrackedPoint
) -> float | None:
    """Where the eigenvalue nearest +1 may have come to +1 and gone back; None if its tangents do not show that.

    The tangents at the two maps must approach +1, each from its map, and meet beyond it or nearer to it than half of
    what the nearer map is. (Of a curve that is bent one way, they meet beyond its summit.)
    """
    span = other.fraction - one.fraction
    value, slope, end_value, end_slope = (
        number for point in (one, other) for number in _approach(continuation, interval, point)
    )
    side = np.sign(value)
    if not (side == np.sign(end_value) and slope * side < 0 < end_slope * side):
        return None
    ahead = (end_value - value - end_slope * span) / (slope - end_slope)
    if not 0 < ahead < span or (value + slope * ahead) * side > 0.5 * min(abs(value), abs(end_value)):
        return None
    return one.fraction + float(ahead)


def meeting(
    continuation: Continuation, interval: Interval, one: TrackedPoint, other: TrackedPoint, guess: float
) -> Meeting | None:
    """Where between two maps a branch meets another; None if that is not shown. `guess`: about where.

    The meeting is a solution (x, t, β, ψ) of F(x) − x + βψ = 0, (J − I)ᵀψ = 0, ψᵀ∂F/∂t = 0, |ψ| = 1 with β = 0 (Moore
    1980: "The numerical treatment of non-trivial bifurcation points"). These equations are regular where two branches
    cross and at a pitchfork, whichever of the branches is followed, and at a fold they do not hold. It counts if it
    lies between the two maps and the branch leads to it from both.
    """
    part = (guess - one.fraction) / (other.fraction - one.fraction)
    state = (1 - part) * one.vector + part * other.vector
    near = one if part < 0.5 else other
    null = np.linalg.svd(near.jacobian - np.eye(len(state)))[0][:, -1]
    with double_precision():
        solution = _solve_meeting(continuation, interval, *map(jnp.asarray, (state, null, guess)))
    x, t, residual, jacobian = (np.asarray(part) for part in solution)
    place, allowed = float(t), PLACED * max(1.0, float(np.max(np.abs(x))))
    if not (residual <= allowed and one.fraction < place < other.fraction):
        return None
    value = nearest_one(jacobian)
    if not abs(value - 1) <= REAL or not all(_leads(continuation, interval, end, place, x) for end in (one, other)):
        return None
    return Meeting(place, x, value)


def _leads(
    continuation: Continuation, interval: Interval, start: TrackedPoint, place: float, there: np.ndarray
) -> bool:
    """Whether a branch, followed from `start` towards the meeting at `place`, comes ever nearer to it."""
    last = float(distance(start.vector, there))
    for _ in range(4):
        path = continuation.follow(interval, start, place + (start.fraction - place) / 4).points
        if not all(point.fixed and continuation.is_near(point) for point in path[1:]):
            return False
        start = path[-1]
        now = float(distance(start.vector, there))
        if now > max(NEARER * last, PLACED):
            return False
        last = now
    return True


def _approach(continuation: Continuation, interval: Interval, point: TrackedPoint) -> tuple[float, float]:
    """λ − 1 of the real eigenvalue nearest +1, and how fast it changes along the branch; NaN where that is unknown."""
    from scipy.linalg import eig

    spectrum: Any = eig(point.jacobian, left=True, right=True)
    values, left, right = spectrum
    real = np.flatnonzero(values.imag == 0)
    if not real.size:
        return np.nan, np.nan
    k = real[np.argmin(np.abs(values[real].real - 1))]
    v, w = np.real(right[:, k]), np.real(left[:, k])
    with double_precision():
        moved = _change_along(continuation, interval, *map(jnp.asarray, (point.vector, v, point.fraction)))
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(values[k].real - 1), float(w @ np.asarray(moved) / (w @ v))


@eqx.filter_jit
def _change_along(
    continuation: Continuation, interval: Interval, state: Vector, along: Vector, fraction: Float[Array, ""]
) -> Vector:
    """d(Jv)/dt along the branch of fixed points."""

    def advance(x: Vector, t: Float[Array, ""]) -> Vector:
        landscape, _ = Landscape.around(interval.at(t), continuation.like, continuation.coordinates)
        return landscape.advance(x)

    shift = jax.jvp(lambda t: advance(state, t), (fraction,), (jnp.ones_like(fraction),))[1]
    jacobian = jax.jacfwd(lambda x: advance(x, fraction))(state)
    rate = jnp.linalg.solve(jnp.eye(state.size, dtype=state.dtype) - jacobian, shift)

    def product(x: Vector, t: Float[Array, ""]) -> Vector:
        return jax.jvp(lambda at: advance(at, t), (x,), (along,))[1]

    return jax.jvp(product, (state, fraction), (rate, jnp.ones_like(fraction)))[1]


@eqx.filter_jit
def _solve_meeting(
    continuation: Continuation, interval: Interval, state: Vector, null: Vector, fraction: Float[Array, ""]
) -> Any:
    size = state.size

    def advance(x: Vector, t: Float[Array, ""]) -> Vector:
        landscape, _ = Landscape.around(interval.at(t), continuation.like, continuation.coordinates)
        return landscape.advance(x)

    def equations(z: Vector) -> Vector:
        x, psi, t, beta = z[:size], z[size:-2], z[-2], z[-1]
        moved, pull = jax.vjp(advance, x, t)
        along, shift = pull(psi)
        return jnp.concatenate([moved - x + beta * psi, along - psi, shift[None], 0.5 * (jnp.dot(psi, psi) - 1)[None]])

    def improve(carry: tuple[Vector, Array, Array]) -> tuple[Vector, Array, Array]:
        z, _, count = carry
        moved = z - jnp.linalg.solve(jax.jacfwd(equations)(z), equations(z))
        return moved, jnp.max(jnp.abs(equations(moved))), count + 1

    def goes_on(carry: tuple[Vector, Array, Array]) -> Array:
        _, error, count = carry
        return (error > _ROUNDING * jnp.maximum(1.0, jnp.max(jnp.abs(state)))) & (count < _ITERATIONS)

    start = jnp.concatenate([state, null, fraction[None], jnp.zeros(1, state.dtype)])
    z, _, _ = jax.lax.while_loop(goes_on, improve, (start, jnp.asarray(jnp.inf), jnp.asarray(0)))
    x, t, beta = z[:size], z[-2], z[-1]
    residual = jnp.maximum(jnp.max(jnp.abs(equations(z))), jnp.abs(beta))
    return x, t, residual, jax.jacfwd(lambda at: advance(at, t))(x)


_ITERATIONS = 30
"""Most steps of Newton's method. From the ends of an interval 4 to 10 are enough."""

_ROUNDING = 1e-13
"""Newton's method stops when the equations hold to this, in units of 1 or of the state's size if larger."""
