"""The gradient flow of speed, followed to where it ends: which minimum a start belongs to."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from slowpoints._errors import InputError
from slowpoints._types import Vector
from slowpoints.dynamics.domain import Box
from slowpoints.dynamics.landscape import Landscape
from slowpoints.dynamics.solvers.box_quadratic import ActiveSet, minimise_in_box
from slowpoints.dynamics.solvers.descent import descends, is_certified, is_spent, may_be_minimum
from slowpoints.dynamics.solvers.solver import AbstractSolver, Points


class _Flow(NamedTuple):
    vector: Vector
    half_speed: Float[Array, ""]
    gradient: Vector
    hessian: Float[Array, "coordinate coordinate"]
    time_step: Float[Array, ""]
    held: ActiveSet
    fresh: Bool[Array, ""]
    iterations: Int[Array, ""]
    done: Bool[Array, ""]


class GradientFlow(AbstractSolver):
    """dx/dt = −∇½S in the box, from each start to a certified minimum, with its error controlled.

    The minimum that the flow ends at is the one whose basin a start lies in, a fact about the landscape. Newton's
    steps, however short, take another way down and may end at another minimum; this is slower, and checks it.

    A step of size τ is linearly implicit Euler's, which in a box is the minimum of g·d + ½ d·(H + I/τ)d. One full
    step is compared with two halves, which are kept; τ follows their difference (Hairer and Wanner, *Solving
    Ordinary Differential Equations II*, IV.9). The flow is stiff, with curvatures from 1e-9 to 1; near a minimum
    τ grows without bound, and the steps become Newton's.
    """

    tolerance: float = 1e-3
    """The largest error of one step in any coordinate, times 1 or the coordinate's own size if that is more."""
    max_iterations: int = 5000
    """Steps tried for each point."""
    max_active_set_rounds: int = 20
    """Rounds of the active set in one step; 1 to 3 are typical."""

    def __check_init__(self):
        for name in ("tolerance", "max_iterations", "max_active_set_rounds"):
            if not getattr(self, name) > 0:
                raise InputError(f"GradientFlow's {name} must be positive, not {getattr(self, name)}.")

    def descend(self, landscape: Landscape, box: Box, starts: Points) -> tuple[Points, Int[Array, " point"]]:
        """See `AbstractSolver.descend`. Points are followed one after the other, as `Newton` does and why."""
        return jax.lax.map(partial(self._descend_one, landscape, box), starts)

    def _descend_one(self, landscape: Landscape, box: Box, start: Vector) -> tuple[Vector, Int[Array, ""]]:
        half_speed, gradient = jax.value_and_grad(landscape.half_speed)(start)
        hessian = landscape.hessian(start)
        nothing_held = jnp.zeros_like(start, bool)
        first = _Flow(
            vector=start,
            half_speed=half_speed,
            gradient=gradient,
            hessian=hessian,
            # The scale of the fastest direction; the control takes it from there.
            time_step=1 / jnp.maximum(jnp.linalg.norm(hessian), jnp.finfo(start.dtype).tiny),
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

    def _iterate(self, landscape: Landscape, box: Box, now: _Flow) -> _Flow:
        x, q, gradient, hessian = now.vector, now.half_speed, now.gradient, now.hessian
        full, held = self._move(box, x, gradient, hessian, now.time_step, now.held)
        half, _ = self._move(box, x, gradient, hessian, now.time_step / 2, held)
        middle = box.clip(x + half)
        slope = jax.grad(landscape.half_speed)(middle)
        rest, held = self._move(box, middle, slope, landscape.hessian(middle), now.time_step / 2, held)
        trial = box.clip(middle + rest)
        error = jnp.max(jnp.abs(trial - (x + full)) / jnp.maximum(1.0, jnp.abs(x))) / self.tolerance
        new_q, new_gradient = jax.value_and_grad(landscape.half_speed)(trial)

        predicted = -jnp.dot(gradient, full) - 0.5 * jnp.dot(full, hessian @ full)
        falls = descends(landscape, box, (x, q, gradient), (trial, new_q, new_gradient), predicted)
        near = may_be_minimum(x, q, full, predicted) | (~falls & is_spent(landscape, x, q))
        certified = is_certified(landscape, box, x, gradient, hessian, asked=now.fresh & near)
        good = falls & (error <= 1) & ~certified
        # The error of one step grows as τ²; a step that was refused for another reason than it is quartered.
        factor = jnp.clip(0.9 / jnp.sqrt(jnp.maximum(error, 1e-3)), 0.2, 5.0)
        factor = jnp.where(falls & jnp.isfinite(error), factor, 0.25)
        time_step = now.time_step * factor
        return _Flow(
            vector=jnp.where(good, trial, x),
            half_speed=jnp.where(good, new_q, q),
            gradient=jnp.where(good, new_gradient, gradient),
            hessian=jax.lax.cond(good, lambda: landscape.hessian(trial), lambda: hessian),
            time_step=jnp.minimum(time_step, _LONGEST),
            held=jax.tree.map(partial(jnp.where, good), held, now.held),
            fresh=good,
            iterations=now.iterations + 1,
            done=certified | (time_step < _SHORTEST),
        )

    def _move(
        self,
        box: Box,
        vector: Vector,
        gradient: Vector,
        hessian: Float[Array, "coordinate coordinate"],
        time_step: Float[Array, ""],
        guess: ActiveSet,
    ) -> tuple[Vector, ActiveSet]:
        return minimise_in_box(
            hessian + jnp.eye(vector.size, dtype=vector.dtype) / time_step,
            gradient,
            box.lower - vector,
            box.upper - vector,
            guess,
            self.max_active_set_rounds,
        )


_LONGEST = 1e14
"""1/τ is then well under every curvature that can be told from zero."""

_SHORTEST = 1e-12
"""Steps so short move nothing: S cannot be lowered at this precision."""
