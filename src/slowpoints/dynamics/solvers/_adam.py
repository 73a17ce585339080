"""First-order search as in the published scripts, to compare with."""

from typing import ClassVar

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Int

from slowpoints._errors import InputError
from slowpoints.dynamics._domain import Box
from slowpoints.dynamics._landscape import Landscape
from slowpoints.dynamics.solvers._solver import AbstractSolver, Points


class Adam(AbstractSolver):
    """Adam on S for a fixed number of steps; the rate falls to a tenth after two fifths of them.

    This is the search of Haviv, Rivkind and Barak's published scripts: the state is clipped to the box after each step,
    there is no stopping rule, and nothing checks that a minimum was reached. Their paper says "gradient descent", and
    names neither optimiser nor steps nor clipping. The certificate does check: on networks trained as theirs most
    points are unfinished. All points advance together.

    Source:
        Kingma and Ba (2015), as `optax.adam`.

    Examples:
        >>> import jax.numpy as jnp, numpy as np
        >>> from slowpoints.dynamics import Adam, find_slow_points
        >>> points = find_slow_points(jnp.cos, np.array([[0.5]]), solver=Adam(steps=2000, learning_rate=0.01))
        >>> points.iterations, points.state.round(3)
        (array([2000], dtype=int32), array([[0.739]]))
    """

    matrix_free: ClassVar[bool] = False

    steps: int = 100_000
    """Steps taken from every start."""
    learning_rate: float = 1e-3
    """Adam's rate for the first part of the steps."""
    drop_after: float = 0.4
    """The part of the steps after which the rate drops."""
    drop_to: float = 0.1
    """What the rate is then multiplied by."""
    clip: bool = True
    """Whether the state is clipped to the box after each step. Otherwise states can leave the box; the paper does not
    speak of clipping."""

    def __check_init__(self):
        for name in ("steps", "learning_rate", "drop_to"):
            if not getattr(self, name) > 0:
                raise InputError(f"Adam's {name} must be positive, not {getattr(self, name)}.")
        if not 0 <= self.drop_after <= 1:
            raise InputError(f"Adam's drop_after must lie between 0 and 1, not {self.drop_after}.")

    def descend(
        self, landscape: Landscape, box: Box, starts: Points, fence: Box | None = None
    ) -> tuple[Points, Int[Array, " point"]]:
        """See `AbstractSolver.descend`. A point whose S would not be finite stays where it was."""
        rate = optax.piecewise_constant_schedule(
            self.learning_rate, {round(self.drop_after * self.steps): self.drop_to}
        )
        optimiser = optax.adam(rate)
        speed_and_gradient = jax.vmap(jax.value_and_grad(lambda vector: 2 * landscape.half_speed(vector)))

        def advance(carry, _):
            points, memory, last_finite = carry
            speeds, gradient = speed_and_gradient(points)
            last_finite = jnp.where(jnp.isfinite(speeds)[:, None], points, last_finite)
            updates, memory = optimiser.update(gradient, memory, points)
            points = points + updates
            points = jax.vmap(box.clip)(points) if self.clip else points
            return (points, memory, last_finite), None

        (points, _, last_finite), _ = jax.lax.scan(advance, (starts, optimiser.init(starts), starts), length=self.steps)
        finite = jnp.isfinite(jax.vmap(landscape.half_speed)(points))
        points = jnp.where(finite[:, None], points, last_finite)
        return points, jnp.full(len(starts), self.steps, jnp.int32)
