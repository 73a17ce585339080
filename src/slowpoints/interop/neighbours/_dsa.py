"""Networks compared by what their trajectories have in common: a bridge to dsa-metric."""

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from jaxtyping import Float64

from slowpoints._errors import InputError
from slowpoints._types import State
from slowpoints.dynamics._states import check_states


def dynamical_similarity(trajectories: Sequence[State], **options: Any) -> Float64[np.ndarray, "network network"]:
    """How far the dynamics of some networks are from each other, by Dynamical Similarity Analysis.

    The package dsa-metric does it, from trajectories; it is called as ``DSA(arrays, **options).fit_score()``.

    Args:
        trajectories: of each of two or more networks, states with leading axes `trial` and `time`, as from
            `trajectories` or `states_on_trials`. Networks may differ in their units.
        **options: of `DSA.DSA`: `n_delays`, `rank`, `score_method` and so on.

    Returns:
        The distance between every two networks, as DSA defines it; array (network, network), 0 on the diagonal.

    Raises:
        InputError: if dsa-metric is not installed, or if there are not two networks' states.

    Source:
        Ostrow et al. (2023), *Beyond geometry: comparing the temporal structure of computation in neural circuits with
        dynamical similarity analysis*.

    Examples:
        >>> import numpy as np
        >>> from slowpoints.interop import dynamical_similarity
        >>> dynamical_similarity([np.zeros((1, 9, 2))])
        Traceback (most recent call last):
            ...
        slowpoints._errors.InputError: trajectories must be of two or more networks, not of 1.
    """
    if len(trajectories) < 2:
        raise InputError(f"trajectories must be of two or more networks, not of {len(trajectories)}.")
    arrays = []
    for k, states in enumerate(trajectories):
        leaves = jax.tree.leaves(check_states(states, f"trajectories[{k}]", ("trial", "time")))
        arrays.append(np.concatenate([leaf.reshape(*leaf.shape[:2], -1) for leaf in leaves], axis=2))
    try:
        from DSA import DSA  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise InputError("dynamical_similarity needs dsa-metric: pip install 'slowpoints[dsa]'.") from error
    return np.asarray(DSA(arrays, **options).fit_score(), np.float64)
