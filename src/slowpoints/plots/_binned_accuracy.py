"""Accuracy after a long delay against the speed of slow points, in bins (figure 4)."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from slowpoints.plots._figure import counted, StudyFigure
from slowpoints.plots._slow_points import speed_against_accuracy
from slowpoints.plots._style import chance_line, colours, INK, label, legend, panels, percent
from slowpoints.results import delays_beyond, protocols, select, Setting, settings

EDGES = np.arange(-16.0, 3.0, 1.0)
"""Of the bins of log10 S, S = ‖F(x) − x‖², fixed before any study was drawn. What is below lies in the first."""

SEARCH = "newton"
"""The search whose points are shown: all its ends, certified or not."""

_OF_SETTING = ("corpus", "unit", "readout")


def binned_accuracy(results: xr.DataTree) -> xr.Dataset | None:
    """Accuracy of classes by the speed of their points, over all pairs of a network and a class of a setting.

    Args:
        results: a study's, with `slow_points` and `extrapolation`.

    Returns:
        `mean` and `standard_error` of accuracy (%), and `n` pairs, each (setting, bin), bins by the middle of log10 S;
        `speed_mean` and `speed_deviation` of log10 S, `speed_n` pairs and `networks`, each (setting, protocol). Attrs
        `delay`, in steps, and `chance`, in %. None where no delay beyond the trained was measured,
        or no class has a point.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.plots import binned_accuracy
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> binned_accuracy(results).attrs["delay"]
        200
    """
    if not delays_beyond(results).size:
        return None
    found = speed_against_accuracy(results)
    speed, accuracy = 2 * found["log10_root_speed"].sel(search=SEARCH, drop=True), found["accuracy"]
    groups, names = settings(speed), protocols(speed)
    middles = (EDGES[:-1] + EDGES[1:]) / 2
    binned, of_protocol = np.full((3, len(groups), middles.size), np.nan), np.full((4, len(groups), len(names)), np.nan)
    for i, setting in enumerate(groups):
        x, y = select(speed, setting).values.ravel(), select(accuracy, setting).values.ravel()
        there = np.isfinite(x) & np.isfinite(y)
        place = np.clip(np.digitize(x, EDGES) - 1, 0, middles.size - 1)
        for k in range(middles.size):
            binned[:, i, k] = _mean(y[there & (place == k)], error=True)
        for j, name in enumerate(names):
            values = select(speed, setting, name).values
            of_protocol[:3, i, j] = _mean(values[np.isfinite(values)], error=False)
            of_protocol[3, i, j] = np.isfinite(values).any(-1).sum()
    if not (binned[2] > 0).any():
        return None
    each, bars = ("setting", "bin"), ("setting", "protocol")
    bar_names = ("speed_mean", "speed_deviation", "speed_n", "networks")
    return xr.Dataset(
        {
            **{name: (each, binned[k]) for k, name in enumerate(("mean", "standard_error", "n"))},
            **{name: (bars, of_protocol[k]) for k, name in enumerate(bar_names)},
        },
        coords={
            "setting": [setting.label for setting in groups],
            **{name: ("setting", [getattr(setting, name) for setting in groups]) for name in _OF_SETTING},
            "bin": middles,
            "protocol": list(names),
        },
        attrs={"delay": found.attrs["delay"], "chance": 100 / accuracy.sizes["class"]},
    )


def _mean(values: np.ndarray, *, error: bool) -> tuple[float, float, int]:
    """Mean, its standard error or the standard deviation (NaN for fewer than two), and how many."""
    if not values.size:
        return np.nan, np.nan, 0
    deviation = values.std(ddof=1) if values.size > 1 else np.nan
    return float(values.mean()), float(deviation / values.size**0.5 if error else deviation), values.size


def plot_binned_accuracy(data: xr.Dataset) -> Figure:
    """Draw `binned_accuracy`: a column a unit, a row a corpus; the curve in black, above it a bar a protocol.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.plots import binned_accuracy, plot_binned_accuracy
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> len(plot_binned_accuracy(binned_accuracy(results)).axes)
        1
    """
    names = [str(name) for name in data["protocol"].values if (data["speed_n"].sel(protocol=name) > 0).any()]
    palette = colours(names)
    groups = [Setting(*(str(data[name].values[k]) for name in _OF_SETTING)) for k in range(data.sizes["setting"])]
    units = list(dict.fromkeys(setting.unit for setting in groups))
    rows = list(dict.fromkeys((setting.corpus, setting.readout) for setting in groups))
    figure, axes = panels(max(len(rows), 1), max(len(units), 1), width=3.4)
    occupied = (data["n"] > 0).any("setting").values
    bars = [data["speed_mean"] + sign * data["speed_deviation"].fillna(0.0) for sign in (-1, 1)]
    low = min(EDGES[:-1][occupied].min(), float(bars[0].min()))
    high = max(EDGES[1:][occupied].max(), float(bars[1].max()))
    for here in axes.flat:
        here.set_visible(False)
    for k, setting in enumerate(groups):
        row, column = rows.index((setting.corpus, setting.readout)), units.index(setting.unit)
        here, panel = axes[row, column], data.isel(setting=k)
        here.set_visible(True)
        there = (panel["n"] > 0).values
        error = panel["standard_error"].fillna(0.0).values[there]
        here.errorbar(
            panel["bin"].values[there], panel["mean"].values[there], error, color=INK, lw=1.4, marker="o", ms=3.5,
            capsize=2,
        )  # fmt: skip
        for place, name in enumerate(names):
            bar = panel.sel(protocol=name)
            if bar["speed_n"] > 0:
                spread = float(bar["speed_deviation"].fillna(0.0))
                here.errorbar(
                    [float(bar["speed_mean"])], [112 + 8 * place], xerr=[spread], color=palette[name], lw=4, marker="|",
                    ms=9, mew=2, label=name,
                )  # fmt: skip
        chance_line(here, data.attrs["chance"])
        percent(here)
        here.set_ylim(-3, 110 + 8 * len(names))
        here.set_xlim(low - 0.3, high + 0.3)
        here.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        y = f"accuracy at delay {data.attrs['delay']}, test (%)" if column == 0 else ""
        label(here, setting.label, "log₁₀ S" if row == len(rows) - 1 else "", y)
    legend(figure, *axes.flat)
    return figure


def _caption(data: xr.Dataset) -> str:
    of_bins = data["n"].values[data["n"].values > 0].astype(int)
    return (
        "In the layout of the paper's figure 4: accuracy of classes on test images after a delay of "
        f"{data.attrs['delay']} steps, by the speed S = ‖F(x) − x‖² of their slow points (Newton's search, all its "
        "ends), over all pairs of a network and a class of a setting. Black: mean ± standard error over the pairs of "
        f"a bin, n = {of_bins.min()} to {of_bins.max()} pairs a bin; bins of one decade, fixed beforehand; a single "
        "pair has no error bar. Coloured bars: mean ± standard deviation of log₁₀ S over a protocol's pairs, "
        f"{counted(data['speed_n'], 'pairs')}, of {counted(data['networks'])}. How many pairs each bin has stands in "
        "the figure's CSV."
    )


BINNED_ACCURACY = StudyFigure(
    "binned_accuracy", ("slow_points", "extrapolation"), binned_accuracy, plot_binned_accuracy, _caption
)
