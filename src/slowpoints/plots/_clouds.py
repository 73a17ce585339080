"""Clouds of hidden states on principal components (figure 3)."""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.figure import Figure

from slowpoints.plots._figure import StudyFigure
from slowpoints.plots._style import INK, PAPER
from slowpoints.results import by_seed, measured, PROTOCOLS, select, settings


def clouds(results: xr.DataTree) -> xr.Dataset | None:
    """The clouds of one network a protocol, of the least seed that both have, in the first setting that has them.

    Args:
        results: a study's, with `clouds`.

    Returns:
        `projected` (protocol, condition, class, trial, component), in the state's units about the mean at the trained
        delay; `named` (protocol, condition, class), the share read out as the class, and `share`
        (protocol, component), of the variance; attrs `setting` and `seed`. None where no setting has any.
    """
    group = measured(results, "clouds")
    there = group["silhouette"]
    for setting in settings(there):
        seeds = {name: set(by_seed(there, setting, name)) for name in PROTOCOLS}
        present = [name for name in PROTOCOLS if seeds[name]]
        if not present:
            continue
        shared = set.intersection(*(seeds[name] for name in present))
        seed = min(shared or seeds[present[0]])
        shown = [name for name in present if seed in seeds[name]]
        chosen = []
        for name in shown:
            networks = select(there, setting, name)
            one = networks["network"].values[np.flatnonzero(networks["seed"].values == seed)[0]]
            chosen.append(group[["projected", "named", "share"]].sel(network=one).reset_coords(drop=True))
        joined = xr.concat(chosen, xr.IndexVariable("protocol", shown))
        return joined.assign_attrs(setting=setting.label, seed=int(seed))
    return None


def plot_clouds(data: xr.Dataset) -> Figure:
    """Draw `clouds`: a row a protocol, a column a condition, a colour a class, the axes of a row alike."""
    rows, columns = data.sizes["protocol"], data.sizes["condition"]
    flat = data.sizes["component"] < 3
    figure = Figure(figsize=(3.3 * columns, 3.2 * rows), layout="constrained", facecolor=PAPER)
    palette = colormaps["tab10"]
    for i, protocol in enumerate(data["protocol"].values):
        of_row = data["projected"].sel(protocol=protocol).values
        low, high = np.nanmin(of_row, axis=(0, 1, 2)), np.nanmax(of_row, axis=(0, 1, 2))
        for j, condition in enumerate(data["condition"].values):
            here: Any = figure.add_subplot(rows, columns, i * columns + j + 1, projection=None if flat else "3d")
            for k, name in enumerate(data["class"].values):
                at = of_row[j, k]
                points = at.T if not flat else (at[:, 0], at[:, -1])
                here.plot(*points, ls="", marker=".", ms=2.5, color=palette(k % 10), label=str(name), alpha=0.7)
            here.set_xlim(low[0], high[0])
            here.set_ylim(low[-1 if flat else 1], high[-1 if flat else 1])
            if not flat:
                here.set_zlim(low[2], high[2])
                for axis in (here.xaxis, here.yaxis, here.zaxis):
                    axis.line.set_color(INK)
            here.tick_params(labelsize=6, colors=INK)
            here.set_title(f"{protocol}, {condition}", fontsize=9, fontweight="bold", color=INK)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=10, frameon=False, fontsize=8, markerscale=3)
    return figure


CLOUDS = StudyFigure(
    "clouds",
    ("clouds",),
    clouds,
    plot_clouds,
    "States of test trials of each class after the trained and a long delay, and after that in weaker noise, on "
    "principal components of the states at the trained delay. One network a protocol (n = 1 each), from the same "
    "initial weights: the least seed of the first setting. No error bars.",
)
