"""What the stepwise solvers share: their state, when a step is accepted, and when they stop."""

from collections.abc import Callable
from typing import Generic, NamedTuple, Self, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from slowpoints._types import Vector
from slowpoints.dynamics._certificate import certify, DECREASE, FIXED, STEP
from slowpoints.dynamics._domain import Box
from slowpoints.dynamics._landscape import Landscape
from slowpoints.dynamics._outcome import Outcome
from slowpoints.dynamics.solvers._box_quadratic import ActiveSet
from slowpoints.dynamics.solvers._solver import Points

Matrix = Float[Array, "coordinate coordinate"]


class Quadratic(NamedTuple):
    """Newton's model of ½S: the Hessian, and the active set of the last good step as a guess for the next."""

    hessian: Matrix
    held: ActiveSet

    @classmethod
    def at(cls, landscape: Landscape, start: Vector) -> Self:
        """The model at a start."""
        nothing_held = jnp.zeros_like(start, bool)
        return cls(landscape.hessian(start), ActiveSet(nothing_held, nothing_held))


Model = TypeVar("Model")
"""What a solver keeps about ½S at a state, besides its gradient, until it moves on."""


class Descent(eqx.Module, Generic[Model]):
    """The state of one descent: x, with ½S, its gradient and a model at x, and the damping λ of the next step.

    `fresh`: x has not been tested by the certificate yet. `certified`: it was, and is a point of some kind.
    """

    vector: Vector
    half_speed: Float[Array, ""]
    gradient: Vector
    model: Model
    damping: Float[Array, ""]
    fresh: Bool[Array, ""]
    certified: Bool[Array, ""]
    iterations: Int[Array, ""]
    done: Bool[Array, ""]

    @classmethod
    def at(cls, landscape: Landscape, start: Vector, model: Model, damping: Float[Array, ""]) -> "Descent[Model]":
        """The descent at its start."""
        half_speed, gradient = jax.value_and_grad(landscape.half_speed)(start)
        return cls(
            vector=start,
            half_speed=half_speed,
            gradient=gradient,
            model=model,
            damping=damping,
            fresh=jnp.ones((), bool),
            certified=jnp.zeros((), bool),
            iterations=jnp.zeros((), jnp.int32),
            done=~jnp.isfinite(half_speed),
        )


class Trial(NamedTuple):
    """A state that a step proposes, with ½S and its gradient there."""

    vector: Vector
    half_speed: Float[Array, ""]
    gradient: Vector

    @classmethod
    def at(cls, landscape: Landscape, vector: Vector) -> Self:
        """The trial at a state."""
        return cls(vector, *jax.value_and_grad(landscape.half_speed)(vector))


def descend_from_each(
    starts: Points,
    begin: Callable[[Vector], Descent[Model]],
    iterate: Callable[[Descent[Model]], Descent[Model]],
    max_iterations: int,
    fence: Box | None,
    finish: Callable[[Vector], Vector] = lambda vector: vector,
) -> tuple[Points, Int[Array, " point"]]:
    """Iterates from each start until it is done, reaches the fence, or has spent its budget. One start after another.

    A descent that ends uncertified, inside the fence, ends where `finish` takes it.

    So a result does not depend on its batch, in any bit; no point waits for a slower one; and the expensive parts (the
    Hessian after a good step, eigenvalues near the end) are computed only when needed. The Hessian of one point is a
    matrix product over all tangents, which keeps the processor busy by itself.
    """

    def inside(now: Descent[Model]) -> Bool[Array, ""]:
        return jnp.ones((), bool) if fence is None else fence.encloses(now.vector)

    def descend(start: Vector) -> tuple[Vector, Int[Array, ""]]:
        def goes_on(now: Descent[Model]) -> Bool[Array, ""]:
            return ~now.done & (now.iterations < max_iterations) & inside(now)

        last = jax.lax.while_loop(goes_on, iterate, begin(start))
        open_end = ~last.certified & inside(last) & jnp.isfinite(last.half_speed)
        return jax.lax.cond(open_end, finish, lambda vector: vector, last.vector), last.iterations

    return jax.lax.map(descend, starts)


def move_on(
    now: Descent[Model],
    trial: Trial,
    model: Callable[[], Model],
    *,
    good: Bool[Array, ""],
    certified: Bool[Array, ""],
    damping: Float[Array, ""],
) -> Descent[Model]:
    """The descent after a trial: at the trial if it is good, otherwise unchanged but for the damping.

    It is done if x is certified, or if the damping is so large that steps no longer move. `model` makes the model at
    the trial; it is called only if the trial is good.
    """
    return Descent(
        vector=jnp.where(good, trial.vector, now.vector),
        half_speed=jnp.where(good, trial.half_speed, now.half_speed),
        gradient=jnp.where(good, trial.gradient, now.gradient),
        model=jax.lax.cond(good, model, lambda: now.model),
        damping=jnp.maximum(damping, _LEAST_DAMPING),
        fresh=good,
        certified=certified,
        iterations=now.iterations + 1,
        done=certified | (damping > _GREATEST_DAMPING),
    )


def bend_of(landscape: Landscape, vector: Vector, move: Vector) -> Vector:
    """½T[d, d] for a move d, with T the third derivative of ½S: ∇½S at x + d is g + Hd + this, to third order in d."""

    def slope(at: Vector) -> Vector:
        return jax.jvp(jax.grad(landscape.half_speed), (at,), (move,))[1]

    return 0.5 * jax.jvp(slope, (vector,), (move,))[1]


def descends(
    landscape: Landscape, box: Box, now: Descent, trial: Trial, predicted: Float[Array, ""]
) -> Bool[Array, ""]:
    """Whether a step is accepted: ½S falls by at least a part of what was predicted, and stays finite.

    Near the end S changes by less than its own rounding, eps·‖ξ‖·√S. Then the step is accepted if the gradient falls.
    """
    x, q = now.vector, now.half_speed
    falls = trial.half_speed < q - 1e-4 * predicted
    rounding = 10 * jnp.finfo(x.dtype).eps * _extent(landscape, x) * jnp.sqrt(2 * q)
    flattens = _slope(box, trial.vector, trial.gradient) < _slope(box, x, now.gradient)
    levels = (predicted <= rounding) & (trial.half_speed <= q + rounding) & flattens
    return (predicted > 0) & (falls | levels) & jnp.all(jnp.isfinite(trial.gradient))


def decrease_of(now: Descent, move: Vector, curved: Vector) -> Float[Array, ""]:
    """The decrease of ½S that Newton's model predicts for a move; `curved` is the Hessian times the move."""
    return -jnp.dot(now.gradient, move) - 0.5 * jnp.dot(move, curved)


def is_certified(
    landscape: Landscape,
    now: Descent,
    move: Vector,
    predicted: Float[Array, ""],
    falls: Bool[Array, ""],
    certify: Callable[[], Bool[Array, ""]],
) -> Bool[Array, ""]:
    """Whether the certificate says that x is a fixed point or a minimum of any kind.

    The certificate is costly, so it is computed only if the model's move is short and decreases little, or if S is only
    rounding. On the way to a fixed point S falls by most of itself at each step, until it is only rounding.
    """
    x, q = now.vector, now.half_speed
    short = jnp.all(jnp.abs(move) <= STEP * jnp.maximum(1.0, jnp.abs(x)))
    near = short & (predicted <= DECREASE * 2 * q)
    spent = ~falls & (jnp.sqrt(2 * q) <= FIXED * _extent(landscape, x))
    return jax.lax.cond(now.fresh & (near | spent), certify, lambda: jnp.zeros((), bool))


def is_minimum(landscape: Landscape, box: Box, now: Descent[Quadratic]) -> Bool[Array, ""]:
    """Whether the certificate from the Hessian has an outcome other than unfinished."""
    found = certify(landscape, box, now.vector, now.gradient, now.model.hessian)
    return found.outcome != Outcome.UNFINISHED


def _extent(landscape: Landscape, vector: Vector) -> Float[Array, ""]:
    return 1 + jnp.linalg.norm(landscape.locate(vector))


def _slope(box: Box, vector: Vector, gradient: Vector) -> Float[Array, ""]:
    return jnp.max(jnp.where(box.active(vector, gradient), 0.0, jnp.abs(gradient)))


_LEAST_DAMPING = 1e-14
"""The least λ, below every curvature that can be told from zero. From a smaller λ it would take longer to rise."""

_GREATEST_DAMPING = 1e12
"""The greatest λ. A step with more damping moves nothing: S cannot be lowered at this precision."""
