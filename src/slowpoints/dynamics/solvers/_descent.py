"""What solvers that descend step by step share: where they are, when a step counts, and when to stop."""

from collections.abc import Callable
from typing import Generic, NamedTuple, Self, TypeVar

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
    """Newton's model of ½S, built: the Hessian, and the active set of the last good step as a guess of the next."""

    hessian: Matrix
    held: ActiveSet

    @classmethod
    def at(cls, landscape: Landscape, start: Vector) -> Self:
        """The model at a start."""
        nothing_held = jnp.zeros_like(start, bool)
        return cls(landscape.hessian(start), ActiveSet(nothing_held, nothing_held))


Model = TypeVar("Model")
"""What a solver keeps of ½S around a state, besides its gradient, for as long as it stays there."""


class Descent(NamedTuple, Generic[Model]):
    """Where one point's descent stands: x, with ½S, its gradient and a model there, and the damping λ of the next step.

    `fresh` says that x is new since the certificate was last asked.
    """

    vector: Vector
    half_speed: Float[Array, ""]
    gradient: Vector
    model: Model
    damping: Float[Array, ""]
    fresh: Bool[Array, ""]
    iterations: Int[Array, ""]
    done: Bool[Array, ""]

    @classmethod
    def at(cls, landscape: Landscape, start: Vector, model: Model, damping: Float[Array, ""]) -> "Descent[Model]":
        """A descent that begins."""
        half_speed, gradient = jax.value_and_grad(landscape.half_speed)(start)
        return cls(
            vector=start,
            half_speed=half_speed,
            gradient=gradient,
            model=model,
            damping=damping,
            fresh=jnp.ones((), bool),
            iterations=jnp.zeros((), jnp.int32),
            done=~jnp.isfinite(half_speed),
        )


class Trial(NamedTuple):
    """A state to go on to, with ½S and its gradient there."""

    vector: Vector
    half_speed: Float[Array, ""]
    gradient: Vector

    @classmethod
    def at(cls, landscape: Landscape, vector: Vector) -> Self:
        """The trial of a state."""
        return cls(vector, *jax.value_and_grad(landscape.half_speed)(vector))


def descend_from_each(
    starts: Points,
    begin: Callable[[Vector], Descent[Model]],
    iterate: Callable[[Descent[Model]], Descent[Model]],
    max_iterations: int,
    fence: Box | None,
) -> tuple[Points, Int[Array, " point"]]:
    """Iterates from each start, one after the other, until it is done, comes to the fence, or its budget is spent.

    A point's answer so does not depend on its batch, in any bit, no point waits for a slower one, and the expensive
    parts (Hessian after a good step, eigenvalues when close) are done only where needed. A point's Hessian is one
    matrix product over all tangents and fills the processor by itself.
    """

    def descend(start: Vector) -> tuple[Vector, Int[Array, ""]]:
        def goes_on(now: Descent[Model]) -> Bool[Array, ""]:
            inside = True if fence is None else fence.encloses(now.vector)
            return ~now.done & (now.iterations < max_iterations) & inside

        last = jax.lax.while_loop(goes_on, iterate, begin(start))
        return last.vector, last.iterations

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
    """The descent after a trial: at it if it was good, else where it was; done if certified or damped to a halt.

    `model` makes the model at the trial, and is asked only if that was good.
    """
    return Descent(
        vector=jnp.where(good, trial.vector, now.vector),
        half_speed=jnp.where(good, trial.half_speed, now.half_speed),
        gradient=jnp.where(good, trial.gradient, now.gradient),
        model=jax.lax.cond(good, model, lambda: now.model),
        damping=jnp.maximum(damping, _LEAST_DAMPING),
        fresh=good,
        iterations=now.iterations + 1,
        done=certified | (damping > _GREATEST_DAMPING),
    )


def bend_of(landscape: Landscape, vector: Vector, move: Vector) -> Vector:
    """½T[d, d] of a move d, by which ∇½S at x + d differs from g + Hd to third order; it costs a few gradients."""

    def slope(at: Vector) -> Vector:
        return jax.jvp(jax.grad(landscape.half_speed), (at,), (move,))[1]

    return 0.5 * jax.jvp(slope, (vector,), (move,))[1]


def descends(
    landscape: Landscape, box: Box, now: Descent, trial: Trial, predicted: Float[Array, ""]
) -> Bool[Array, ""]:
    """Whether a step counts: ½S falls by a part of what was predicted, and stays finite.

    Near the end S changes by less than its own rounding, eps·‖ξ‖·√S; there the gradient judges.
    """
    x, q = now.vector, now.half_speed
    falls = trial.half_speed < q - 1e-4 * predicted
    rounding = 10 * jnp.finfo(x.dtype).eps * _extent(landscape, x) * jnp.sqrt(2 * q)
    flattens = _slope(box, trial.vector, trial.gradient) < _slope(box, x, now.gradient)
    levels = (predicted <= rounding) & (trial.half_speed <= q + rounding) & flattens
    return (predicted > 0) & (falls | levels) & jnp.all(jnp.isfinite(trial.gradient))


def decrease_of(now: Descent, move: Vector, curved: Vector) -> Float[Array, ""]:
    """By how much Newton's model says that a move lowers ½S; `curved` is the Hessian's product with the move."""
    return -jnp.dot(now.gradient, move) - 0.5 * jnp.dot(move, curved)


def is_certified(
    landscape: Landscape,
    now: Descent,
    move: Vector,
    predicted: Float[Array, ""],
    falls: Bool[Array, ""],
    certify: Callable[[], Bool[Array, ""]],
) -> Bool[Array, ""]:
    """Whether x is certified as anything.

    The certificate is asked only where it is worth its cost: where the model's move is short and gains little, or
    where S is all rounding. Towards a fixed point S loses most of itself at each step, until it is.
    """
    x, q = now.vector, now.half_speed
    short = jnp.all(jnp.abs(move) <= STEP * jnp.maximum(1.0, jnp.abs(x)))
    near = short & (predicted <= DECREASE * 2 * q)
    spent = ~falls & (jnp.sqrt(2 * q) <= FIXED * _extent(landscape, x))
    return jax.lax.cond(now.fresh & (near | spent), certify, lambda: jnp.zeros((), bool))


def is_minimum(landscape: Landscape, box: Box, now: Descent[Quadratic]) -> Bool[Array, ""]:
    """The certificate, by the Hessian."""
    found = certify(landscape, box, now.vector, now.gradient, now.model.hessian)
    return found.outcome != Outcome.UNFINISHED


def _extent(landscape: Landscape, vector: Vector) -> Float[Array, ""]:
    return 1 + jnp.linalg.norm(landscape.locate(vector))


def _slope(box: Box, vector: Vector, gradient: Vector) -> Float[Array, ""]:
    return jnp.max(jnp.where(box.active(vector, gradient), 0.0, jnp.abs(gradient)))


_LEAST_DAMPING = 1e-14
"""Well under every curvature that can be told from zero; a smaller λ would only take longer to rise again."""

_GREATEST_DAMPING = 1e12
"""Steps so damped move nothing: S cannot be lowered at this precision."""
