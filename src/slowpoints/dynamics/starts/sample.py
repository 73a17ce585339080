"""States along trajectories."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from slowpoints._errors import InputError
from slowpoints._types import PRNGKey, State
from slowpoints.dynamics.domain import bounds, Domain
from slowpoints.dynamics.precision import double_precision


def sample_states(
    trajectories: State, count: int, *, key: PRNGKey, noise: float = 0.0, domain: Domain | None = None
) -> State:
    """States drawn from trajectories without replacement, each time of each trial as likely as any other.

    **Arguments:**

    - `trajectories`: a state's pytree, each leaf with two leading axes `trial` and `time`.
    - `count`: how many states to draw.
    - `key`: the random key.
    - `noise`: independent Gaussian noise added to every coordinate, its standard deviation this many times that of
      the leaf's values over trials, times and coordinates.
    - `domain`: bounds as in `find_slow_points`; states are clipped to them after the noise.

    **Returns:** states of float64 NumPy arrays with a leading axis `point`, as starts for a search.

    **Raises:** `InputError` if the trajectories are not floating-point, not finite or without two common leading axes,
    if there are fewer states than `count`, or if `noise` is negative.

    States of one trial are alike. Where starts must be independent draws, as for `unseen`, take few from each.
    """
    trials, times = _check(trajectories, count, noise)
    chosen_key, noise_key = jax.random.split(key)
    with double_precision():
        chosen = np.asarray(jax.random.choice(chosen_key, trials * times, (count,), replace=False))
        leaves, treedef = jax.tree.flatten(trajectories)
        states = []
        for leaf, leaf_key in zip(leaves, jax.random.split(noise_key, len(leaves)), strict=True):
            values = np.asarray(leaf).astype(np.float64)
            taken = values[chosen // times, chosen % times]
            ripple = np.asarray(jax.random.normal(leaf_key, taken.shape, jnp.float64))
            states.append(taken + noise * values.std() * ripple)
    lower, upper = bounds(domain, jax.tree.unflatten(treedef, [leaf[0] for leaf in states]))
    return jax.tree.map(np.clip, jax.tree.unflatten(treedef, states), lower, upper)


def _check(trajectories: State, count: int, noise: float) -> tuple[int, int]:
    leaves = jax.tree.leaves_with_path(trajectories)
    if not leaves:
        raise InputError("trajectories must hold at least one array.")
    for path, leaf in leaves:
        where = f"trajectories{jax.tree_util.keystr(path)}"
        if not (eqx.is_array(leaf) and jnp.issubdtype(leaf.dtype, jnp.floating)):
            raise InputError(f"{where} must be a floating-point array, not {getattr(leaf, 'dtype', type(leaf))}.")
        if leaf.ndim < 2:
            raise InputError(f"{where} must have leading axes of trials and times, but its shape is {leaf.shape}.")
        if not np.isfinite(np.asarray(leaf)).all():
            raise InputError(f"{where} must be finite, but it holds NaN or infinity.")
    shapes = {leaf.shape[:2] for _, leaf in leaves}
    if len(shapes) > 1:
        raise InputError(f"trajectories must share their axes of trials and times, but these are {sorted(shapes)}.")
    ((trials, times),) = shapes
    if not 1 <= count <= trials * times:
        raise InputError(
            f"count must lie between 1 and the {trials * times} states of {trials} trials × {times} times, not {count}."
        )
    if not noise >= 0:
        raise InputError(f"noise must not be negative, but it is {noise}.")
    return trials, times
