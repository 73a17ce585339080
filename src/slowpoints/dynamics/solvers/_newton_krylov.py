"""Second-order search for states too large for a Hessian: from products with it alone."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Int

from slowpoints._errors import InputError
from slowpoints._types import Vector
from slowpoints.dynamics._certificate import is_fixed, is_stationary
from slowpoints.dynamics._domain import Box
from slowpoints.dynamics._landscape import Landscape
from slowpoints.dynamics.solvers._box_conjugate_gradients import conjugate_gradients_in_box
from slowpoints.dynamics.solvers._descent import (
    bend_of,
    decrease_of,
    descend_from_each,
    descends,
    Descent,
    is_certified,
    move_on,
    Trial,
)
from slowpoints.dynamics.solvers._solver import AbstractSolver, Points


class NewtonKrylov(AbstractSolver):
    """Damped Newton's method on ½S in the box with truncated conjugate gradients, for states of a thousand units and
    more.

    This is the search of `Newton` without its matrices: the damping, the bend along the valley and the rule for
    accepting a step are the same, but each step minimises the model only to a tolerance, by
    `conjugate_gradients_in_box`. A product with the Hessian costs about four steps of the map, and memory for a few
    states. The certificate is made from products too, with the leading eigenvalues only.

    The products are with the exact Hessian. On two GRUs and an LSTM of 100 units trained on digits, 29 of 30 class
    means led to the points that `Newton` found, for most in fewer iterations but in 1.3 to 7 times the time. If a state
    is small enough for `Newton`, that is quicker.

    Examples:
        >>> import jax.numpy as jnp, numpy as np
        >>> from slowpoints.dynamics import find_slow_points, NewtonKrylov
        >>> points = find_slow_points(jnp.cos, np.array([[0.5]]), solver=NewtonKrylov())
        >>> points.outcomes, points.state.round(6)
        ((<Outcome.FIXED_POINT: 0>,), array([[0.739085]]))
    """

    matrix_free: ClassVar[bool] = True

    max_iterations: int = 3000
    """The most steps tried for each point."""
    longest_step: float = 0.1
    """The most that a coordinate moves in one step, times 1 or its own size if that is more; see `Newton`."""
    tolerance: float = 0.1
    """A step is accurate enough if the model's gradient after it is this part of the gradient of ½S, on free
    coordinates (2-norm). On those GRUs 0.01 took a tenth to a quarter longer, and with 0.3 two of ten starts ended at
    other points.
    """
    max_products: int = 1000
    """The most products with the Hessian in one solve; the step reached then is taken. A step takes two solves, and the
    second continues the first."""
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

    def descend(
        self, landscape: Landscape, box: Box, starts: Points, fence: Box | None = None
    ) -> tuple[Points, Int[Array, " point"]]:
        """See `AbstractSolver.descend`. A budget of n iterations tries n steps a point."""
        return descend_from_each(
            starts, partial(self._begin, landscape), partial(self._iterate, landscape, box), self.max_iterations, fence
        )

    def _begin(self, landscape: Landscape, start: Vector) -> Descent[None]:
        return Descent.at(landscape, start, None, jnp.asarray(self.damping, start.dtype))

    def _iterate(self, landscape: Landscape, box: Box, now: Descent[None]) -> Descent[None]:
        x = now.vector
        # Everything about the model is in units of the coordinates' sizes.
        size = jnp.maximum(1.0, jnp.abs(x))
        _, hessian = jax.linearize(jax.grad(landscape.half_speed), x)

        def product(move: Vector) -> Vector:
            return size * hessian(size * move)

        lower = jnp.maximum((box.lower - x) / size, -self.longest_step)
        upper = jnp.minimum((box.upper - x) / size, self.longest_step)
        active = box.active(x, now.gradient)
        slope = size * jnp.where(active, 0.0, now.gradient)
        solve = partial(
            conjugate_gradients_in_box,
            lambda move: product(move) + now.damping * move,
            tolerance=self.tolerance * jnp.linalg.norm(slope),
            max_products=self.max_products,
        )
        d = solve(size * now.gradient, lower, upper).step
        curved = product(d)
        # As in `Newton`; the second solve goes on from the first.
        bend = size * bend_of(landscape, x, size * d)
        rest = solve(size * now.gradient + curved + now.damping * d + bend, lower - d, upper - d).step
        move = jnp.where(jnp.linalg.norm(rest) <= jnp.linalg.norm(d), d + rest, d)

        predicted = decrease_of(now, size * d, curved / size)
        trial = Trial.at(landscape, box.clip(x + size * move))
        falls = descends(landscape, box, now, trial, predicted)
        certified = is_certified(
            landscape,
            now,
            size * d,
            predicted,
            falls,
            lambda: jax.lax.cond(
                is_fixed(landscape, x),
                lambda: jnp.ones((), bool),
                lambda: self._is_minimum(now, active, slope, product),
            ),
        )
        good = falls & ~certified
        return move_on(
            now,
            trial,
            lambda: None,
            good=good,
            certified=certified,
            damping=now.damping * jnp.where(good, self.damping_fall, self.damping_rise),
        )

    def _is_minimum(
        self,
        now: Descent[None],
        active: Bool[Array, " coordinate"],
        slope: Vector,
        product: Callable[[Vector], Vector],
    ) -> Bool[Array, ""]:
        """Whether the undamped Newton step on free coordinates is at most a tenth of what the certificate allows."""
        room = jnp.where(active, 0.0, jnp.inf)
        newton = conjugate_gradients_in_box(
            product, slope, -room, room, tolerance=1e-6 * jnp.linalg.norm(slope), max_products=self.max_products
        )
        short = is_stationary(
            2 * now.half_speed,
            decrease=-10 * 0.5 * jnp.dot(slope, newton.step),
            reach=10 * jnp.max(jnp.abs(newton.step)),
            gain=jnp.zeros(()),
        )
        return newton.converged & newton.convex & short
