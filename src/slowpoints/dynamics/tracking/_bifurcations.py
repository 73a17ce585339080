"""Bifurcations of fixed points: where in an interval an eigenvalue is on the unit circle, and of which kind."""

from itertools import pairwise
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex128, Float

from slowpoints._types import Vector
from slowpoints.dynamics._landscape import Landscape
from slowpoints.dynamics._precision import double_precision
from slowpoints.dynamics._spectrum import eigenvalues
from slowpoints.dynamics.tracking._continuation import Continuation, distance, SAME, TrackedPoint
from slowpoints.dynamics.tracking._events import EventKind, IntervalEvent
from slowpoints.dynamics.tracking._history import Interval
from slowpoints.dynamics.tracking._meeting import Meeting, meeting, nearest_one, PLACED, REAL, turning_point

ON_CIRCLE = 1e-6
"""An eigenvalue counts as on the unit circle if its modulus is this near to 1."""

BESIDE = 1e-3
"""How far from a fold its two fixed points are searched for, in the state's units."""


def spectrum(point: TrackedPoint) -> Complex128[np.ndarray, " coordinate"]:
    """The eigenvalues of J, by falling modulus."""
    return eigenvalues(point.jacobian[None])[0]


def crossings(
    continuation: Continuation, interval: Interval, one: TrackedPoint, other: TrackedPoint, halvings: int
) -> list[IntervalEvent]:
    """Where, between two maps at which a branch's fixed point is known, eigenvalues cross the unit circle.

    Eigenvalues are sorted by modulus and the k-th is followed, as its modulus is continuous. If as many are outside at
    both maps, the real eigenvalue nearest +1 may still have come to +1 and back; whether it did is looked for where its
    tangents at the two maps meet. Two that cross elsewhere on the circle in opposite directions are not seen.
    """
    one, other = sorted((one, other), key=lambda point: point.fraction)
    outside = [_outside(point) for point in (one, other)]
    passing = abs(outside[0] - outside[1])
    if passing == 0:
        return _there_and_back(continuation, interval, one, other, halvings)
    counts = {"unstable_before": float(outside[0]), "unstable_after": float(outside[1])}
    undetermined = [IntervalEvent(EventKind.UNDETERMINED, one.fraction, other.fraction, counts)]
    if passing == 1:
        met = meeting(continuation, interval, one, other, _crossing(one, other))
        if met is not None:
            return [_branches(met, counts)]
    if passing <= 2:
        on_circle = _place(continuation, interval, one, other, min(outside))
        if on_circle is None:
            return undetermined
        value = spectrum(on_circle)[min(outside)]
        kind, several = _kind(value)
        if passing == several:
            numbers = {"modulus": float(np.abs(value)), "angle": float(np.abs(np.angle(value)))}
            return [IntervalEvent(kind, on_circle.fraction, on_circle.fraction, numbers | counts)]
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


def _there_and_back(
    continuation: Continuation, interval: Interval, one: TrackedPoint, other: TrackedPoint, halvings: int
) -> list[IntervalEvent]:
    """The events of an eigenvalue that came to +1 and back, between two maps with as many eigenvalues outside."""
    place = turning_point(continuation, interval, one, other)
    if place is None or halvings == 0:
        return []
    (middle,), _ = continuation.search(interval, [one], place)
    if _same_branch(continuation, middle) and _outside(middle) != _outside(one):
        return [
            crossing
            for ends in ((one, middle), (middle, other))
            for crossing in crossings(continuation, interval, *ends, halvings - 1)
        ]
    met = meeting(continuation, interval, one, other, place)
    count = float(_outside(one))
    return [] if met is None else [_branches(met, {"unstable_before": count, "unstable_after": count})]


def _branches(met: Meeting, counts: dict[str, float]) -> IntervalEvent:
    value = met.eigenvalue
    numbers = {"modulus": abs(value), "angle": float(np.abs(np.angle(value)))}
    return IntervalEvent(EventKind.BRANCHES, met.fraction, met.fraction, numbers | counts)


def _crossing(one: TrackedPoint, other: TrackedPoint) -> float:
    """Where the straight line between the real eigenvalues nearest +1 is at +1; half way where that is not between."""
    below, above = (nearest_one(point.jacobian) - 1 for point in (one, other))
    part = below / (below - above) if below * above < 0 else 0.5
    return one.fraction + part * (other.fraction - one.fraction)


def _outside(point: TrackedPoint) -> int:
    return int(np.sum(np.abs(spectrum(point)) > 1))


def _same_branch(continuation: Continuation, point: TrackedPoint) -> bool:
    return point.fixed and continuation.is_near(point)


def _kind(value: complex) -> tuple[EventKind, int]:
    """The kind of bifurcation for an eigenvalue on the unit circle, and how many eigenvalues cross together."""
    if abs(value - 1) <= REAL:
        return EventKind.BRANCHES, 1
    if abs(value + 1) <= REAL:
        return EventKind.FLIPS, 1
    return EventKind.NEIMARK_SACKER, 2


def _place(
    continuation: Continuation, interval: Interval, one: TrackedPoint, other: TrackedPoint, rank: int
) -> TrackedPoint | None:
    """The fixed point where the eigenvalue of that rank has modulus 1; None if the branch is lost or it jumps."""
    from scipy.optimize import brentq

    known = {one.fraction: one, other.fraction: other}

    def excess(fraction: float) -> float:
        if fraction not in known:
            nearest = min(known.values(), key=lambda point: abs(point.fraction - fraction))
            (point,), _ = continuation.search(interval, [nearest], fraction)
            if not _same_branch(continuation, point):
                raise _BranchLost
            known[fraction] = point
        return float(np.abs(spectrum(known[fraction])[rank])) - 1

    try:
        root: Any = brentq(excess, one.fraction, other.fraction, xtol=1e-12, disp=False)
        placed = abs(excess(root)) <= ON_CIRCLE
    except _BranchLost:
        return None
    return known[root] if placed else None


class _BranchLost(Exception):
    pass


def fold(
    continuation: Continuation, interval: Interval, fixed: TrackedPoint, gone: TrackedPoint
) -> IntervalEvent | None:
    """The fold between a map where the fixed point exists and one where it is gone; None if that is not shown.

    The fold is the solution (x, v, t) of F(x) = x, Jv = v, |v| = 1 (Moore and Spence 1980; Kuznetsov, *Elements of
    Applied Bifurcation Theory*, §10.2), found by Newton's method from the fixed point. It counts if
    it lies between the two maps; if ½wᵀF_xx[v,v] and wᵀ∂F/∂t are not zero there; if two fixed points are found beside
    it, on the side where they exist, at the places that the square-root law predicts; and if one of these two, followed
    from there, arrives at the known fixed point.
    """
    size = len(fixed.vector)
    null = np.linalg.svd(fixed.jacobian - np.eye(size))[2][-1]
    with double_precision():
        start = (jnp.asarray(part) for part in (fixed.vector, null, fixed.fraction))
        solution = _solve_fold(continuation, interval, *start)
    state, right, fraction, residual, jacobian, second, shift = (np.asarray(part) for part in solution)
    place = float(fraction)
    low, high = sorted((fixed.fraction, gone.fraction))
    if not (residual <= PLACED * max(1.0, np.max(np.abs(state))) and low <= place <= high):
        return None
    value = nearest_one(jacobian)
    left = np.linalg.svd(jacobian - np.eye(size))[0][:, -1]
    if not abs(value - 1) <= REAL or left @ right == 0:
        return None
    left = left / (left @ right)
    quadratic, transversal = 0.5 * float(left @ second), float(left @ shift)
    # Beside it the fixed points are x + ξv with quadratic ξ² + transversal (t − place) = 0, and λ = 1 + 2ξ quadratic.
    towards = float(right @ (fixed.vector - state))
    at_fold = distance(fixed.vector, state) <= SAME
    aside = float(np.copysign(BESIDE if at_fold else min(BESIDE, 0.5 * abs(towards)), towards))
    beside = place - quadratic * aside**2 / transversal if transversal else np.nan
    if aside == 0 or not (beside - place) * (fixed.fraction - gone.fraction) > 0:
        return None
    branches = []
    for xi in (aside, -aside):
        begin = fixed._replace(fraction=beside, vector=continuation.clip(state + xi * right))
        (branch,), _ = continuation.search(interval, [begin], beside)
        if not branch.fixed or branch.missed > 0.5 * abs(xi) * np.max(np.abs(right)):
            return None
        branches.append(branch)
    if not (at_fold or _leads_to(continuation, interval, branches[0], fixed)):
        return None
    law = 2 * quadratic * aside
    values = spectrum(branches[0])
    kind = EventKind.APPEARS if fixed.fraction > gone.fraction else EventKind.DISAPPEARS
    evidence = {
        "eigenvalue": value,
        "residual": float(residual),
        "quadratic": quadratic,
        "transversal": transversal,
        "square_root_law": float((values[np.argmin(np.abs(values - 1 - law))].real - 1) / law),
    }
    return IntervalEvent(kind, place, place, evidence)


def _leads_to(continuation: Continuation, interval: Interval, start: TrackedPoint, end: TrackedPoint) -> bool:
    """Whether the fixed point `start`, followed to the map of `end`, arrives at `end`."""
    path = continuation.follow(interval, start, end.fraction).points
    followed = all(continuation.is_same(one, other) for one, other in pairwise(path))
    return followed and bool(distance(path[-1].vector, end.vector) <= SAME)


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

    def improve(carry: tuple[Vector, Array, Array]) -> tuple[Vector, Array, Array]:
        z, _, count = carry
        moved = z - jnp.linalg.solve(jax.jacfwd(equations)(z), equations(z))
        return moved, jnp.max(jnp.abs(equations(moved))), count + 1

    def goes_on(carry: tuple[Vector, Array, Array]) -> Array:
        _, error, count = carry
        return (error > _ROUNDING * jnp.maximum(1.0, jnp.max(jnp.abs(state)))) & (count < _FOLD_ITERATIONS)

    start = jnp.concatenate([state, null, fraction[None]])
    z, _, _ = jax.lax.while_loop(goes_on, improve, (start, jnp.asarray(jnp.inf), jnp.asarray(0)))
    x, v, t = z[:size], z[size:-1], z[-1]
    second = jax.jvp(lambda at: along(at, v, t), (x,), (v,))[1]
    shift = jax.jvp(lambda at: advance(x, at), (t,), (jnp.ones_like(t),))[1]
    jacobian = jax.jacfwd(lambda at: advance(at, t))(x)
    return x, v, t, jnp.max(jnp.abs(equations(z))), jacobian, second, shift


_FOLD_ITERATIONS = 20
"""Most steps of Newton's method. From the end of a bracket 4 to 8 are enough."""

_ROUNDING = 1e-13
"""Newton's method stops when the equations hold to this, in units of 1 or of the state's size if larger."""
