"""Points across two-dimensional inputs, and states along a path of inputs and back."""

import numpy as np
import xarray as xr
from matplotlib.colors import BoundaryNorm
from matplotlib.figure import Figure

from slowpoints.plots._input_path import along_path
from slowpoints.plots._style import label, legend, PALETTE, panels, SHADE

COLUMNS = 3
"""Panels in a row."""


def kinds_on_grid(values: xr.Dataset) -> xr.Dataset:
    """How many points of each kind there are under each input of a grid.

    Args:
        values: `SweepGrid.to_xarray()`.

    Returns:
        `count` (kind, row, column) of the kinds that occur; `across` (column,) and `up` (row,), along which input
        features the grid runs if it is straight, otherwise numbers of columns and rows. `names` of the two in `attrs`.

    Example:
        >>> import numpy as np
        >>> from slowpoints import from_torch, sweep_grid
        >>> from slowpoints.plots import kinds_on_grid
        >>> weights = {"weight_ih_l0": np.eye(2), "weight_hh_l0": np.array([[2.0, 0.0], [0.0, 0.5]])}
        >>> inputs = np.stack(np.meshgrid([-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0], indexing="ij"), axis=-1)
        >>> found = kinds_on_grid(sweep_grid(from_torch(weights, unit="tanh"), inputs, starts=8).to_xarray())
        >>> found["count"].sel(kind="attractor").values
        array([[1, 1, 1],
               [2, 2, 2],
               [1, 1, 1]])
    """
    found = values["count"].values
    place = values["constant_input"].values
    ranges = {}
    for name, axis, other in (("across", 1, 0), ("up", 0, 1)):
        varies = np.flatnonzero(np.ptp(place, axis=axis).max(axis=0) > 0)
        straight = len(varies) == 1 and np.ptp(place[..., varies[0]], axis=other).max() == 0
        along = np.take(place[..., varies[0]], 0, axis=other) if straight else np.arange(found.shape[1 + axis])
        ranges[name] = along, f"input {varies[0]}" if straight else ("row", "column")[axis]
    kept = found.any(axis=(1, 2))
    return xr.Dataset(
        {
            "count": (("kind", "row", "column"), found[kept]),
            "across": ("column", ranges["across"][0]),
            "up": ("row", ranges["up"][0]),
        },
        coords={"kind": values["kind"].values[kept]},
        attrs={"names": [ranges["across"][1], ranges["up"][1]]},
    )


def plot_kinds_on_grid(values: xr.Dataset) -> Figure:
    """Draw `kinds_on_grid`: a panel a kind, the number of its points by colour.

    Example:
        >>> import numpy as np
        >>> from slowpoints import from_torch, sweep_grid
        >>> from slowpoints.plots import kinds_on_grid, plot_kinds_on_grid
        >>> weights = {"weight_ih_l0": np.eye(2), "weight_hh_l0": np.array([[2.0, 0.0], [0.0, 0.5]])}
        >>> inputs = np.stack(np.meshgrid([-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0], indexing="ij"), axis=-1)
        >>> counted = sweep_grid(from_torch(weights, unit="tanh"), inputs, starts=8)
        >>> plot_kinds_on_grid(kinds_on_grid(counted.to_xarray())).savefig("grid.png")
    """
    kinds = values["kind"].values
    rows, columns = -(-len(kinds) // COLUMNS), min(len(kinds), COLUMNS)
    figure, axes = panels(rows, columns, width=2.7, height=2.5)
    for k in range(len(kinds), axes.size):
        axes[divmod(k, columns)].set_visible(False)
    most = int(values["count"].max())
    norm = BoundaryNorm(np.arange(most + 2) - 0.5, 256)
    drawn = None
    for k, kind in enumerate(kinds):
        here = axes[divmod(k, columns)]
        drawn = here.pcolormesh(values["across"], values["up"], values["count"].values[k], norm=norm, cmap="viridis")
        across, up = values.attrs["names"]
        label(here, kind, across, up if k % columns == 0 else "")
    if drawn is not None:
        figure.colorbar(drawn, ax=axes, ticks=range(most + 1), label="points", shrink=0.8)
    return figure


def hysteresis_loop(values: xr.Dataset) -> xr.Dataset:
    """The states of both ways along one axis.

    Args:
        values: `Hysteresis.to_xarray()`.

    Returns:
        `place` (way, input), the projection on the first principal component of all states, `along` (input,), the
        feature of the input that changes, or the distance along the path if several do, and `loop` (input,).

    Example:
        >>> import numpy as np
        >>> from slowpoints import from_torch, hysteresis
        >>> from slowpoints.plots import hysteresis_loop
        >>> weights = {"weight_ih_l0": np.ones((1, 1)), "weight_hh_l0": np.full((1, 1), 2.0)}
        >>> found = hysteresis(from_torch(weights, unit="tanh"), [[-1.0], [0.0], [1.0]])
        >>> hysteresis_loop(found.to_xarray())["place"].values.round(2)
        array([[-0.99, -0.96,  0.99],
               [-0.99,  0.96,  0.99]])
    """
    rows = values["state"].values
    cloud = rows.reshape(-1, rows.shape[-1])
    axis = np.linalg.svd(cloud - cloud.mean(axis=0), full_matrices=False)[2][0]
    along, words = along_path(values["constant_input"].values)
    return xr.Dataset(
        {
            "place": (("way", "input"), rows @ (axis * np.sign(axis[np.argmax(np.abs(axis))]))),
            "along": ("input", along),
            "loop": values["loop"],
        },
        coords={"way": values["way"].values},
        attrs={"along": words},
    )


def plot_hysteresis_loop(values: xr.Dataset) -> Figure:
    """Draw `hysteresis_loop`: there and back, and shaded where the two are known to differ.

    Example:
        >>> import numpy as np
        >>> from slowpoints import from_torch, hysteresis
        >>> from slowpoints.plots import hysteresis_loop, plot_hysteresis_loop
        >>> weights = {"weight_ih_l0": np.ones((1, 1)), "weight_hh_l0": np.full((1, 1), 2.0)}
        >>> found = hysteresis(from_torch(weights, unit="tanh"), [[-1.0], [0.0], [1.0]])
        >>> plot_hysteresis_loop(hysteresis_loop(found.to_xarray())).savefig("loop.png")
    """
    figure, axes = panels(1, 1, width=4.5, height=3.2)
    here, along = axes[0, 0], values["along"].values
    for way, colour, marker in zip(values["way"].values, PALETTE, (">", "<"), strict=False):
        here.plot(along, values["place"].sel(way=way), color=colour, marker=marker, ms=4, lw=1.2, label=str(way))
    here.fill_between(along, 0, 1, where=values["loop"].values, transform=here.get_xaxis_transform(), color=SHADE)
    label(here, "", values.attrs["along"], "state, along one axis")
    legend(figure, here)
    return figure
