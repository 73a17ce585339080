"""The horizontal axis of figures along a path of constant inputs."""

import numpy as np
from jaxtyping import Float


def along_path(path: Float[np.ndarray, "input feature"]) -> tuple[Float[np.ndarray, " input"], str]:
    """Where each input is along its path, and that in words: the feature that changes, or else the distance.

    Args:
        path: the inputs, one a row.
    """
    changing = np.flatnonzero(np.ptp(path, axis=0) > 0)
    if path.shape[1] == 1:
        return path[:, 0], "constant input"
    if len(changing) == 1:
        return path[:, changing[0]], f"input {changing[0]}"
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    return np.concatenate([[0.0], np.cumsum(steps)]), "distance along the path of inputs"
