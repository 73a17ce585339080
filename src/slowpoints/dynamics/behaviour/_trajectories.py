"""Where a map takes states, step by step."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Bool

from slowpoints._errors import InputError
from slowpoints._types import State, Step
from slowpoints.dynamics._landscape import Landscape
from slowpoints.dynamics._precision import as_double, double_precision
from slowpoints.dynamics._states import check_states, one_of


def trajectories(step: Step, states: State, steps: int) -> State:
    """The states x₀, F(x₀), F(F(x₀)), … from each state given, in float64.

    Args:
        step: F, as in `find_slow_points`.
        states: the states to start from: one state's structure, each leaf a floating-point array with a leading axis
            `trial`.
        steps: how many steps are taken.

    Returns:
        States of NumPy arrays with leading axes `trial` and `time`. The start is included, so `time` has length
        `steps` + 1.

    Raises:
        InputError: naming the argument, if the step changes its state's form or leads to a state that is not finite, if
            the states are empty, not floating-point, not finite or without one common leading axis, or if `steps` is
            not positive.

    Examples:
        >>> import numpy as np
        >>> from slowpoints.dynamics import trajectories
        >>> trajectories(lambda x: 2.0 * x, np.array([[1.0]]), 3)[0, :, 0]
        array([1., 2., 4., 8.])
    """
    states = check_states(states, "states", ("trial",))
    if not steps > 0:
        raise InputError(f"steps must be positive, not {steps}.")
    with double_precision():
        path, finite = _run(as_double(step), states, steps)
    finite = np.asarray(finite)
    if not finite.all():
        trial, time = np.argwhere(~finite)[0]
        raise InputError(f"step must lead to finite states; from state {trial} it does not in {time} steps.")
    return jax.tree.map(np.asarray, path)


@eqx.filter_jit
def _run(step: Step, states: State, steps: int) -> tuple[State, Bool[Array, "trial time"]]:
    landscape, _ = Landscape.around(step, one_of(states, 0), None)

    def advance(vector, _):
        moved = landscape.advance(vector)
        return moved, moved

    def run(start):
        vector, _ = ravel_pytree(start)
        _, after = jax.lax.scan(advance, vector, length=steps)
        path = jnp.concatenate([vector[None], after])
        return jax.vmap(landscape.unravel)(path), jnp.isfinite(path).all(axis=1)

    return jax.lax.map(run, states, batch_size=256)
