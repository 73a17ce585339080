"""Accuracy after a long delay against the speed of slow points, in bins, as the paper's figure 4 shows it."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from slowpoints.plots._figure import StudyFigure
from slowpoints.plots._slow_points import speed_against_accuracy
from slowpoints.plots._style import colours, INK, label, panels, percent
from slowpoints.results import delays_beyond, protocols, select, settings

EDGES = np.arange(-16.0, 3.0, 1.0)
"""Of the bins of log10 S, S = ‖F(x) − x‖², fixed before any study was drawn. What is below lies in the first."""

SEARCH = "newton"
"""The search whose points are shown: all its ends, certified or not."""


def binned_accuracy(results: xr.DataTree) -> xr.Dataset | None:
    """Accuracy of classes by the speed of their points, over all pairs of a network and a class of a setting.

    Args:
        results: a study's, with `slow_points` and `extrapolation`.

    Returns:
        `mean` and `standard_error` of accuracy (%), and `n` pairs, each (setting, bin), bins by the middle of log10 S;
        `speed_mean` and `speed_deviation` of log10 S and `speed_n` pairs, each (setting, protocol). Attr `delay`, in
        steps. None where no delay beyond the trained was measured.
    """
    if not delays_beyond(results).size:
        return None
    found = speed_against_accuracy(results)
    speed, accuracy = 2 * found["log10_root_speed"].sel(search=SEARCH, drop=True), found["accuracy"]
    groups, names = settings(speed), protocols(speed)
    middles = (EDGES[:-1] + EDGES[1:]) / 2
    binned, of_protocol = np.full((3, len(groups), middles.size), np.nan), np.full((3, len(groups), len(names)), np.nan)
    for i, setting in enumerate(groups):
        x, y = select(speed, setting).values.ravel(), select(accuracy, setting).values.ravel()
        there = np.isfinite(x) & np.isfinite(y)
        place = np.clip(np.digitize(x, EDGES) - 1, 0, middles.size - 1)
        for k in range(middles.size):
            binned[:, i, k] = _mean(y[there & (place == k)], error=True)
        for j, name in enumerate(names):
            values = select(speed, setting, name).values.ravel()
            of_protocol[:, i, j] = _mean(values[np.isfinite(values)], error=False)
    each, bars = ("setting", "bin"), ("setting", "protocol")
    return xr.Dataset(
        {
            **{name: (each, binned[k]) for k, name in enumerate(("mean", "standard_error", "n"))},
            **{name: (bars, of_protocol[k]) for k, name in enumerate(("speed_mean", "speed_deviation", "speed_n"))},
        },
        coords={"setting": [setting.label for setting in groups], "bin": middles, "protocol": list(names)},
        attrs={"delay": found.attrs["delay"]},
    )


def _mean(values: np.ndarray, *, error: bool) -> tuple[float, float, int]:
    """Mean, its standard error or the standard deviation (NaN for fewer than two), and how many."""
    if not values.size:
        return np.nan, np.nan, 0
    deviation = values.std(ddof=1) if values.size > 1 else np.nan
    return float(values.mean()), float(deviation / values.size**0.5 if error else deviation), values.size


def plot_binned_accuracy(data: xr.Dataset) -> Figure:
    """Draw `binned_accuracy`: a panel a setting, the curve in black, above it a bar a protocol."""
    names = [str(name) for name in data["protocol"].values]
    palette = colours(names)
    figure, axes = panels(1, max(data.sizes["setting"], 1), width=3.4)
    for column, setting in enumerate(data["setting"].values):
        here, panel = axes[0, column], data.sel(setting=setting)
        there = (panel["n"] > 0).values
        error = panel["standard_error"].fillna(0.0).values[there]
        here.errorbar(
            panel["bin"].values[there], panel["mean"].values[there], error, color=INK, lw=1.4, marker="o", ms=3.5
        )
        for place, name in enumerate(names):
            bar = panel.sel(protocol=name)
            if bar["speed_n"] > 0:
                spread = float(bar["speed_deviation"].fillna(0.0))
                height = 112 + 7 * place
                here.errorbar(
                    [float(bar["speed_mean"])],
                    [height],
                    xerr=[spread],
                    color=palette[name],
                    lw=3,
                    marker="|",
                    ms=8,
                    label=name,
                )
        percent(here)
        here.set_ylim(-3, 115 + 7 * len(names))
        y = f"accuracy at delay {data.attrs['delay']}, test (%)" if column == 0 else ""
        label(here, str(setting), "log₁₀ S", y)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=4, frameon=False, fontsize=8.5, labelcolor=INK)
    return figure


BINNED_ACCURACY = StudyFigure(
    "binned_accuracy",
    ("slow_points", "extrapolation"),
    binned_accuracy,
    plot_binned_accuracy,
    "Accuracy of classes on test images after a long delay, by the speed S of their slow points (Newton), over all "
    "pairs of a network and a class: mean ± standard error over the pairs of a bin, in black, bins of one decade fixed "
    "beforehand. Bars: mean ± standard deviation of log₁₀ S of a protocol's pairs. How many pairs each is of stands in "
    "the figure's CSV.",
)
