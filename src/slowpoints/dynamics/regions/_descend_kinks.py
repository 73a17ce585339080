"""Local minima of speed on kinks, where the gradient jumps and so is zero on no side."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from slowpoints.dynamics._states import Rows


class Linearised(NamedTuple):
    """A map at some states: F(x) − x and dF/dx."""

    motion: Rows
    jacobian: Float64[np.ndarray, "row coordinate coordinate"]


Linearise = Callable[[Rows], Linearised]

WIDEST, NARROWEST = 1e-2, 1e-9
"""Gradients are gathered within this radius of a state, times 1 + its norm: first the one, in the end the other."""

BALANCED = 1e-6
"""Gradients balance if some average of them is at most this part of the largest."""

ROUNDING = 1e-12
"""A speed is lower than another if it is so by more than this part of it."""

TRIALS = 200
"""Steps at most."""


def descend_kinks(
    at: Linearise, row: Float64[np.ndarray, " coordinate"], rng: np.random.Generator
) -> tuple[np.ndarray, bool]:
    """Goes down from a state to where the gradients of speed around it balance; the state, and whether they do.

    Gradients are gathered at random states near by. Their average of least length points down on all sides of a kink;
    where it is zero, as at a minimum, but at maxima and saddles too, it goes to the slowest of these states if that is
    slower; otherwise there is no way down, and the radius is made smaller. (Gradient sampling: Burke, Lewis and Overton
    2005, with two states a coordinate.)
    """
    lengths = 4.0 ** -np.arange(25.0)
    radius = WIDEST
    for _ in range(TRIALS):
        around = rng.normal(size=(2 * row.size + 2, row.size))
        around = around / np.linalg.norm(around, axis=1, keepdims=True) * rng.random((len(around), 1))
        beside = row + radius * (1 + np.linalg.norm(row)) * around
        gradients = _gradients(at(beside))
        known = np.isfinite(gradients).all(axis=1)
        if not known.any():
            return row, False
        beside, gradients = beside[known], gradients[known]
        down = least_average(gradients)
        balanced = np.linalg.norm(down) <= BALANCED * np.linalg.norm(gradients, axis=1).max()
        tried = beside if balanced else row - lengths[:, None] * down
        values = np.sum(at(np.concatenate([row[None], tried])).motion ** 2, axis=1) / 2
        fall = ROUNDING * values[0] if balanced else 1e-6 * lengths * np.dot(down, down)
        lower = np.flatnonzero(values[1:] < values[0] - fall)
        if len(lower):
            row = tried[lower[np.argmin(values[1:][lower])]]
        elif radius <= NARROWEST:
            return row, bool(balanced)
        else:
            radius = max(radius / 10, NARROWEST)
    return row, False


def _gradients(there: Linearised) -> Rows:
    """Of ½S = ½‖F(x) − x‖²."""
    return np.einsum("kij,ki->kj", there.jacobian, there.motion) - there.motion


def least_average(gradients: Rows) -> Float64[np.ndarray, " coordinate"]:
    """The shortest average of some vectors, each with a weight of 0 or more."""
    from scipy.optimize import nnls

    scale = np.linalg.norm(gradients, axis=1).max()
    if scale == 0:
        return np.zeros(gradients.shape[1])
    # Weights w ≥ 0 with Σw = 1: a row of ones, heavy enough, beside the vectors.
    heavy = 1e3
    matrix = np.concatenate([gradients.T / scale, heavy * np.ones((1, len(gradients)))])
    weights, _ = nnls(matrix, np.append(np.zeros(gradients.shape[1]), heavy))
    return gradients.T @ (weights / weights.sum())
