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
    """Arrays by the names of FixedPointFinder's `FixedPoints`, which takes them as ``FixedPoints(**arrays)``.

    **Arguments:**

    - `step`, `points`: the map F and what was found of it. FixedPointFinder has no outcomes; leave out first what
      should not pass for a point there: ``points[points.outcome != Outcome.UNFINISHED]``.
    - `starts`: where the searches began, for `x_init`.
    - `input`: the constant input under which F was searched, for `inputs`.

    **Returns:** float64 arrays with the points' order on their leading axis, states laid flat: `xstar`, `F_xstar`,
    `qstar` (½S), `n_iters`, `J_xstar`, `eigval_J_xstar`, `eigvec_J_xstar`, `is_stable` (all |λ| < 1); `x_init` and
    `inputs` where given. There is no `dq`, the loss' last change, which is a stopping rule of its own search.

    **Source:** Golub and Sussillo (2018), *FixedPointFinder*, JOSS 3(31), 1003.
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
