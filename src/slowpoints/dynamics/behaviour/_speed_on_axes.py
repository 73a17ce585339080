"""The speed landscape on a line or a plane through a state."""

from collections.abc import Sequence

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Float, Float64

from slowpoints._errors import InputError
from slowpoints._types import State, Step
from slowpoints.dynamics._domain import bounds, Domain
from slowpoints.dynamics._landscape import Coordinates
from slowpoints.dynamics._states import check_state, flatten_one, unflatten
from slowpoints.dynamics.behaviour._speed_along import root_speeds


class SpeedMap(eqx.Module):
    """Speed at origin + Σᵢ aᵢ·axisᵢ over a grid of a. Every array is NumPy's, read-only.

    Examples:
        >>> import numpy as np
        >>> from slowpoints.dynamics import speed_on_axes
        >>> found = speed_on_axes(lambda x: 0.5 * x, np.zeros(2), np.eye(2), [(0.0, 3.0), (0.0, 4.0)], 2)
        >>> found.positions
        (array([0., 3.]), array([0., 4.]))
        >>> found.root_speed  # half the distance from 0
        array([[0. , 2. ],
               [1.5, 2.5]])
    """

    positions: tuple[Float64[np.ndarray, " position"], ...]
    """a along each axis, in multiples of the axis as it was given."""
    root_speed: Float64[np.ndarray, "..."]
    """√S, one axis of the array for each axis given, in their order; NaN outside the domain."""


def speed_on_axes(
    step: Step,
    origin: State,
    axes: Float[np.ndarray, "axis coordinate"],
    extents: Sequence[tuple[float, float]],
    resolution: int = 101,
    *,
    coordinates: Coordinates | None = None,
    domain: Domain | None = None,
) -> SpeedMap:
    """√S on a line or a plane through a state, to show the landscape around a point.

    Args:
        step: F, as in `find_slow_points`.
        origin: one state, a pytree of floating-point arrays.
        axes: one or two directions over the flat state, leaves in `jax.tree.leaves` order, of any length; array (axis,
            coordinate). For example principal axes, eigenvectors, or the difference to another point.
        extents: for each axis the least and the greatest multiple of it.
        resolution: how many multiples along each axis, ends included.
        coordinates: ξ, as in `find_slow_points`.
        domain: as in `find_slow_points`.

    Returns:
        `SpeedMap`, in the coordinates' units per step.

    Raises:
        InputError: naming the argument, if the step changes its state's form or an argument has the wrong shape.

    Examples:
        >>> import numpy as np
        >>> from slowpoints.dynamics import speed_on_axes
        >>> speed_on_axes(lambda x: x**2, np.zeros(1), np.ones((1, 1)), [(-1.0, 1.0)], 3).root_speed
        array([2., 0., 0.])
    """
    origin = check_state(origin, "origin")
    centre = flatten_one(origin)
    axes = np.asarray(axes, np.float64)
    if not (axes.ndim == 2 and len(axes) in (1, 2) and axes.shape[1] == centre.size):
        raise InputError(f"axes must be one or two rows of {centre.size} coordinates, not of shape {axes.shape}.")
    limits = np.asarray(extents, np.float64)
    if not (limits.shape == (len(axes), 2) and (limits[:, 0] < limits[:, 1]).all()):
        raise InputError(f"extents must be a pair (least, greatest) for each of {len(axes)} axes, not {extents!r}.")
    if not resolution >= 2:
        raise InputError(f"resolution must be at least 2, not {resolution}.")
    positions = tuple(np.linspace(least, greatest, resolution) for least, greatest in limits)
    grid = np.stack(np.meshgrid(*positions, indexing="ij"), axis=-1)
    vectors = centre + grid.reshape(-1, len(axes)) @ axes
    lower, upper = (flatten_one(side) for side in bounds(domain, origin))
    inside = ((vectors >= lower) & (vectors <= upper)).all(axis=1)
    speeds = np.where(inside, root_speeds(step, unflatten(vectors, origin), coordinates), np.nan)
    result = SpeedMap(positions, speeds.reshape(grid.shape[:-1]))
    for array in jax.tree.leaves(result):
        array.setflags(write=False)
    return result
