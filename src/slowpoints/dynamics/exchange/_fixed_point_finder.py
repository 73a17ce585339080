"""Slow points under the names FixedPointFinder gives its results, and its results as slow points."""

from collections.abc import Mapping
from typing import Any

import jax
import numpy as np
from jaxtyping import Float

from slowpoints._errors import InputError
from slowpoints._types import State, Step
from slowpoints.dynamics._domain import bounds, Domain
from slowpoints.dynamics._search import find_slow_points
from slowpoints.dynamics._slow_points import SlowPoints
from slowpoints.dynamics._states import check_state, flatten, unflatten
from slowpoints.dynamics.behaviour._stability import jacobians, of_jacobians
from slowpoints.dynamics.behaviour._trajectories import trajectories
from slowpoints.dynamics.solvers import AbstractSolver, Newton


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


def from_fixed_point_finder(
    step: Step,
    points: Any,
    *,
    like: State | None = None,
    domain: Domain | None = None,
    solver: AbstractSolver = Newton(),  # noqa: B008, frozen and so safe to share
) -> SlowPoints:
    """What FixedPointFinder found, finished and certified: a search of ours from each of its points.

    FixedPointFinder returns what its search reached in float32, whether it is a point or not. From there a search of
    ours takes a few steps, and says what it is. How far it moved is ‖state − xstar‖.

    Args:
        step: the map F, as in `find_slow_points`.
        points: FixedPointFinder's `FixedPoints`, or a mapping with its `xstar`, an array (point, coordinate).
        like: one state, whose structure the points get; by default one array.
        domain: as in `find_slow_points`; states outside it are moved to its edge first.
        solver: as in `find_slow_points`.

    Returns:
        `SlowPoints`, in the order of FixedPointFinder's.

    Raises:
        InputError: if there is no `xstar`, or it does not fit `like`; and as `find_slow_points`.

    Examples:
        >>> import jax.numpy as jnp, numpy as np
        >>> from slowpoints.dynamics import from_fixed_point_finder
        >>> points = from_fixed_point_finder(jnp.cos, {"xstar": np.array([[0.7391]], np.float32)})
        >>> points.outcomes, points.state.round(6)
        ((<Outcome.FIXED_POINT: 0>,), array([[0.739085]]))
    """
    found = points.get("xstar") if isinstance(points, Mapping) else getattr(points, "xstar", None)
    if found is None:
        raise InputError("points must have xstar, as FixedPointFinder's FixedPoints do.")
    rows = np.asarray(found, np.float64)
    one = np.empty(rows.shape[1:]) if like is None else check_state(like, "like")
    if rows.ndim != 2 or rows.shape[1] != sum(np.size(leaf) for leaf in jax.tree.leaves(one)):
        raise InputError(f"xstar must be (point, coordinate) with all of the state's coordinates, not {rows.shape}.")
    lower, upper = bounds(domain, one)
    starts = jax.tree.map(np.clip, unflatten(rows, one), lower, upper)
    return find_slow_points(step, starts, domain=domain, solver=solver)
