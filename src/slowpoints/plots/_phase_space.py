"""Points among the trajectories of a network, in the two or three directions along which these vary most."""

from typing import Any

import jax
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from slowpoints._errors import InputError
from slowpoints._types import State
from slowpoints.dynamics import SlowPoints, Stability
from slowpoints.dynamics._states import check_states, flatten
from slowpoints.plots._slow_points import MARKERS
from slowpoints.plots._style import INK, label, MUTED, PALETTE, PAPER, style

LABEL_COLOURS = {
    "attractor": PALETTE[0],
    "saddle": PALETTE[1],
    "repeller": PALETTE[4],
    "marginal": PALETTE[3],
    "undefined": PALETTE[2],
    "not labelled": INK,
}
"""The colour of each stability label."""


def phase_space(
    points: SlowPoints,
    trajectories: State | None = None,
    *,
    stability: Stability | None = None,
    dimensions: int = 2,
) -> xr.Dataset:
    """Points and trajectories on principal components.

    Args:
        points: what a search found, or some of it.
        trajectories: states with leading axes `trial` and `time`; the components are theirs. Without them the
            components are the points'.
        stability: of the points, for their labels.
        dimensions: how many components.

    Returns:
        `point` (point, component) and `trajectory` (trial, time, component), in the state's units about `centre`
        (coordinate,), the mean; `axis` (component, coordinate), unit vectors; `share` (component,), the part of the
        variance along each; `outcome` and `label`, words for each point.

    Raises:
        InputError: if there are more components than states or coordinates, or if the trajectories are no such states.

    Example:
        >>> import jax.numpy as jnp
        >>> import numpy as np
        >>> from slowpoints import find_slow_points
        >>> from slowpoints.plots import phase_space
        >>> points = find_slow_points(lambda x: jnp.tanh(2 * x), np.array([[-0.5, 0.3], [0.4, 0.9]]))
        >>> phase_space(points)["outcome"].values
        array(['fixed point', 'fixed point'], dtype='<U11')
    """
    at = flatten(points.state)
    if trajectories is None:
        paths = np.zeros((0, 1, at.shape[1]))
        cloud = at
    else:
        paths = check_states(trajectories, "trajectories", ("trial", "time"))
        shape = jax.tree.leaves(paths)[0].shape[:2]
        cloud = flatten(jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:]), paths))
        paths = cloud.reshape(*shape, -1)
    if not 1 <= dimensions <= min(cloud.shape):
        raise InputError(
            f"dimensions must lie between 1 and {min(cloud.shape)}, what {len(cloud)} states span, not {dimensions}."
        )
    centre = cloud.mean(axis=0)
    _, spread, directions = np.linalg.svd(cloud - centre, full_matrices=False)
    # Of each direction the end that points to the largest entry's side, so that the picture does not depend on chance.
    axes = directions[:dimensions]
    axes = axes * np.sign(axes[np.arange(dimensions), np.argmax(np.abs(axes), axis=1)])[:, None]
    labels = ["not labelled"] * len(at) if stability is None else [one.name.lower() for one in stability.labels]
    total = np.sum(spread**2)
    return xr.Dataset(
        {
            "point": (("point", "component"), (at - centre) @ axes.T),
            "trajectory": (("trial", "time", "component"), (paths - centre) @ axes.T),
            "centre": ("coordinate", centre),
            "axis": (("component", "coordinate"), axes),
            "share": ("component", spread[:dimensions] ** 2 / (total if total > 0 else 1.0)),
            "outcome": ("point", [outcome.name.lower().replace("_", " ") for outcome in points.outcomes]),
            "label": ("point", labels),
        }
    )


def plot_phase_space(space: xr.Dataset) -> Figure:
    """Draw `phase_space` of two or three components: colour is stability, the marker the outcome of the search.

    Example:
        >>> import jax.numpy as jnp
        >>> import numpy as np
        >>> from slowpoints import find_slow_points
        >>> from slowpoints.plots import phase_space, plot_phase_space
        >>> points = find_slow_points(lambda x: jnp.tanh(2 * x), np.array([[-0.5, 0.3], [0.4, 0.9]]))
        >>> plot_phase_space(phase_space(points)).savefig("points.png")
    """
    dimensions = space.sizes["component"]
    if dimensions not in (2, 3):
        raise InputError(f"a figure has 2 or 3 dimensions, not {dimensions}.")
    figure = Figure(figsize=(5.6, 4.6), layout="constrained", facecolor=PAPER)
    axes: Any = figure.add_subplot(projection="3d" if dimensions == 3 else None)
    if dimensions == 2:
        style(axes)
    for path in space["trajectory"].values:
        axes.plot(*path.T, color=MUTED, lw=0.6, alpha=0.35, zorder=1)
    keys = []
    for name, colour in LABEL_COLOURS.items():
        for outcome, mark in MARKERS.items():
            here = space["point"].values[((space["label"] == name) & (space["outcome"] == outcome)).values]
            if len(here):
                axes.plot(*here.T, ls="", marker=mark, ms=6.5, color=colour, zorder=3)
                text = outcome if name == "not labelled" else f"{outcome}, {name}"
                keys.append(Line2D([], [], ls="", marker=mark, color=colour, label=f"{text} ({len(here)})"))
    names = [f"component {k + 1} ({share:.0%})" for k, share in enumerate(space["share"].values)]
    label(axes, "", names[0], names[1])
    if dimensions == 3:
        axes.set_zlabel(names[2], fontsize=9, color=INK)
        axes.tick_params(labelsize=7)
    if keys:
        figure.legend(handles=keys, loc="outside upper left", ncols=2, frameon=False, fontsize=8.5, labelcolor=INK)
    return figure
