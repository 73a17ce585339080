"""One point followed from one map to a map nearby: predicted, searched for, judged."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float64, Int

from slowpoints._types import State, Vector
from slowpoints.dynamics._certificate import Certificate, certify
from slowpoints.dynamics._domain import Box
from slowpoints.dynamics._landscape import Coordinates, Landscape
from slowpoints.dynamics._outcome import ISOLATED, Outcome
from slowpoints.dynamics._precision import double_precision
from slowpoints.dynamics.solvers import AbstractSolver
from slowpoints.dynamics.tracking._history import Interval

ON_SADDLE = 1e-2
"""A search that ends nearer than this to a stationary state with negative curvature is stuck on a saddle of speed."""

ASIDE = 1e-3
"""How far to both sides of a saddle the search begins anew, in units of the state or its own size."""


SAME = 1e-4
"""Two certified points are one if their `distance` is at most this. Distinct points were found whole units apart."""


class TrackedPoint(NamedTuple):
    """A point at one map of an interval: where a search for it ended, and the certificate of that state."""

    fraction: float
    """Which map: 0 is the earlier checkpoint of the interval, 1 the later one."""
    vector: Float64[np.ndarray, " coordinate"]
    certificate: Certificate
    """As NumPy scalars."""
    jacobian: Float64[np.ndarray, "coordinate coordinate"]
    missed: float
    """The largest change of a coordinate from the state where the search began: the prediction, or the last point."""
    predicted: bool = False
    """Whether that was the prediction."""

    @property
    def outcome(self) -> Outcome:
        """How the search ended."""
        return Outcome(int(self.certificate.outcome))

    @property
    def isolated(self) -> bool:
        """Whether it is certified, and isolated."""
        return self.outcome in ISOLATED

    @property
    def fixed(self) -> bool:
        """Whether it is a fixed point."""
        return self.outcome == Outcome.FIXED_POINT

    @property
    def root_speed(self) -> float:
        """√S."""
        return float(np.sqrt(self.certificate.speed))


class FollowedPath(NamedTuple):
    """One point followed from one map of an interval to another."""

    points: list[TrackedPoint]
    """The point at the first map, at every map in between where a search was accepted, and at the last map."""
    stride: float
    """The stride that the next interval should begin with."""
    searches: int
    iterations: int


class Continuation(eqx.Module):
    """How points are followed: the solver and everything else that stays the same along a history."""

    solver: AbstractSolver
    coordinates: Coordinates | None
    box: Box
    like: State
    reach: float
    splits: int

    def follow(self, interval: Interval, start: TrackedPoint, end: float, stride: float = 1.0) -> FollowedPath:
        """Follows one point from its map to the map at `end`, in strides.

        If a search from a certified point does not find that point again, or from a fixed point could not begin where
        that point was predicted, the stride is halved, down to 2^-`splits`. After a search that does, it is doubled.
        """
        path, searches, iterations = [start], 0, 0
        while path[-1].fraction != end:
            last = path[-1]
            remaining = end - last.fraction
            taken = float(np.copysign(min(stride, abs(remaining)), remaining))
            fenced = last.isolated
            (point,), spent = self.search(interval, [last], last.fraction + taken, fenced=fenced)
            searches, iterations = searches + 1, iterations + int(spent[0])
            same = self.is_same(last, point)
            if fenced and not (same and (point.predicted or not last.fixed)):
                if abs(taken) > 0.5**self.splits:
                    stride = max(abs(taken) / 2, 0.5**self.splits)
                    continue
                if not same and not self.is_near(point):
                    (point,), spent = self.search(interval, [last], last.fraction + taken, fenced=False)
                    searches, iterations = searches + 1, iterations + int(spent[0])
            path.append(point)
            stride = min(1.0, 2 * stride)
        return FollowedPath(path, stride, searches, iterations)

    def clip(self, vector: Float64[np.ndarray, " coordinate"]) -> Float64[np.ndarray, " coordinate"]:
        """The nearest state in the box."""
        return np.clip(vector, np.asarray(self.box.lower), np.asarray(self.box.upper))

    def is_same(self, last: TrackedPoint, point: TrackedPoint) -> bool:
        """Whether a search from `last` that ended at `point` can have found the same point again."""
        return self.is_near(point) and (not point.isolated or point.fixed == last.fixed)

    def is_near(self, point: TrackedPoint) -> bool:
        """Whether a search ended within reach."""
        return point.missed < self.reach

    def search(
        self, interval: Interval, before: list[TrackedPoint], fraction: float, *, fenced: bool = True
    ) -> tuple[list[TrackedPoint], Int[np.ndarray, " point"]]:
        """Each point at the map at a fraction, and how many iterations its search took.

        With `fenced` the search stops at a distance of `reach`. A result beyond would not count, and in long valleys
        most of the search is spent there.
        """
        vectors = np.stack([point.vector for point in before])
        with double_precision():
            origin, target = jnp.asarray(before[0].fraction), jnp.asarray(fraction)
            room = jnp.asarray(self.reach if fenced else np.inf)
            found = _search(self, interval, origin, target, room, jnp.asarray(vectors))
        starts, predicted, ends, certificates, jacobians, iterations = jax.tree.map(np.array, found)
        points = [
            TrackedPoint(
                fraction,
                end,
                jax.tree.map(lambda of, i=i: of[i], certificates),
                jacobians[i],
                _farthest(start, end),
                bool(predicted[i]),
            )
            for i, (start, end) in enumerate(zip(starts, ends, strict=True))
        ]
        for i, point in enumerate(points):
            if _on_saddle(point.certificate):
                points[i], more = self._leave_saddle(interval, point)
                iterations[i] += more
        return points, iterations

    def _leave_saddle(self, interval: Interval, point: TrackedPoint) -> tuple[TrackedPoint, int]:
        """Searches from both sides of a saddle of speed, and the better of the two ends.

        A ghost (a slow point where two fixed points are about to be born) that is followed past their birth lies
        between them, on such a saddle. The fixed point with fewer unstable directions is better; of equals, the nearer.
        """
        with double_precision():
            found = _search_beside(self, interval, jnp.asarray(point.fraction), jnp.asarray(point.vector))
        ends, certificates, jacobians, iterations = jax.tree.map(np.asarray, found)
        found = []
        for i, end in enumerate(ends):
            certificate = jax.tree.map(lambda of, i=i: of[i], certificates)
            missed = _farthest(point.vector, end) + point.missed
            found.append(TrackedPoint(point.fraction, end, certificate, jacobians[i], missed, point.predicted))
        best = min(found, key=lambda end: (not end.isolated, not end.fixed, _growing(end.jacobian), end.missed))
        return (best if best.isolated else point), int(iterations.sum())


def distance(
    one: Float64[np.ndarray, "*point coordinate"], other: Float64[np.ndarray, "*point coordinate"]
) -> Float64[np.ndarray, "*point"]:
    """The Euclidean distance over √(number of coordinates); coordinates above 1 count in units of their own size."""
    size = np.maximum(1.0, np.maximum(np.abs(one), np.abs(other)))
    return np.asarray(np.sqrt(np.mean(((one - other) / size) ** 2, axis=-1)))


def _farthest(start: Float64[np.ndarray, " coordinate"], end: Float64[np.ndarray, " coordinate"]) -> float:
    return float(np.max(np.abs(end - start) / np.maximum(1.0, np.abs(start))))


def _growing(jacobian: Float64[np.ndarray, "coordinate coordinate"]) -> int:
    return int(np.sum(np.abs(np.linalg.eigvals(jacobian)) > 1))


def _on_saddle(certificate: Certificate) -> bool:
    curvature = certificate.smallest_curvature
    unfinished = certificate.outcome == Outcome.UNFINISHED
    return bool(unfinished and curvature < 0 and certificate.gradient_norm <= ON_SADDLE * -curvature)


@eqx.filter_jit
def _search(
    continuation: Continuation,
    interval: Interval,
    origin: Float[Array, ""],
    target: Float[Array, ""],
    room: Float[Array, ""],
    points: Float[Array, "point coordinate"],
) -> Any:
    box = continuation.box
    landscape, _ = Landscape.around(interval.at(target), continuation.like, continuation.coordinates)

    def begin(point: Vector) -> tuple[Vector, Array]:
        predicted = _predict(continuation, interval, origin, target, point)
        near = jnp.all(jnp.abs(predicted - point) <= continuation.reach * jnp.maximum(1.0, jnp.abs(point)))
        usable = near & (landscape.half_speed(predicted) <= landscape.half_speed(point))
        return jnp.where(usable, predicted, point), usable

    starts, predicted = jax.lax.map(begin, points)
    # A fence is only asked for with a single point. It is a little wider than the reach, so that rounding is inside.
    size = (1 + 1e-9) * room * jnp.maximum(1.0, jnp.abs(starts[0]))
    ends, iterations = continuation.solver.descend(landscape, box, starts, Box(starts[0] - size, starts[0] + size))
    return starts, predicted, ends, *jax.lax.map(lambda end: _judge(continuation, landscape, end), ends), iterations


@eqx.filter_jit
def _search_beside(continuation: Continuation, interval: Interval, fraction: Float[Array, ""], saddle: Vector) -> Any:
    landscape, _ = Landscape.around(interval.at(fraction), continuation.like, continuation.coordinates)
    box, size = continuation.box, jnp.maximum(1.0, jnp.abs(saddle))
    free = ~box.active(saddle, jax.grad(landscape.half_speed)(saddle))
    scaled = jnp.where(free, size, 0.0)
    curvatures, directions = jnp.linalg.eigh(scaled[:, None] * landscape.hessian(saddle) * scaled[None, :])
    aside = ASIDE * size * directions[:, jnp.argmin(curvatures)]
    starts = jnp.stack([box.clip(saddle + aside), box.clip(saddle - aside)])
    ends, iterations = continuation.solver.descend(landscape, box, starts)
    return ends, *jax.lax.map(lambda end: _judge(continuation, landscape, end), ends), iterations


def _judge(continuation: Continuation, landscape: Landscape, end: Vector) -> tuple[Certificate, Array]:
    gradient, hessian = jax.grad(landscape.half_speed)(end), landscape.hessian(end)
    return certify(landscape, continuation.box, end, gradient, hessian), landscape.jacobian(end)


def _predict(
    continuation: Continuation, interval: Interval, origin: Float[Array, ""], target: Float[Array, ""], point: Vector
) -> Vector:
    """x + (dx/dt) Δt, with H dx/dt = −∂/∂t ∇½S on free coordinates, by the implicit function theorem.

    At a fixed point H = (J − I)ᵀ(J − I), and this is (I − J) dx/dt = ∂F/∂t. NaN where H is not positive definite.
    """
    box = continuation.box

    def slope(fraction: Float[Array, ""]) -> Vector:
        landscape, _ = Landscape.around(interval.at(fraction), continuation.like, continuation.coordinates)
        return jax.grad(landscape.half_speed)(point)

    gradient, change = jax.jvp(slope, (origin,), (jnp.ones_like(origin),))
    landscape, _ = Landscape.around(interval.at(origin), continuation.like, continuation.coordinates)
    held = box.active(point, gradient)
    hessian = jnp.where(held[:, None] | held[None, :], 0.0, landscape.hessian(point)) + jnp.diag(
        held.astype(point.dtype)
    )
    factor = jax.lax.linalg.cholesky(hessian, symmetrize_input=False)
    rate = jax.scipy.linalg.cho_solve((factor, True), jnp.where(held, 0.0, -change))
    return box.clip(point + rate * (target - origin))
