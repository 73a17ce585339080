"""Accuracy against one thing that was varied: computed once, drawn by several figures."""

from collections.abc import Callable

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from slowpoints.plots._style import chance_line, colours, label, legend, mean_line, panels, percent
from slowpoints.results import (
    network_means,
)


def accuracy_curves(accuracy: xr.DataArray, along: str) -> xr.Dataset:
    """Mean over classes, then mean and standard error over networks.

    A protocol of a setting that is not above chance at the first point never learned the task and has nothing
    to lose: it is NaN.

    Args:
        accuracy: array (network, `along`, class), in [0, 1].
        along: the dim that was varied.

    Returns:
        `mean`, `standard_error` (in %) and `n`, each (setting, protocol, `along`); attr `chance` in %.
    """
    chance = 100 / accuracy.sizes["class"]
    curves = network_means(100 * accuracy.mean("class", skipna=False)).sortby(along)
    learned = curves["mean"].isel({along: 0}, drop=True) > chance
    curves["mean"] = curves["mean"].where(learned)
    curves["standard_error"] = curves["standard_error"].where(learned)
    return curves.assign_attrs(chance=chance)


def draw_curves(curves: xr.Dataset, along: str, x_label: str, prepare: Callable[[Axes], None]) -> Figure:
    """One panel a setting, one colour a protocol.

    Args:
        curves: from `accuracy_curves`.
        along: the dim on the x axis.
        x_label: its name with its unit.
        prepare: sets up the x axis of one panel before anything is drawn.
    """
    names = [str(name) for name in curves["protocol"].values]
    palette = colours(names)
    shown = [n for n in names if curves["mean"].sel(protocol=n).notnull().any()]
    figure, axes = panels(1, max(curves.sizes["setting"], 1))
    for column, setting in enumerate(curves["setting"].values):
        here = axes[0, column]
        prepare(here)
        chance_line(here, curves.attrs["chance"])
        for name in shown:
            curve = curves.sel(setting=setting, protocol=name)
            x, mean = curve[along].values, curve["mean"].values
            mean_line(here, x, mean, curve["standard_error"].values, palette[name], name)
        percent(here)
        label(here, str(setting), x_label, "accuracy, test images (%)" if column == 0 else "")
    legend(figure, axes[0, 0])
    return figure
