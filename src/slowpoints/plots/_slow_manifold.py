"""A slow manifold: how it drifts along itself, and how far a held value can have moved after some time."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from slowpoints.dynamics import SlowManifold
from slowpoints.dynamics._states import flatten
from slowpoints.plots._style import label, MUTED, PALETTE, panels

HORIZONS = 60
"""Points of each curve."""


def manifold_drift(manifold: SlowManifold, *, longest: float = 1000.0) -> xr.Dataset:
    """What is drawn of a slow manifold, on its states' first two principal components.

    Args:
        manifold: from `slow_manifold`.
        longest: the longest time a value is held, in steps.

    Returns:
        `place` and `motion` (point, component), one component if the state has one coordinate; `drift` and
        `contraction` (point,); `moves` (point, horizon), how far at most a value held at each state has moved.

    Example:
        >>> import jax.numpy as jnp
        >>> import numpy as np
        >>> from slowpoints import slow_manifold
        >>> from slowpoints.plots import manifold_drift
        >>> def line(x):  # held along the first coordinate, but for a drift; forgotten along the second
        ...     return jnp.stack([x[0] - 1e-3 * jnp.sin(3 * x[0]), 0.5 * x[1]])
        >>> held = slow_manifold(line, np.stack([np.linspace(-1, 1, 20), np.zeros(20)], axis=1))
        >>> float(manifold_drift(held)["drift"].max().round(5))
        0.00099
    """
    rows = flatten(manifold.state)
    centre = rows.mean(axis=0)
    axes = np.linalg.svd(rows - centre, full_matrices=False)[2][:2]
    axes = axes * np.sign(axes[np.arange(len(axes)), np.argmax(np.abs(axes), axis=1)])[:, None]
    table = manifold.to_xarray(tuple(np.geomspace(1.0, longest, HORIZONS).tolist()))
    return xr.Dataset(
        {
            "place": (("point", "component"), (rows - centre) @ axes.T),
            "motion": (("point", "component"), manifold.motion @ axes.T),
            **{name: table[name] for name in ("drift", "contraction", "moves")},
        }
    )


def plot_manifold_drift(values: xr.Dataset) -> Figure:
    """Draw `manifold_drift`: where states drift and how fast (left), and how far a held value may have gone (right).

    Example:
        >>> import jax.numpy as jnp
        >>> import numpy as np
        >>> from slowpoints import slow_manifold
        >>> from slowpoints.plots import manifold_drift, plot_manifold_drift
        >>> def line(x):  # held along the first coordinate, but for a drift; forgotten along the second
        ...     return jnp.stack([x[0] - 1e-3 * jnp.sin(3 * x[0]), 0.5 * x[1]])
        >>> held = slow_manifold(line, np.stack([np.linspace(-1, 1, 20), np.zeros(20)], axis=1))
        >>> plot_manifold_drift(manifold_drift(held)).savefig("drift.png")
    """
    figure, axes = panels(1, 2, width=3.6, height=3.0)
    left, right = axes[0]
    place = values["place"].values
    moving = values["motion"].values
    if place.shape[1] == 1:
        place, moving = (np.concatenate([one, np.zeros_like(one)], axis=1) for one in (place, moving))
    shown = left.scatter(*place.T, c=values["drift"].values, s=9, cmap="viridis", zorder=2)
    left.quiver(*place.T, *moving.T, color=MUTED, width=0.004, zorder=1)
    left.set_aspect("equal", adjustable="datalim")
    figure.colorbar(shown, ax=left, label="drift (a step)", shrink=0.8)
    label(left, "", "component 1", "component 2")
    bounds = values["moves"].values
    time = values["horizon"].values
    right.fill_between(
        time, bounds.min(axis=0), bounds.max(axis=0), color=PALETTE[0], alpha=0.2, lw=0, label="all states"
    )
    right.plot(time, np.median(bounds, axis=0), color=PALETTE[0], lw=1.6, label="median state")
    right.set_xscale("log")
    right.legend(frameon=False, fontsize=8)
    label(right, "", "steps held", "moved at most")
    return figure
