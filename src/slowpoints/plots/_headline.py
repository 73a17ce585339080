"""What a reader sees first: retention against delay, beside how many slow points networks own."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from slowpoints.plots._curves import delay_curves
from slowpoints.plots._figure import counted, StudyFigure
from slowpoints.plots._slow_points import owned_points
from slowpoints.plots._style import chance_line, colours, INK, label, MUTED, panels, percent, SHADE
from slowpoints.results import (
    CERTIFIED,
    has,
    network_means,
    points_found,
    PROTOCOLS,
)


def headline(results: xr.DataTree) -> xr.Dataset:
    """Retention, and owned points where they were searched, as means with 95 % intervals over networks.

    Of the settings in which a curriculum was learned; of all where there is none.

    Args:
        results: a study's, with `extrapolation`.

    Returns:
        `accuracy`, `accuracy_half` (%), each (setting, protocol, delay), and `networks` (setting, protocol), 0 where no
        accuracy is above chance; `owned`, `owned_half` and `owners`, each (setting, protocol), the number of networks
        searched, NaN and 0 without any. A half is that of Student's t-interval over networks, NaN below two. Attrs
        `chance` (%), `trial_steps`, `classes`.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.plots import headline
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> headline(results)["owned"].dims
        ('setting', 'protocol')
    """
    curves = delay_curves(results)
    learned = curves["mean"].notnull().any("delay")
    by_curriculum = learned.isel(protocol=np.isin(learned["protocol"].values, PROTOCOLS)).any("protocol").values
    if by_curriculum.any():
        curves = curves.isel(setting=by_curriculum)
    found = xr.Dataset(
        {
            "accuracy": curves["mean"],
            "accuracy_half": _half(curves),
            "networks": curves["n"].where(curves["mean"].notnull()).max("delay").fillna(0),
        },
        attrs=curves.attrs | {"classes": round(100 / curves.attrs["chance"])},
    )
    if has(results, "slow_points") and points_found(results, CERTIFIED) is not None:
        owned = network_means(owned_points(results)["owned"])
        like = {"setting": found["setting"], "protocol": found["protocol"]}
        found["owned"], found["owned_half"] = (one.reindex(like) for one in (owned["mean"], _half(owned)))
        found["owners"] = owned["n"].reindex(like).fillna(0)
    return found


def _half(means: xr.Dataset) -> xr.DataArray:
    n = means["n"].values
    return means["standard_error"] * stats.t.ppf(0.975, np.maximum(n - 1, 1))


def plot_headline(found: xr.Dataset) -> Figure:
    """Draw `headline`: a row a setting, and in it a line a protocol with its interval, and owned points likewise.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.plots import headline, plot_headline
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> len(plot_headline(headline(results)).axes)
        2
    """
    figure, axes = panels(found.sizes["setting"], 2 if "owned" in found else 1, width=4.6, height=3.2)
    palette = colours([str(name) for name in found["protocol"].values])
    for row, setting in zip(axes, found["setting"].values, strict=True):
        here = found.sel(setting=setting)
        _retention(row[0], here, palette)
        if "owned" in found:
            _owned(row[1], here, palette)
    return figure


def _titled(title: str, here: xr.Dataset) -> str:
    return f"{title}\n{here['setting'].item()}"


def _retention(axes: Axes, here: xr.Dataset, palette: dict[str, str]) -> None:
    delays, trained = here["delay"].values, here.attrs["trial_steps"]
    start = 0.85 * float(delays.min())
    axes.set_xscale("log")
    axes.set_xlim(start, 1.15 * float(delays.max()))
    ticks = [d for d in (5, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000) if d <= delays.max()]
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.axvspan(start, trained, color=SHADE, lw=0, zorder=0)
    axes.annotate("trained", (start, 0), xytext=(4, 1), textcoords="offset points", fontsize=7.5, color=MUTED)
    chance_line(axes, here.attrs["chance"])
    for name, colour in palette.items():
        curve = here.sel(protocol=name)
        mean, half = curve["accuracy"].values, curve["accuracy_half"].values
        there = np.isfinite(mean)
        if not there.any():
            continue
        text = f"{name} (n = {int(curve['networks'])})"
        axes.plot(delays[there], mean[there], color=colour, lw=1.8, label=text, zorder=3)
        known = there & np.isfinite(half)
        low, high = np.clip(mean - half, 0, 100), np.clip(mean + half, 0, 100)
        axes.fill_between(delays[known], low[known], high[known], color=colour, alpha=0.12, lw=0, zorder=2)
    percent(axes)
    # Whatever was learned starts at the top and falls to the right, so that the corner above chance is free.
    if axes.get_legend_handles_labels()[0]:
        above = (0.02, 0.06 + here.attrs["chance"] / 100)
        axes.legend(loc=above, frameon=False, fontsize=8, labelcolor=INK, handlelength=1.4)
    label(axes, _titled("What is still known after a delay", here), "delay (steps)", "accuracy, test images (%)")


def _owned(axes: Axes, here: xr.Dataset, palette: dict[str, str]) -> None:
    most, names = here.attrs["classes"], [name for name in palette if int(here["owners"].sel(protocol=name))]
    for place, name in enumerate(names):
        one = here.sel(protocol=name)
        mean, half = float(one["owned"]), float(one["owned_half"])
        if np.isfinite(half):
            axes.plot([place, place], np.clip([mean - half, mean + half], 0, most), color=palette[name], lw=2)
        axes.plot([place], [mean], ls="", marker="o", ms=7, color=palette[name])
        axes.annotate(
            f"{mean:.3g}", (place, mean), xytext=(7, 1), textcoords="offset points", va="top", fontsize=8,
            color=palette[name],
        )  # fmt: skip
    axes.set_xlim(-0.6, max(len(names), 1) - 0.4)
    axes.set_xticks(range(len(names)), [f"{name} (n = {int(here['owners'].sel(protocol=name))})" for name in names])
    axes.set_ylim(-0.3, most + 0.5)
    axes.axhline(most, color=MUTED, lw=0.9, ls=":", zorder=1)
    axes.annotate(
        "all", (1, most), xycoords=("axes fraction", "data"), xytext=(3, 0), textcoords="offset points", va="center",
        fontsize=7.5, color=MUTED,
    )  # fmt: skip
    axes.tick_params(axis="x", length=0, colors=INK)
    label(axes, _titled("Classes that own a slow point", here), "", "classes of a network")


def caption(found: xr.Dataset) -> str:
    """See `StudyFigure`."""
    shown = "Left: accuracy on test images against the delay between image and report. "
    if "owned" in found:
        shown += "Right: classes that own a slow point. "
    return f"{shown}Mean and 95 % interval over networks (Student's t); {counted(found['networks'])}."


HEADLINE = StudyFigure("headline", ("extrapolation",), headline, plot_headline, caption)
