"""What solvers that descend step by step share: where they are, when a step counts, and when to stop."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple, Self

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from slowpoints._types import Vector
from slowpoints.dynamics.certificate import certify, DECREASE, FIXED, STEP
from slowpoints.dynamics.domain import Box
from slowpoints.dynamics.landscape import Landscape
from slowpoints.dynamics.outcome import Outcome
from slowpoints.dynamics.solvers.box_quadratic import ActiveSet
from slowpoints.dynamics.solvers.solver import Points

Matrix = Float[Array, "coordinate coordinate"]


class Descent(NamedTuple):
    """Where one point's descent stands: x, with ½S and its derivatives there, and the damping λ of the next step.

    `held` is the active set of the last good step. `fresh` says that x is new since the certificate was last asked.
    """

    vector: Vector
    half_speed: Float[Array, ""]
    gradient: Vector
    hessian: Matrix
    damping: Float[Array, ""]
    held: ActiveSet
    fresh: Bool[Array, ""]
    iterations: Int[Array, ""]
    done: Bool[Array, ""]

    @classmethod
    def at(cls, landscape: Landscape, start: Vector, damping: Callable[[Matrix], Float[Array, ""]]) -> Self:
        """A descent that begins; its first damping may depend on the Hessian."""
        half_speed, gradient = jax.value_and_grad(landscape.half_speed)(start)
        hessian = landscape.hessian(start)
        nothing_held = jnp.zeros_like(start, bool)
        return cls(
            vector=start,
            half_speed=half_speed,
            gradient=gradient,
            hessian=hessian,
            damping=damping(hessian),
            held=ActiveSet(nothing_held, nothing_held),
            fresh=jnp.ones((), bool),
            iterations=jnp.zeros((), jnp.int32),
            done=~jnp.isfinite(half_speed),
        )


class Trial(NamedTuple):
    """A state to go on to, with ½S and its gradient there, and the active set of the step that leads to it."""

    vector: Vector
    half_speed: Float[Array, ""]
    gradient: Vector
    held: ActiveSet

    @classmethod
    def at(cls, landscape: Landscape, vector: Vector, held: ActiveSet) -> Self:
        """The trial of a state."""
        return cls(vector, *jax.value_and_grad(landscape.half_speed)(vector), held)


def descend_from_each(
    landscape: Landscape,
    starts: Points,
    iterate: Callable[[Descent], Descent],
    *,
    damping: Callable[[Matrix], Float[Array, ""]],
    max_iterations: int,
) -> tuple[Points, Int[Array, " point"]]:
    """Iterates from each start, one after the other, until it is done or its budget is spent.

    A point's answer so does not depend on its batch, in any bit, no point waits for a slower one, and the expensive
    parts (Hessian after a good step, eigenvalues when close) are done only where needed. A point's Hessian is one
    matrix product over all tangents and fills the processor by itself.
    """

    def descend(start: Vector) -> tuple[Vector, Int[Array, ""]]:
        last = jax.lax.while_loop(
            lambda now: ~now.done & (now.iterations < max_iterations), iterate, Descent.at(landscape, start, damping)
        )
        return last.vector, last.iterations

    return jax.lax.map(descend, starts)


def move_on(
    landscape: Landscape,
    now: Descent,
    trial: Trial,
    *,
    good: Bool[Array, ""],
    certified: Bool[Array, ""],
    damping: Float[Array, ""],
) -> Descent:
    """The descent after a trial: at it if it was good, else where it was; done if certified or damped to a halt."""
    return Descent(
        vector=jnp.where(good, trial.vector, now.vector),
        half_speed=jnp.where(good, trial.half_speed, now.half_speed),
        gradient=jnp.where(good, trial.gradient, now.gradient),
        hessian=jax.lax.cond(good, lambda: landscape.hessian(trial.vector), lambda: now.hessian),
        damping=jnp.maximum(damping, _LEAST_DAMPING),
        held=jax.tree.map(partial(jnp.where, good), trial.held, now.held),
        fresh=good,
        iterations=now.iterations + 1,
        done=certified | (damping > _GREATEST_DAMPING),
    )


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


def decrease_of(now: Descent, move: Vector) -> Float[Array, ""]:
    """By how much Newton's model says that a move lowers ½S."""
    return -jnp.dot(now.gradient, move) - 0.5 * jnp.dot(move, now.hessian @ move)


def is_certified(
    landscape: Landscape, box: Box, now: Descent, move: Vector, predicted: Float[Array, ""], falls: Bool[Array, ""]
) -> Bool[Array, ""]:
    """Whether x is certified as anything.

    The certificate is asked only where it is worth its cost: where the model's move is short and gains little, or
    where S is all rounding. Towards a fixed point S loses most of itself at each step, until it is.
    """
    x, q = now.vector, now.half_speed
    short = jnp.all(jnp.abs(move) <= STEP * jnp.maximum(1.0, jnp.abs(x)))
    near = short & (predicted <= DECREASE * 2 * q)
    spent = ~falls & (jnp.sqrt(2 * q) <= FIXED * _extent(landscape, x))
    return jax.lax.cond(
        now.fresh & (near | spent),
        lambda: certify(landscape, box, x, now.gradient, now.hessian).outcome != Outcome.UNFINISHED,
        lambda: jnp.zeros((), bool),
    )


def _extent(landscape: Landscape, vector: Vector) -> Float[Array, ""]:
    return 1 + jnp.linalg.norm(landscape.locate(vector))


def _slope(box: Box, vector: Vector, gradient: Vector) -> Float[Array, ""]:
    return jnp.max(jnp.where(box.active(vector, gradient), 0.0, jnp.abs(gradient)))


_LEAST_DAMPING = 1e-14
"""Well under every curvature that can be told from zero; a smaller λ would only take longer to rise again."""

_GREATEST_DAMPING = 1e12
"""Steps so damped move nothing: S cannot be lowered at this precision."""
