"""Which point a state has reached."""

import numpy as np
from jaxtyping import Int

from slowpoints._errors import InputError
from slowpoints._types import State
from slowpoints.dynamics._states import check_states, flatten

WITHIN = 1e-4
"""A state is at a point if their distance is at most this times √(number of coordinates). Settled states are nearer by
orders of magnitude, unless an eigenvalue is within 1e-8 of the unit circle. Distinct attractors of trained networks are
whole units apart."""


def destination(states: State, points: State, *, within: float = WITHIN) -> Int[np.ndarray, " state"]:
    """Which of some points each state is at.

    Args:
        states: as `Relaxation.state`, each leaf with a leading axis `state`. Only settled states have arrived anywhere.
        points: as `SlowPoints.state`, each leaf with a leading axis `point`.
        within: a state is at a point if their Euclidean distance, divided by the square root of the number of
            coordinates, is at most this.

    Returns:
        For each state the index of the nearest point, or −1 if none is near enough; array (state,).

    Raises:
        InputError: if states or points are empty, not floating-point, not finite or differ in form.

    Examples:
        >>> import numpy as np
        >>> from slowpoints.dynamics import destination
        >>> destination(np.array([[0.2], [1.0]]), np.array([[-1.0], [1.0]]))
        array([-1,  1])
    """
    ends = flatten(check_states(states, "states"))
    targets = flatten(check_states(points, "points"))
    if ends.shape[1] != targets.shape[1]:
        raise InputError(f"points must have the states' {ends.shape[1]} coordinates, not {targets.shape[1]}.")
    with np.errstate(over="ignore"):  # a state that diverged can be too far away for its distance to be finite
        distance = np.stack([np.linalg.norm(ends - target, axis=1) for target in targets], axis=1)
    nearest = np.argmin(distance, axis=1)
    return np.where(distance.min(axis=1) <= within * np.sqrt(ends.shape[1]), nearest, -1)
