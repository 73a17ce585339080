"""Speed at each state of a trajectory."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float64

from slowpoints._errors import InputError
from slowpoints._types import State, Step
from slowpoints.dynamics._landscape import Coordinates, Landscape
from slowpoints.dynamics._precision import as_double, double_precision
from slowpoints.dynamics._states import check_states


def speed_along(
    step: Step, trajectory: State, coordinates: Coordinates | None = None, *, leading: int = 1
) -> Float64[np.ndarray, "..."]:
    """√S = ‖ξ(F(x)) − ξ(x)‖ at each state of a trajectory: how far one step of F moves it.

    F need not be the map that made the trajectory. If the input was noisy or changed, give the step under the mean
    input.

    Args:
        step: F, as in `find_slow_points`.
        trajectory: one state's structure, each leaf a floating-point array with `leading` leading axes: one for `time`,
            two for `trial` and `time`.
        coordinates: ξ, as in `find_slow_points`.
        leading: the number of leading axes, 1 or 2.

    Returns:
        A float64 array of the leading axes' shape, in the coordinates' units per step. Not finite where the step is
        not.

    Raises:
        InputError: naming the argument, if the step changes its state's form, or if the trajectory is empty, not
            floating-point, not finite or without common leading axes.

    Examples:
        >>> import numpy as np
        >>> from slowpoints.dynamics import speed_along
        >>> speed_along(lambda x: 0.5 * x, np.array([[4.0], [2.0], [1.0]]))
        array([2. , 1. , 0.5])
    """
    if leading not in (1, 2):
        raise InputError(f"leading must be 1, for time, or 2, for trial and time, not {leading}.")
    trajectory = check_states(trajectory, "trajectory", ("time",) if leading == 1 else ("trial", "time"))
    shape = jax.tree.leaves(trajectory)[0].shape[:leading]
    states = jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[leading:]), trajectory)
    return root_speeds(step, states, coordinates).reshape(shape)


def root_speeds(step: Step, states: State, coordinates: Coordinates | None) -> Float64[np.ndarray, " state"]:
    """√S at each state of a batch."""
    with double_precision():
        return np.asarray(_root_speeds(as_double(step), states, as_double(coordinates)))


@eqx.filter_jit
def _root_speeds(step: Step, states: State, coordinates: Coordinates | None) -> Float[Array, " state"]:
    def root_speed(state):
        landscape, vector = Landscape.around(step, state, coordinates)
        return jnp.linalg.norm(landscape.motion(vector))

    return jax.lax.map(root_speed, states, batch_size=256)
