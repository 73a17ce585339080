"""Eigenvalues of fixed points on the unit circle: found, placed in the history, and told apart."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex128, Float, Float64

from slowpoints._types import Vector
from slowpoints.dynamics.landscape import Landscape
from slowpoints.dynamics.precision import double_precision
from slowpoints.dynamics.spectrum import eigenvalues
from slowpoints.dynamics.tracking.continuation import Continuation, distance, Landing
from slowpoints.dynamics.tracking.events import EventKind, Happening
from slowpoints.dynamics.tracking.history import Interval

ON_CIRCLE = 1e-6
"""An eigenvalue is placed on the unit circle if its modulus was brought this near to 1."""

REAL = 1e-4
"""It is ±1 if it also is this near to it. At a double eigenvalue the two part by the square root of an error."""

PLACED = 1e-9
"""A fold is placed if the equations that define it hold to this, in the state's units or its own size."""


def spectrum(landing: Landing) -> Complex128[np.ndarray, " coordinate"]:
    """The eigenvalues of J, by falling modulus."""
    return eigenvalues(landing.jacobian[None])[0]


def nearest_one(jacobian: Float64[np.ndarray, "coordinate coordinate"]) -> float:
    """The real eigenvalue of J nearest +1; NaN where none is real."""
    values = np.linalg.eigvals(jacobian)
    real = values[values.imag == 0].real
    return float(real[np.argmin(np.abs(real - 1))]) if real.size else np.nan


def crossings(
    continuation: Continuation, interval: Interval, one: Landing, other: Landing, halvings: int
) -> list[Happening]:
    """Where between two fixed points of one branch eigenvalues pass the unit circle.

    Eigenvalues are followed by their rank in modulus, which is continuous; so two that pass in opposite directions
    between the two maps go unseen.
    """
    one, other = sorted((one, other), key=lambda landing: landing.fraction)
    outside = [_outside(landing) for landing in (one, other)]
    passing = abs(outside[0] - outside[1])
    if passing == 0:
        return []
    counts = {"unstable_before": float(outside[0]), "unstable_after": float(outside[1])}
    undetermined = [Happening(EventKind.UNDETERMINED, one.fraction, other.fraction, counts)]
    if passing <= 2:
        on_circle = _place(continuation, interval, one, other, min(outside))
        if on_circle is None:
            return undetermined
        value = spectrum(on_circle)[min(outside)]
        kind, several = _kind(value)
        if passing == several:
            numbers = {"modulus": float(np.abs(value)), "angle": float(np.abs(np.angle(value)))}
            return [Happening(kind, on_circle.fraction, on_circle.fraction, numbers | counts)]
    if halvings == 0:
        return undetermined
    (middle,), _ = continuation.search(interval, [one], (one.fraction + other.fraction) / 2)
    if not _same_branch(continuation, middle):
        return undetermined
    return [
        crossing
        for ends in ((one, middle), (middle, other))
        for crossing in crossings(continuation, interval, *ends, halvings - 1)
    ]


def _outside(landing: Landing) -> int:
    return int(np.sum(np.abs(spectrum(landing)) > 1))


def _same_branch(continuation: Continuation, landing: Landing) -> bool:
    return landing.fixed and landing.distance <= continuation.reach


def _kind(value: complex) -> tuple[EventKind, int]:
    """What an eigenvalue on the unit circle means, and how many pass there together."""
    if abs(value - 1) <= REAL:
        return EventKind.BRANCHES, 1
    if abs(value + 1) <= REAL:
        return EventKind.FLIPS, 1
    return EventKind.NEIMARK_SACKER, 2


def _place(continuation: Continuation, interval: Interval, one: Landing, other: Landing, rank: int) -> Landing | None:
    """The fixed point where the modulus of that rank is 1; None if the branch or the modulus breaks on the way."""
    from scipy.optimize import brentq

    known = {one.fraction: one, other.fraction: other}

    def excess(fraction: float) -> float:
        if fraction not in known:
            nearest = min(known.values(), key=lambda landing: abs(landing.fraction - fraction))
            (landing,), _ = continuation.search(interval, [nearest], fraction)
            if not _same_branch(continuation, landing):
                raise _BranchLost
            known[fraction] = landing
        return float(np.abs(spectrum(known[fraction])[rank])) - 1

    try:
        root: Any = brentq(excess, one.fraction, other.fraction, xtol=1e-12, maxiter=100)
        placed = abs(excess(root)) <= ON_CIRCLE
    except _BranchLost:
        return None
    return known[root] if placed else None


class _BranchLost(Exception):
    pass


def fold(continuation: Continuation, interval: Interval, fixed: Landing, gone: Landing) -> Happening | None:
    """Where between a fixed point and none the point is lost by an eigenvalue at +1; None if that is not shown.

    The fold is the solution (x, v, t) of F(x) = x, Jv = v, |v| = 1 (Moore and Spence 1980; Kuznetsov, *Elements of
    Applied Bifurcation Theory*, §10.2), found by Newton's method from the fixed point. It counts if it lies between
    the two maps, within reach of the point, if there ½wᵀF_xx[v,v] and wᵀ∂F/∂t are not zero, and if their signs put the
    two fixed points on the side where one was.
    """
    null = np.linalg.svd(fixed.jacobian - np.eye(len(fixed.vector)))[2][-1]
    with double_precision():
        start = (jnp.asarray(part) for part in (fixed.vector, null, fixed.fraction))
        solution = _solve_fold(continuation, interval, *start)
    state, right, fraction, residual, jacobian, second, shift = (np.asarray(part) for part in solution)
    place = float(fraction)
    low, high = sorted((fixed.fraction, gone.fraction))
    size = max(1.0, float(np.max(np.abs(state))))
    if not (residual <= PLACED * size and low <= place <= high and distance(state, fixed.vector) <= continuation.reach):
        return None
    left = np.linalg.svd(jacobian - np.eye(len(state)))[0][:, -1]
    overlap = left @ right
    if overlap == 0:
        return None
    left = left / overlap
    quadratic, transversal = 0.5 * float(left @ second), float(left @ shift)
    excess = fixed.fraction - place
    if not quadratic * transversal * excess < 0:
        return None
    leading = 2 * np.sqrt(-quadratic * transversal * excess)
    value = nearest_one(jacobian)
    if not abs(value - 1) <= REAL:
        return None
    kind = EventKind.APPEARS if fixed.fraction > gone.fraction else EventKind.DISAPPEARS
    return Happening(
        kind,
        place,
        place,
        {
            "eigenvalue": value,
            "residual": float(residual),
            "quadratic": quadratic,
            "transversal": transversal,
            "square_root_law": abs(1 - nearest_one(fixed.jacobian)) / leading,
        },
    )


@eqx.filter_jit
def _solve_fold(
    continuation: Continuation, interval: Interval, state: Vector, null: Vector, fraction: Float[Array, ""]
) -> Any:
    size = state.size

    def advance(x: Vector, t: Float[Array, ""]) -> Vector:
        landscape, _ = Landscape.around(interval.at(t), continuation.like, continuation.coordinates)
        return landscape.advance(x)

    def along(x: Vector, v: Vector, t: Float[Array, ""]) -> Vector:
        return jax.jvp(lambda at: advance(at, t), (x,), (v,))[1]

    def equations(z: Vector) -> Vector:
        x, v, t = z[:size], z[size:-1], z[-1]
        return jnp.concatenate([advance(x, t) - x, along(x, v, t) - v, 0.5 * (jnp.dot(v, v) - 1)[None]])

    def improve(z: Vector, _: None) -> tuple[Vector, None]:
        return z - jnp.linalg.solve(jax.jacfwd(equations)(z), equations(z)), None

    start = jnp.concatenate([state, null, fraction[None]])
    z, _ = jax.lax.scan(improve, start, length=_FOLD_ITERATIONS)
    x, v, t = z[:size], z[size:-1], z[-1]
    second = jax.jvp(lambda at: along(at, v, t), (x,), (v,))[1]
    shift = jax.jvp(lambda at: advance(x, at), (t,), (jnp.ones_like(t),))[1]
    jacobian = jax.jacfwd(lambda at: advance(at, t))(x)
    return x, v, t, jnp.max(jnp.abs(equations(z))), jacobian, second, shift


_FOLD_ITERATIONS = 12
"""Newton's method doubles its digits at each; from the end of a bracket it needs 4 to 6."""
