"""Clouds of hidden states on principal components (figure 3)."""

from typing import Any

import matplotlib
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from slowpoints.plots._figure import StudyFigure
from slowpoints.plots._formation import class_colour, class_legend
from slowpoints.plots._pair import shown_networks
from slowpoints.plots._style import INK, PAPER, SHADE
from slowpoints.results import measured


def clouds(results: xr.DataTree) -> xr.Dataset | None:
    """The clouds of one network a protocol, of the least seed that both have, in the first setting that has them.

    Args:
        results: a study's, with `clouds`.

    Returns:
        `projected` (protocol, condition, class, trial, component), in the state's units about the mean at the trained
        delay; `named` (protocol, condition, class), the share read out as the class, and `share`
        (protocol, component), of the variance; attrs `setting` and `seed`. None where no setting has any.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.plots import clouds
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> dict(clouds(results).sizes)["condition"]
        3
    """
    group = measured(results, "clouds")
    chosen = shown_networks(group["silhouette"])
    if chosen is None:
        return None
    setting, seed, networks = chosen
    each = [
        group[["projected", "named", "share"]].sel(network=network).reset_coords(drop=True)
        for network in networks.values()
    ]
    joined = xr.concat(each, xr.IndexVariable("protocol", list(networks)))
    return joined.assign_attrs(setting=setting.label, seed=seed)


def plot_clouds(data: xr.Dataset) -> Figure:
    """Draw `clouds`: a row a protocol, a column a condition, a colour a class, the axes of a row alike.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.plots import clouds, plot_clouds
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> len(plot_clouds(clouds(results)).axes)
        6
    """
    rows, columns = data.sizes["protocol"], data.sizes["condition"]
    flat = data.sizes["component"] < 3
    figure = Figure(figsize=(3.6 * columns, 3.2 * rows), layout="constrained", facecolor=PAPER)
    for i, protocol in enumerate(data["protocol"].values):
        of_row, share = data["projected"].sel(protocol=protocol).values, data["share"].sel(protocol=protocol).values
        low, high = np.nanmin(of_row, axis=(0, 1, 2)), np.nanmax(of_row, axis=(0, 1, 2))
        for j, condition in enumerate(data["condition"].values):
            with matplotlib.rc_context({"grid.color": SHADE, "grid.linewidth": 0.6}):  # 3-D grids take it only here
                here: Any = figure.add_subplot(rows, columns, i * columns + j + 1, projection=None if flat else "3d")
            for k, name in enumerate(data["class"].values):
                at = of_row[j, k]
                points = at.T if not flat else (at[:, 0], at[:, -1])
                here.plot(*points, ls="", marker=".", ms=4, mew=0, color=class_colour(k), label=str(name), alpha=0.7)
            here.set_xlim(low[0], high[0])
            here.set_ylim(low[-1 if flat else 1], high[-1 if flat else 1])
            words = [f"PC {k + 1} ({100 * part:.0f} %)" for k, part in enumerate(share)]
            here.set_xlabel(words[0], fontsize=7, color=INK, labelpad=-4)
            here.set_ylabel(words[-1 if flat else 1], fontsize=7, color=INK, labelpad=-4)
            if not flat:
                here.set_box_aspect(None, zoom=0.96)  # or labels are cut off
                here.set_zlim(low[2], high[2])
                here.set_zlabel(words[2], fontsize=7, color=INK, labelpad=-4)
                for axis in (here.xaxis, here.yaxis, here.zaxis):
                    axis.line.set_color(INK)
                    axis.set_pane_color((1, 1, 1, 0))
            here.tick_params(labelsize=6, colors=INK, pad=-2)
            after = "trained delay" if condition == "delay" else condition
            here.set_title(f"{protocol}, {after}", fontsize=9, fontweight="bold", color=INK)
    named = f"{data.attrs['setting']}, seed {data.attrs['seed']}; colours are classes"
    class_legend(figure, figure.axes[0], named, scale=4)
    return figure


def _caption(data: xr.Dataset) -> str:
    protocols = " and ".join(str(name) for name in data["protocol"].values)
    return (
        "In the layout of the paper's figure 3: states of test trials of each class, in its colour, after the "
        "trained and a long delay, and after that in weaker noise, on principal components of the states at the "
        f"trained delay (in brackets: share of their variance). {data.attrs['setting']}; n = 1 network under "
        f"{protocols} each, of seed {data.attrs['seed']}; {data.sizes['trial']} trials a class. No error bars."
    )


CLOUDS = StudyFigure("clouds", ("clouds",), clouds, plot_clouds, _caption)
