"""The graph of points, drawn over trajectories on the same two directions."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from slowpoints._errors import InputError
from slowpoints.dynamics import PointGraph
from slowpoints.plots._phase_space import plot_phase_space
from slowpoints.plots._style import INK, MUTED, PALETTE

KNOWN, UNKNOWN = PALETTE[1], MUTED


def graph_in_phase_space(graph: PointGraph, space: xr.Dataset) -> xr.Dataset:
    """The ways between points, on the components of a `phase_space`.

    Args:
        graph: from `point_graph`.
        space: `phase_space` of the same points.

    Returns:
        `space` with `way` (way, place, component), `source` and `target` (way,), numbers of points, `target` −1 where a
        way leads to none, and `basin_share` (point,).

    Raises:
        InputError: if the space is of other points.

    Example:
        >>> import jax.numpy as jnp
        >>> import numpy as np
        >>> from slowpoints import find_slow_points, point_graph
        >>> from slowpoints.plots import graph_in_phase_space, phase_space
        >>> def pair(x):
        ...     return jnp.tanh(jnp.array([2.0, 0.5]) * x)
        >>> points = find_slow_points(pair, np.array([[-0.9, 0.0], [0.1, 0.0], [0.9, 0.0]]))
        >>> graph = point_graph(pair, points.state)
        >>> sorted(graph_in_phase_space(graph, phase_space(points))["target"].values.tolist())  # of a saddle
        [0, 2]
    """
    if len(graph.share) != space.sizes["point"]:
        raise InputError(f"space must be of the graph's {len(graph.share)} points, not of {space.sizes['point']}.")
    ways = (graph.path - space["centre"].values) @ space["axis"].values.T
    return space.assign(
        way=(("way", "place", "component"), ways),
        source=("way", graph.source),
        target=("way", graph.target),
        basin_share=("point", graph.share),
    )


def plot_graph_in_phase_space(values: xr.Dataset) -> Figure:
    """Draw `graph_in_phase_space` of two components: arrows are the ways, dotted where they lead to no point given;
    beside an attractor stands its basin's share.

    Example:
        >>> import jax.numpy as jnp
        >>> import numpy as np
        >>> from slowpoints import find_slow_points, point_graph
        >>> from slowpoints.plots import graph_in_phase_space, phase_space, plot_graph_in_phase_space
        >>> def pair(x):
        ...     return jnp.tanh(jnp.array([2.0, 0.5]) * x)
        >>> points = find_slow_points(pair, np.array([[-0.9, 0.0], [0.1, 0.0], [0.9, 0.0]]))
        >>> graph = point_graph(pair, points.state)
        >>> plot_graph_in_phase_space(graph_in_phase_space(graph, phase_space(points))).savefig("graph.png")
    """
    if values.sizes["component"] != 2:
        raise InputError(f"the graph is drawn in 2 dimensions, not {values.sizes['component']}.")
    figure = plot_phase_space(values)
    axes = figure.axes[0]
    for way, target in zip(values["way"].values, values["target"].values, strict=True):
        known = target >= 0
        axes.plot(*way.T, color=KNOWN if known else UNKNOWN, lw=1.2, ls="-" if known else ":", zorder=2)
        middle = len(way) // 2
        if np.linalg.norm(way[middle + 1] - way[middle - 1]) > 0:
            arrow = {"arrowstyle": "-|>", "color": KNOWN if known else UNKNOWN, "lw": 0}
            axes.annotate("", xy=way[middle + 1], xytext=way[middle - 1], arrowprops=arrow, zorder=2)
    for place, share in zip(values["point"].values, values["basin_share"].values, strict=True):
        if share > 0:
            axes.annotate(f"{share:.0%}", place, xytext=(5, 5), textcoords="offset points", fontsize=7.5, color=INK)
    return figure
