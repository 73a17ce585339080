"""States along trajectories."""

import jax
import jax.numpy as jnp
import numpy as np

from slowpoints._errors import InputError
from slowpoints._types import PRNGKey, State
from slowpoints.dynamics._domain import bounds, Domain
from slowpoints.dynamics._precision import double_precision
from slowpoints.dynamics._states import check_states


def sample_states(
    trajectories: State, count: int, *, key: PRNGKey, noise: float = 0.0, domain: Domain | None = None
) -> State:
    """States drawn from trajectories without replacement, each time of each trial equally likely.

    States of one trial are alike. If starts must be independent draws, as for `unseen`, take few from each trial.

    Args:
        trajectories: one state's structure, each leaf with two leading axes `trial` and `time`.
        count: how many states to draw.
        key: the random key.
        noise: the standard deviation of independent Gaussian noise added to every coordinate, as a multiple of the
            standard deviation of the leaf's values over trials, times and coordinates.
        domain: bounds as in `find_slow_points`; states are clipped to them after the noise.

    Returns:
        States of float64 NumPy arrays with a leading axis `point`, as starts for a search.

    Raises:
        InputError: if the trajectories are not floating-point, not finite or without two common leading axes, if there
            are fewer states than `count`, or if `noise` is negative.

    Examples:
        >>> import jax, numpy as np
        >>> from slowpoints.dynamics import sample_states
        >>> trajectories = np.arange(4.0).reshape(2, 2, 1)  # 2 trials, 2 times, 1 unit
        >>> np.sort(sample_states(trajectories, 4, key=jax.random.key(0))[:, 0])
        array([0., 1., 2., 3.])
    """
    trajectories = check_states(trajectories, "trajectories", ("trial", "time"))
    trials, times = jax.tree.leaves(trajectories)[0].shape[:2]
    if not 1 <= count <= trials * times:
        raise InputError(
            f"count must lie between 1 and the {trials * times} states of {trials} trials × {times} times, not {count}."
        )
    if not noise >= 0:
        raise InputError(f"noise must not be negative, but it is {noise}.")
    chosen_key, noise_key = jax.random.split(key)
    with double_precision():
        chosen = np.asarray(jax.random.choice(chosen_key, trials * times, (count,), replace=False))
        leaves, treedef = jax.tree.flatten(trajectories)
        states = []
        for leaf, leaf_key in zip(leaves, jax.random.split(noise_key, len(leaves)), strict=True):
            taken = leaf[chosen // times, chosen % times]
            ripple = np.asarray(jax.random.normal(leaf_key, taken.shape, jnp.float64))
            states.append(taken + noise * leaf.std() * ripple)
    lower, upper = bounds(domain, jax.tree.unflatten(treedef, [leaf[0] for leaf in states]))
    return jax.tree.map(np.clip, jax.tree.unflatten(treedef, states), lower, upper)
