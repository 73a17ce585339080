"""Slow points under the names FixedPointFinder gives its results, for analyses that were written for it."""

import jax
import numpy as np
from jaxtyping import Float

from slowpoints._types import State, Step
from slowpoints.dynamics._slow_points import SlowPoints
from slowpoints.dynamics._states import flatten
from slowpoints.dynamics.behaviour._stability import jacobians, of_jacobians
from slowpoints.dynamics.behaviour._trajectories import trajectories


def to_fixed_point_finder(
    step: Step,
    points: SlowPoints,
    *,
    starts: State | None = None,
    input: Float[np.ndarray, " feature"] | None = None,
) -> dict[str, np.ndarray]:
    """Slow points as arrays with the names of FixedPointFinder's `FixedPoints`, which takes them as
    ``FixedPoints(**arrays)``.

    FixedPointFinder has no outcomes. First leave out what must not pass for a point there:
    ``points[points.outcome != Outcome.UNFINISHED]``.

    Args:
        step: the map F, as in `find_slow_points`.
        points: what was found of it.
        starts: where the searches began, for `x_init`.
        input: the constant input under which F was searched, for `inputs`; array (feature,).

    Returns:
        Float64 arrays with the points' order on their leading axis, states laid flat: `xstar`, `F_xstar`, `qstar` (½S),
        `n_iters`, `J_xstar`, `eigval_J_xstar`, `eigvec_J_xstar`, `is_stable` (all |λ| < 1); `x_init` and `inputs` if
        given. There is no `dq`, the last change of the loss, which is a stopping rule of FixedPointFinder's own search.

    Source:
        Golub and Sussillo (2018), *FixedPointFinder*, JOSS 3(31), 1003.

    Examples:
        >>> import jax.numpy as jnp, numpy as np
        >>> from slowpoints.dynamics import find_slow_points, to_fixed_point_finder
        >>> arrays = to_fixed_point_finder(jnp.cos, find_slow_points(jnp.cos, np.array([[0.5]])))
        >>> arrays["xstar"].round(6), arrays["is_stable"]
        (array([[0.739085]]), array([ True]))
    """
    matrices = jacobians(step, points.state)
    there = of_jacobians(matrices)
    arrays = {
        "xstar": flatten(points.state),
        "F_xstar": flatten(jax.tree.map(lambda leaf: leaf[:, 1], trajectories(step, points.state, 1))),
        "qstar": points.q,
        "n_iters": points.iterations,
        "J_xstar": matrices,
        "eigval_J_xstar": there.eigenvalues,
        "eigvec_J_xstar": there.eigenvectors,
        "is_stable": np.abs(there.eigenvalues[:, 0]) < 1,
    }
    if starts is not None:
        arrays["x_init"] = flatten(jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), starts))
    if input is not None:
        arrays["inputs"] = np.tile(np.asarray(input, np.float64), (len(points), 1))
    return arrays
