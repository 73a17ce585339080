"""Second-order search: exact Hessian, Levenberg's damping, bounds respected at every step."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from slowpoints._errors import InputError
from slowpoints._types import Vector
from slowpoints.dynamics.certificate import certify, DECREASE, FIXED, STEP
from slowpoints.dynamics.domain import Box
from slowpoints.dynamics.landscape import Landscape
from slowpoints.dynamics.outcome import Outcome
from slowpoints.dynamics.solvers.box_quadratic import ActiveSet, minimise_in_box
from slowpoints.dynamics.solvers.solver import AbstractSolver, Points


class _Descent(NamedTuple):
    vector: Vector
    half_speed: Float[Array, ""]
    gradient: Vector
    hessian: Float[Array, "coordinate coordinate"]
    damping: Float[Array, ""]
    held: ActiveSet
    fresh: Bool[Array, ""]
    iterations: Int[Array, ""]
    done: Bool[Array, ""]


class Newton(AbstractSolver):
    """Damped Newton on ½S in the box, to a certified minimum.

    Each step minimises Newton's model plus ½λ‖d‖² over the box cut with |d| ≤ `longest_step`, exactly, by
    `minimise_in_box`. λ falls after a step that lowers S and rises after one that does not (Levenberg 1944).
    The step is then bent along the valley by the third derivative (Chebyshev's correction). On trained GRUs
    this takes fewer steps, and the points found with steps up to 0.1 are those found with steps up to 0.03,
    where plain steps ended in other valleys for half of the starts. A state is left only for one of lower
    speed, and a point stops as soon as it is certified.

    A start at an exact saddle of speed has no slope to follow and ends unfinished.

    Points are searched one after the other (`jax.lax.map`): a point's answer then does not depend on its
    batch, in any bit, no point waits for a slower one, and the expensive parts (Hessian after a good step,
    eigenvalues when close) are done only where needed. A point's Hessian is one matrix product over all
    tangents and fills the processor by itself.
    """

    max_iterations: int = 3000
    """Steps tried for each point. Clean landscapes need 20 to 200, the long valleys of some networks 2000."""
    longest_step: float = 0.1
    """No coordinate moves further in one step than this, times 1 or its own size if that is more (an LSTM's c grows
    to hundreds). Steps of 1 were seen to jump to another class' valley."""
    damping: float = 1e-2
    """λ at the start."""
    damping_fall: float = 0.2
    """λ is multiplied by this after a good step."""
    damping_rise: float = 4.0
    """λ is multiplied by this after a bad one."""
    max_active_set_rounds: int = 20
    """Rounds of the active set in one step; 1 to 3 are typical."""

    def __check_init__(self):
        for name in ("max_iterations", "longest_step", "damping", "max_active_set_rounds"):
            if not getattr(self, name) > 0:
                raise InputError(f"Newton's {name} must be positive, not {getattr(self, name)}.")
        if not 0 < self.damping_fall < 1 < self.damping_rise:
            raise InputError("Newton's damping_fall must lie between 0 and 1, and its damping_rise above 1.")

    @property
    def matrix_free(self) -> bool:
        """No: it builds the Hessian at every step."""
        return False

    def descend(self, landscape: Landscape, box: Box, starts: Points) -> tuple[Points, Int[Array, " point"]]:
        """See `AbstractSolver.descend`. A budget of n iterations tries n steps a point."""
        return jax.lax.map(partial(self._descend_one, landscape, box), starts)

    def _descend_one(self, landscape: Landscape, box: Box, start: Vector) -> tuple[Vector, Int[Array, ""]]:
        half_speed, gradient = jax.value_and_grad(landscape.half_speed)(start)
        nothing_held = jnp.zeros_like(start, bool)
        first = _Descent(
            vector=start,
            half_speed=half_speed,
            gradient=gradient,
            hessian=landscape.hessian(start),
            damping=jnp.asarray(self.damping, start.dtype),
            held=ActiveSet(nothing_held, nothing_held),
            fresh=jnp.ones((), bool),
            iterations=jnp.zeros((), jnp.int32),
            done=~jnp.isfinite(half_speed),
        )
        last = jax.lax.while_loop(
            lambda now: ~now.done & (now.iterations < self.max_iterations),
            partial(self._iterate, landscape, box),
            first,
        )
        return last.vector, last.iterations

    def _iterate(self, landscape: Landscape, box: Box, now: _Descent) -> _Descent:
        x, q, gradient, hessian = now.vector, now.half_speed, now.gradient, now.hessian
        move, held, predicted, near = self._propose(landscape, box, now)
        trial = box.clip(x + move)
        new_q, new_gradient = jax.value_and_grad(landscape.half_speed)(trial)

        falls = new_q < q - 1e-4 * predicted
        # Near the end S changes by less than its own rounding, eps·‖ξ‖·√S; there the gradient judges.
        rounding = 10 * jnp.finfo(x.dtype).eps * _extent(landscape, x) * jnp.sqrt(2 * q)
        flattens = _slope(box, trial, new_gradient) < _slope(box, x, gradient)
        levels = (predicted <= rounding) & (new_q <= q + rounding) & flattens
        good = (predicted > 0) & (falls | levels) & jnp.all(jnp.isfinite(new_gradient))

        # Towards a fixed point S loses most of itself at each step, until rounding stops it.
        spent = ~good & (jnp.sqrt(2 * q) <= FIXED * _extent(landscape, x))
        certified = jax.lax.cond(
            now.fresh & (near | spent),
            lambda: certify(landscape, box, x, gradient, hessian).outcome != Outcome.UNFINISHED,
            lambda: jnp.zeros((), bool),
        )
        good = good & ~certified
        damping = now.damping * jnp.where(good, self.damping_fall, self.damping_rise)
        return _Descent(
            vector=jnp.where(good, trial, x),
            half_speed=jnp.where(good, new_q, q),
            gradient=jnp.where(good, new_gradient, gradient),
            hessian=jax.lax.cond(good, lambda: landscape.hessian(trial), lambda: hessian),
            damping=jnp.maximum(damping, _LEAST_DAMPING),
            held=jax.tree.map(partial(jnp.where, good), held, now.held),
            fresh=good,
            iterations=now.iterations + 1,
            done=certified | (damping > _GREATEST_DAMPING),
        )

    def _propose(
        self, landscape: Landscape, box: Box, now: _Descent
    ) -> tuple[Vector, ActiveSet, Float[Array, ""], Bool[Array, ""]]:
        """The next move, its active set, the decrease of ½S predicted, and whether x may be a minimum."""
        x, gradient, hessian = now.vector, now.gradient, now.hessian
        longest = self.longest_step * jnp.maximum(1.0, jnp.abs(x))
        solve = partial(
            minimise_in_box,
            hessian + now.damping * jnp.eye(x.size, dtype=x.dtype),
            lower=jnp.maximum(box.lower - x, -longest),
            upper=jnp.minimum(box.upper - x, longest),
            max_rounds=self.max_active_set_rounds,
        )
        d, held = solve(gradient, guess=now.held)
        # The gradient at x + d is g + Hd + ½T[d, d] to third order; T[d, d] costs a few gradients.
        bend = 0.5 * _second_derivative(jax.grad(landscape.half_speed), x, d)
        bent, _ = solve(gradient + bend, guess=held)
        move = jnp.where(jnp.linalg.norm(bent - d) <= jnp.linalg.norm(d), bent, d)

        predicted = -jnp.dot(gradient, d) - 0.5 * jnp.dot(d, hessian @ d)
        short = jnp.max(jnp.abs(d)) <= STEP * jnp.maximum(1.0, jnp.max(jnp.abs(x)))
        return move, held, predicted, short & (predicted <= DECREASE * 2 * now.half_speed)


def _extent(landscape: Landscape, vector: Vector) -> Float[Array, ""]:
    return 1 + jnp.linalg.norm(landscape.locate(vector))


def _slope(box: Box, vector: Vector, gradient: Vector) -> Float[Array, ""]:
    return jnp.max(jnp.where(box.active(vector, gradient), 0.0, jnp.abs(gradient)))


def _second_derivative(function: Callable[[Vector], Vector], vector: Vector, direction: Vector) -> Vector:
    """d²/dt² of the function at vector + t·direction, t = 0."""

    def slope(at: Vector) -> Vector:
        return jax.jvp(function, (at,), (direction,))[1]

    return jax.jvp(slope, (vector,), (direction,))[1]


_LEAST_DAMPING = 1e-14
"""Well under every curvature that can be told from zero; a smaller λ would only take longer to rise again."""

_GREATEST_DAMPING = 1e12
"""Steps so damped move nothing: S cannot be lowered at this precision."""
