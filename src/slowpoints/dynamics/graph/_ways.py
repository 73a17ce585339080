"""The ways out of a point: states displaced from it along its unstable directions, and the paths that they take."""

from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Complex128, Float64, Int

from slowpoints._types import State, Step
from slowpoints.dynamics._states import flatten, Rows
from slowpoints.dynamics.behaviour._relax import Ending, Relaxation
from slowpoints.dynamics.behaviour._stability import Stability
from slowpoints.dynamics.behaviour._trajectories import trajectories

PLACES = 64
"""How many states of a path are kept, equally far apart along it."""

PATH_STEPS = 2000
"""A path is drawn from so many steps at most, and from there straight to where it ends."""


class Ways(NamedTuple):
    """States beside points, one for each way out."""

    source: Int[np.ndarray, " way"]
    eigenvalue: Complex128[np.ndarray, " way"]
    begin: Rows


def ways_out(rows: Rows, there: Stability, displacement: float) -> Ways:
    """Both ways along each unstable direction of each point. A complex pair spans two directions."""
    source, eigenvalue, begin = [], [], []
    for k, row in enumerate(rows):
        for i in range(there.unstable[k]):
            value, vector = there.eigenvalues[k, i], there.eigenvectors[k, :, i]
            direction = np.imag(vector) if np.imag(value) < 0 else np.real(vector)
            direction = displacement * (1 + np.linalg.norm(row)) * direction / np.linalg.norm(direction)
            for sign in (1, -1):
                source.append(k)
                eigenvalue.append(value)
                begin.append(row + sign * direction)
    return Ways(
        np.array(source, np.int64), np.array(eigenvalue, np.complex128), np.array(begin).reshape(-1, rows.shape[1])
    )


def paths_of(step: Step, begin: State, relaxed: Relaxation) -> Float64[np.ndarray, "way place coordinate"]:
    """The path of each way, as places equally far apart along it; NaN where it diverges."""
    ends = flatten(relaxed.state)
    paths = np.full((len(ends), PLACES, ends.shape[1]), np.nan)
    kept = np.flatnonzero(relaxed.ending != Ending.DIVERGED)
    if not len(kept):
        return paths
    steps = int(np.clip(relaxed.steps[kept].max(), 1, PATH_STEPS))
    states = trajectories(step, jax.tree.map(lambda leaf: leaf[kept], begin), steps)
    rows = np.concatenate([np.reshape(leaf, (*leaf.shape[:2], -1)) for leaf in jax.tree.leaves(states)], axis=2)
    for k, path in zip(kept, rows, strict=True):
        paths[k] = _evenly(np.concatenate([path[: relaxed.steps[k] + 1], ends[k : k + 1]]))
    return paths


def _evenly(path: Float64[np.ndarray, "time coordinate"]) -> Float64[np.ndarray, "place coordinate"]:
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    wanted = np.linspace(0.0, along[-1], PLACES)
    return np.stack([np.interp(wanted, along, column) for column in path.T], axis=1)
