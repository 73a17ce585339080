"""Second-order search for states too large for a Hessian: from products with it alone."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from slowpoints._errors import InputError
from slowpoints._types import Vector
from slowpoints.dynamics.domain import Box
from slowpoints.dynamics.landscape import Landscape
from slowpoints.dynamics.solvers.box_conjugate_gradients import conjugate_gradients_in_box
from slowpoints.dynamics.solvers.descent import descends, is_spent, may_be_minimum
from slowpoints.dynamics.solvers.newton import _GREATEST_DAMPING, _LEAST_DAMPING, _second_derivative
from slowpoints.dynamics.solvers.solver import AbstractSolver, Points


class _Descent(NamedTuple):
    vector: Vector
    half_speed: Float[Array, ""]
    gradient: Vector
    damping: Float[Array, ""]
    iterations: Int[Array, ""]
    done: Bool[Array, ""]


class NewtonKrylov(AbstractSolver):
    """Damped Newton on ½S in the box by truncated conjugate gradients: for states of a thousand units and more.

    `Newton`'s search without its matrices: the same damping, bend along the valley and rule for what step counts,
    but each step is the minimum of the model only to a tolerance, found by `conjugate_gradients_in_box`. A product
    with the Hessian costs about four steps of the map and memory for a few states. The certificate is made from
    products too, with the leading eigenvalues only.

    The products are with the exact Hessian, and the tolerance is small. On a trained GRU of 100 units (ten starts,
    curvatures from 1e-9 to 1) a tolerance of 0.1 or 0.3 took more products in all than 0.01, and without the bend
    two to twenty times the iterations. Where a state is small enough for `Newton`, that is quicker.

    Points are searched one after the other, as `Newton` does and why.
    """

    max_iterations: int = 3000
    """Steps tried for each point."""
    longest_step: float = 0.1
    """No coordinate moves further in one step than this, times 1 or its own size if that is more; see `Newton`."""
    tolerance: float = 0.1
    """A step is solved for until the model's gradient is this part of ½S's, on free coordinates (2-norm)."""
    max_products: int = 1000
    """Products with the Hessian in one solve; what is reached then is taken. A step takes two solves."""
    damping: float = 1e-2
    """λ at the start."""
    damping_fall: float = 0.2
    """λ is multiplied by this after a good step."""
    damping_rise: float = 4.0
    """λ is multiplied by this after a bad one."""

    def __check_init__(self):
        for name in ("max_iterations", "longest_step", "max_products", "damping"):
            if not getattr(self, name) > 0:
                raise InputError(f"NewtonKrylov's {name} must be positive, not {getattr(self, name)}.")
        if not 0 < self.tolerance < 1:
            raise InputError(f"NewtonKrylov's tolerance must lie between 0 and 1, not {self.tolerance}.")
        if not 0 < self.damping_fall < 1 < self.damping_rise:
            raise InputError("NewtonKrylov's damping_fall must lie between 0 and 1, and its damping_rise above 1.")

    @property
    def matrix_free(self) -> bool:
        """Yes."""
        return True

    def descend(self, landscape: Landscape, box: Box, starts: Points) -> tuple[Points, Int[Array, " point"]]:
        """See `AbstractSolver.descend`. A budget of n iterations tries n steps a point."""
        return jax.lax.map(partial(self._descend_one, landscape, box), starts)

    def _descend_one(self, landscape: Landscape, box: Box, start: Vector) -> tuple[Vector, Int[Array, ""]]:
        half_speed, gradient = jax.value_and_grad(landscape.half_speed)(start)
        first = _Descent(
            vector=start,
            half_speed=half_speed,
            gradient=gradient,
            damping=jnp.asarray(self.damping, start.dtype),
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
        x, q, gradient = now.vector, now.half_speed, now.gradient
        _, product = jax.linearize(jax.grad(landscape.half_speed), x)
        longest = self.longest_step * jnp.maximum(1.0, jnp.abs(x))
        lower, upper = jnp.maximum(box.lower - x, -longest), jnp.minimum(box.upper - x, longest)
        solve = partial(
            conjugate_gradients_in_box,
            lambda v: product(v) + now.damping * v,
            tolerance=self.tolerance * jnp.linalg.norm(_free(box, x, gradient)),
            max_products=self.max_products,
        )
        model = solve(gradient, lower, upper)
        d, curved = model.step, product(model.step)
        # As in Newton, the gradient at x + d is g + Hd + ½T[d, d] to third order; here the solve goes on from d.
        bend = 0.5 * _second_derivative(jax.grad(landscape.half_speed), x, d)
        bent = solve(gradient + curved + now.damping * d + bend, lower - d, upper - d)
        move = jnp.where(jnp.linalg.norm(bent.step) <= jnp.linalg.norm(d), d + bent.step, d)
        predicted = -jnp.dot(gradient, d) - 0.5 * jnp.dot(d, curved)
        trial = box.clip(x + move)
        new_q, new_gradient = jax.value_and_grad(landscape.half_speed)(trial)

        good = descends(landscape, box, (x, q, gradient), (trial, new_q, new_gradient), predicted)
        near = may_be_minimum(x, q, d, predicted) & model.converged & model.convex
        finished = (~good & is_spent(landscape, x, q)) | jax.lax.cond(
            near, lambda: self._is_stationary(box, x, q, gradient, product), lambda: jnp.zeros((), bool)
        )
        good = good & ~finished
        damping = now.damping * jnp.where(good, self.damping_fall, self.damping_rise)
        return _Descent(
            vector=jnp.where(good, trial, x),
            half_speed=jnp.where(good, new_q, q),
            gradient=jnp.where(good, new_gradient, gradient),
            damping=jnp.maximum(damping, _LEAST_DAMPING),
            iterations=now.iterations + 1,
            done=finished | (damping > _GREATEST_DAMPING),
        )

    def _is_stationary(
        self,
        box: Box,
        vector: Vector,
        half_speed: Float[Array, ""],
        gradient: Vector,
        product: Callable[[Vector], Vector],
    ) -> Bool[Array, ""]:
        """Whether the undamped Newton step on free coordinates is a tenth of what the certificate allows."""
        slope = _free(box, vector, gradient)
        room = jnp.where(box.active(vector, gradient), 0.0, jnp.inf)
        newton = conjugate_gradients_in_box(
            product,
            slope,
            -room,
            room,
            tolerance=1e-6 * jnp.linalg.norm(slope),
            max_products=self.max_products,
        )
        decrease = -0.5 * jnp.dot(slope, newton.step)
        short = may_be_minimum(vector, half_speed, 10 * newton.step, 10 * decrease)
        return newton.converged & newton.convex & short


def _free(box: Box, vector: Vector, gradient: Vector) -> Vector:
    return jnp.where(box.active(vector, gradient), 0.0, gradient)
