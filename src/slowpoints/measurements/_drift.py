"""Does the speed of a slow point tell how far a state there drifts? Where the map is far from normal, it may not."""

import dataclasses
from typing import Any

import jax
import numpy as np

from slowpoints._options import check_ranges, option
from slowpoints.dynamics import stability, trajectories
from slowpoints.dynamics._states import unflatten
from slowpoints.measurements._measurement import labelled, Measurement, spread, Subject, Variable


@dataclasses.dataclass(frozen=True)
class DriftSettings:
    """How long states are followed from their slow points. Raises `InputError` for a number out of its range."""

    times: tuple[int, ...] = option(
        (1, 3, 10, 30, 100, 300), "When it is measured how far the state has moved.", low=1, high=100_000, unit="steps"
    )

    def __post_init__(self):
        check_ranges(self)


def _drift(subject: Subject, settings: DriftSettings, needed, note):
    """From each class' slow point the network runs on under the mean noise image, without noise.

    At a minimum of the speed ‖F(x) − x‖ the gradient (dF/dx − 1)ᵀ(F(x) − x) is 0: what is left of the motion lies along
    the left eigenvector of the slowest mode, whose state is the right one. If the two are not parallel the fast modes
    take part of that step back, or add to it, before the drift along the mode shows.
    """
    note("following slow points")
    points, under = needed["slow_points"].dataset.sel(search="newton"), subject.under_mean_noise
    places = points["state"].values
    known = np.isfinite(places).all(1)
    arrays: dict[str, Any] = {}
    if known.any():
        states = unflatten(places[known], subject.network.unit.initial_state())
        leaves = jax.tree.leaves(trajectories(under, states, max(settings.times) + 1))
        path = np.concatenate([leaf.reshape(*leaf.shape[:2], -1) for leaf in leaves], axis=2)
        times = list(settings.times)
        found = stability(under, states)
        rows = {
            "moved": np.linalg.norm(path - path[:, :1], axis=2)[:, times],
            "root_speed_then": np.linalg.norm(np.diff(path, axis=1), axis=2)[:, times],
            "condition": found.condition[np.arange(len(path)), np.abs(found.eigenvalues - 1).argmin(1)],
        }
        arrays = {name: spread(of_known, known, np.nan) for name, of_known in rows.items()}
    return labelled(_VARIABLES, {"class": range(len(known)), "time": settings.times}, arrays)


_VARIABLES = {
    "moved": Variable(("class", "time"), "How far from its slow point the state is after so many steps (Euclidean)."),
    "root_speed_then": Variable(("class", "time"), "‖F(x) − x‖ there.", "1/step"),
    "condition": Variable(
        ("class",),
        "κ = 1/|yᴴx| of the eigenvalue of dF/dx nearest to 1, of unit left and right eigenvectors y and x: 1 where the "
        "map is normal.",
    ),
}

DRIFT = Measurement(
    "drift",
    "drift from slow points",
    _drift,
    _VARIABLES,
    settings=DriftSettings,
    needs=("slow_points",),
    by_default=False,
)
