"""Starts for a map of which nothing but its domain is known."""

import jax
import jax.numpy as jnp
import numpy as np

from slowpoints._errors import InputError
from slowpoints._types import PRNGKey, State, Step
from slowpoints.dynamics._domain import bounds, Domain
from slowpoints.dynamics._precision import double_precision
from slowpoints.dynamics._states import check_state, flatten_one, unflatten
from slowpoints.dynamics.behaviour._trajectories import trajectories


def random_starts(
    step: Step, like: State, count: int, *, key: PRNGKey, domain: Domain | None = None, longest_run: int = 50
) -> State:
    """Independent starts: random states, each run by F for a random time.

    States are uniform in the domain. Along coordinates that it does not bound on both sides they are standard normal
    about the allowed value nearest to zero. Running them by F does half of the search's work, and puts the starts where
    trajectories pass; starts that are run for no time are everywhere else. The starts are independent draws, so
    `unseen` applies to them.

    Args:
        step: F, as in `find_slow_points`.
        like: one state, of which only the structure and the shapes count.
        count: how many starts.
        key: the random key.
        domain: as in `find_slow_points`.
        longest_run: each start is run for 0 to this many steps, each number equally likely.

    Returns:
        States of float64 NumPy arrays with a leading axis `point`.

    Raises:
        InputError: if the count is not positive or the run negative, and what `trajectories` raises.

    Examples:
        >>> import jax, numpy as np
        >>> from slowpoints.dynamics import random_starts
        >>> starts = random_starts(lambda x: 0.5 * x, np.zeros(3), 5, key=jax.random.key(0), domain=(-1.0, 1.0))
        >>> starts.shape, bool((np.abs(starts) <= 1.0).all())
        ((5, 3), True)
    """
    like = check_state(like, "like")
    if not count > 0:
        raise InputError(f"count must be positive, not {count}.")
    if longest_run < 0:
        raise InputError(f"longest_run must not be negative, but it is {longest_run}.")
    lower, upper = (flatten_one(side) for side in bounds(domain, like))
    bounded = np.isfinite(lower) & np.isfinite(upper)
    place_key, normal_key, time_key = jax.random.split(key, 3)
    with double_precision():
        part = np.asarray(jax.random.uniform(place_key, (count, lower.size), jnp.float64))
        normal = np.asarray(jax.random.normal(normal_key, (count, lower.size), jnp.float64))
    time = np.asarray(jax.random.randint(time_key, (count,), 0, longest_run + 1))
    low, high = np.where(bounded, lower, 0.0), np.where(bounded, upper, 0.0)
    within = np.where(bounded, low + part * (high - low), normal + np.clip(0.0, lower, upper))
    states = unflatten(np.clip(within, lower, upper), like)
    if longest_run == 0:
        return states
    path = trajectories(step, states, longest_run)
    return jax.tree.map(lambda leaf: leaf[np.arange(count), time], path)
