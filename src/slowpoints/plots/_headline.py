"""What a reader sees first: retention against delay, beside how many slow points networks own."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from slowpoints.plots._curves import delay_curves
from slowpoints.plots._figure import counted, StudyFigure
from slowpoints.plots._slow_points import owned_points
from slowpoints.plots._style import chance_line, colours, INK, label, legend, MUTED, panels, percent, SHADE
from slowpoints.results import (
    CERTIFIED,
    has,
    network_means,
    points_found,
)

STYLES = ("-", "--", ":", "-.")
"""The lines of settings, in order."""


def headline(results: xr.DataTree) -> xr.Dataset:
    """Retention, and owned points where they were searched, as means with 95 % intervals over networks.

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
    """Draw `headline`: a line a setting and protocol with its interval, and beside it owned points likewise.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.plots import headline, plot_headline
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> len(plot_headline(headline(results)).axes)
        2
    """
    figure, axes = panels(1, 2 if "owned" in found else 1, width=4.6, height=3.3)
    names = [str(name) for name in found["protocol"].values]
    palette = colours(names)
    _retention(axes[0, 0], found, palette)
    if "owned" in found:
        _owned(axes[0, 1], found, palette)
    legend(figure, axes[0, 0], columns=min(found.sizes["setting"], 4) if found.sizes["setting"] > 1 else 4)
    return figure


def _common(found: xr.Dataset) -> list[str]:
    """Of the settings' labels what all of them say."""
    labels = [str(one).split(", ") for one in found["setting"].values]
    return [word for word in labels[0] if all(word in label for label in labels)] if labels else []


def _words(setting: str, found: xr.Dataset) -> str:
    """Of a setting's label what tells it from the others."""
    return " ".join(word for word in setting.split(", ") if word not in _common(found))


def _titled(title: str, found: xr.Dataset) -> str:
    return f"{title}\n{', '.join(_common(found))}"


def _retention(axes: Axes, found: xr.Dataset, palette: dict[str, str]) -> None:
    delays, trained = found["delay"].values, found.attrs["trial_steps"]
    start = 0.85 * float(delays.min())
    axes.set_xscale("log")
    axes.set_xlim(start, 1.15 * float(delays.max()))
    ticks = [d for d in (5, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000) if d <= delays.max()]
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.axvspan(start, trained, color=SHADE, lw=0, zorder=0)
    axes.annotate("trained", (start, 0), xytext=(4, 1), textcoords="offset points", fontsize=7.5, color=MUTED)
    chance_line(axes, found.attrs["chance"])
    for line, setting in zip(STYLES, found["setting"].values, strict=False):
        for name, colour in palette.items():
            curve = found.sel(setting=setting, protocol=name)
            mean, half = curve["accuracy"].values, curve["accuracy_half"].values
            there = np.isfinite(mean)
            if not there.any():
                continue
            text = " ".join(filter(None, (_words(str(setting), found), f"{name} (n = {int(curve['networks'])})")))
            axes.plot(delays[there], mean[there], ls=line, color=colour, lw=1.8, label=text, zorder=3)
            known = there & np.isfinite(half)
            low, high = np.clip(mean - half, 0, 100), np.clip(mean + half, 0, 100)
            axes.fill_between(delays[known], low[known], high[known], color=colour, alpha=0.12, lw=0, zorder=2)
    percent(axes)
    label(axes, _titled("What is still known after a delay", found), "delay (steps)", "accuracy, test images (%)")


def _owned(axes: Axes, found: xr.Dataset, palette: dict[str, str]) -> None:
    groups = [str(one) for one in found["setting"].values]
    marks, most = [], found.attrs["classes"]
    for place, setting in enumerate(groups):
        here = found.sel(setting=setting)
        names = [name for name in palette if int(here["owners"].sel(protocol=name))]
        for k, name in enumerate(names):
            one = here.sel(protocol=name)
            x, mean, half = place + 0.22 * (k - (len(names) - 1) / 2), float(one["owned"]), float(one["owned_half"])
            if np.isfinite(half):
                ends = np.clip([mean - half, mean + half], 0, most)
                axes.plot([x, x], ends, color=palette[name], lw=2)
            axes.plot([x], [mean], ls="", marker="o", ms=7, color=palette[name])
            axes.annotate(
                f"{mean:.3g}", (x, mean), xytext=(6, 4), textcoords="offset points", fontsize=8, color=palette[name]
            )
        marks.append(_words(setting, found) or "")
    axes.set_xlim(-0.6, len(groups) - 0.4)
    axes.set_xticks(range(len(groups)), marks)
    axes.set_ylim(-0.3, most + 0.5)
    axes.axhline(most, color=MUTED, lw=0.9, ls=":", zorder=1)
    axes.annotate(
        "all classes", (0, most), xycoords=("axes fraction", "data"), xytext=(3, -3), textcoords="offset points",
        va="top", fontsize=7.5, color=MUTED,
    )  # fmt: skip
    axes.tick_params(axis="x", length=0, colors=INK)
    label(axes, _titled("Classes that own a slow point", found), "", "classes of a network")


def caption(found: xr.Dataset) -> str:
    """See `StudyFigure`."""
    shown = "Left: accuracy on test images against the delay between image and report. "
    if "owned" in found:
        shown += "Right: classes that own a slow point. "
    return f"{shown}Mean and 95 % interval over networks (Student's t); {counted(found['networks'])}."


HEADLINE = StudyFigure("headline", ("extrapolation",), headline, plot_headline, caption)
