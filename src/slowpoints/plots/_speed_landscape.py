"""The speed landscape on a line or a plane through a state."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from slowpoints._errors import InputError
from slowpoints.dynamics import SpeedMap
from slowpoints.plots._style import INK, label, panels, PAPER


def speed_landscape(speeds: SpeedMap) -> xr.Dataset:
    """A speed map as labelled data.

    Args:
        speeds: what `speed_on_axes` returned.

    Returns:
        `log10_root_speed` (along_1[, along_2]), NaN outside the domain and −∞ at fixed points; positions along the axes
        as coordinates, in multiples of the axis.

    Example:
        >>> import jax.numpy as jnp
        >>> import numpy as np
        >>> from slowpoints import speed_on_axes
        >>> from slowpoints.plots import speed_landscape
        >>> around = speed_on_axes(lambda x: 0.5 * x, np.zeros(2), np.eye(2), [(-1.0, 1.0)] * 2, 3)
        >>> speed_landscape(around)["log10_root_speed"].values.round(2)
        array([[-0.15, -0.3 , -0.15],
               [-0.3 ,  -inf, -0.3 ],
               [-0.15, -0.3 , -0.15]])
    """
    names = [f"along_{k + 1}" for k in range(len(speeds.positions))]
    with np.errstate(divide="ignore"):
        logarithm = np.log10(speeds.root_speed)
    return xr.Dataset({"log10_root_speed": (names, logarithm)}, coords=dict(zip(names, speeds.positions, strict=True)))


def plot_speed_landscape(landscape: xr.Dataset, space: xr.Dataset | None = None) -> Figure:
    """Draw `speed_landscape`: a curve over one axis, a map over two.

    Args:
        landscape: to draw.
        space: points to draw on a map, a `phase_space` of two components whose `centre` and `axis` the map was made
            with.

    Raises:
        InputError: if points are given with a landscape or a space that is not of two dimensions.

    Example:
        >>> import jax.numpy as jnp
        >>> import numpy as np
        >>> from slowpoints import speed_on_axes
        >>> from slowpoints.plots import plot_speed_landscape, speed_landscape
        >>> around = speed_on_axes(lambda x: 0.5 * x, np.zeros(2), np.eye(2), [(-1.0, 1.0)] * 2, 3)
        >>> plot_speed_landscape(speed_landscape(around)).savefig("landscape.png")
    """
    speed = landscape["log10_root_speed"]
    if space is not None and not (speed.ndim == 2 and space.sizes["component"] == 2):
        raise InputError("space can be drawn on a landscape of two axes only, and must have two components.")
    figure, axes = panels(1, 1, width=4.2, height=3.6)
    here = axes[0, 0]
    positions = [landscape[name].values for name in speed.dims]
    if speed.ndim == 1:
        here.plot(positions[0], speed.values, color=INK, lw=1.4)
        label(here, "", "along the axis", "log₁₀ root speed ‖F(x) − x‖ (per step)")
        return figure
    finite = np.where(np.isfinite(speed.values), speed.values, np.nan)
    mesh = here.pcolormesh(*positions, finite.T, cmap="viridis", shading="nearest")
    bar = figure.colorbar(mesh, ax=here)
    bar.set_label("log₁₀ root speed ‖F(x) − x‖ (per step)", fontsize=9, color=INK)
    bar.ax.tick_params(labelsize=8, colors=INK)
    if space is not None:
        here.plot(*space["point"].values.T, ls="", marker="o", ms=4.5, mfc="none", mec=PAPER, mew=1.2)
        here.set_xlim(positions[0][0], positions[0][-1])
        here.set_ylim(positions[1][0], positions[1][-1])
    label(here, "", "along the first axis", "along the second axis")
    return figure
