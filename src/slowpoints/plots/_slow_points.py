"""Speed of slow points against what their classes keep (figure 4), and how many classes own one."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from slowpoints.claims import rank_correlation
from slowpoints.plots._figure import counted, present, StudyFigure
from slowpoints.plots._style import colours, INK, label, MUTED, panels, percent
from slowpoints.results import (
    CERTIFIED,
    count_owned,
    log_root_speed,
    long_delay,
    measured,
    points_found,
    protocols,
    reads_out_its_class,
    select,
    Setting,
    settings,
    SLOWEST,
)

MARKERS = {"fixed point": "o", "slow point": "D", "edge": "^", "degenerate": "x", "unfinished": "+"}
"""The marker of each outcome."""


def speed_against_accuracy(results: xr.DataTree) -> xr.Dataset:
    """Every class' point and what the class keeps at the long delay.

    Args:
        results: a study's, with `slow_points` and `extrapolation`.

    Returns:
        `log10_root_speed` (speeds per step; those below 1e-8 count as 1e-8), `outcome` and `own_readout`
        (whether the point is read out as its class), each (network, search, class); `accuracy` on test images
        in %, (network, class); `spearman`, (setting, protocol, search): claim 20's statistic. Attr `delay` in
        steps. Networks keep their coords.

    Raises:
        KeyError: without one of the groups.
        ValueError: if no delay beyond the trained was measured.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.plots import speed_against_accuracy
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> speed_against_accuracy(results)["outcome"].dims
        ('network', 'search', 'class')
    """
    points = measured(results, "slow_points")
    delay = long_delay(results)
    if delay is None:
        raise ValueError("results hold no delay beyond the trained; at least one is needed")
    tested = measured(results, "extrapolation")["delay_accuracy"].sel(split="test", delay=delay, drop=True)
    points, accuracy = xr.align(points, 100 * tested, join="inner")
    found = xr.Dataset(
        {
            "log10_root_speed": log_root_speed(points),
            "outcome": points["outcome"],
            "own_readout": reads_out_its_class(points),
            "accuracy": accuracy,
        },
        attrs={"delay": delay},
    )
    groups, names = settings(points["root_speed"]), protocols(points["root_speed"])
    searches = [str(search) for search in points["search"].values]
    rho = [[[rank_correlation(results, m, s, p, delay)[0].value for m in searches] for p in names] for s in groups]
    found["spearman"] = xr.DataArray(
        np.reshape(rho, (len(groups), len(names), len(searches))),
        dims=("setting", "of_protocol", "search"),
        coords={
            "setting": [s.label for s in groups],
            "of_protocol": list(names),
            "search": searches,
        },
    )
    return found


def _name_rho(axes: Axes, rho: xr.DataArray, palette: dict[str, str]) -> None:
    # In the corner that a falling cloud leaves free, a line a protocol, from the bottom up.
    there = [
        (str(name), float(value))
        for name, value in zip(rho["of_protocol"].values, rho.values, strict=True)
        if np.isfinite(value)
    ]
    for line, (name, value) in enumerate(reversed(there)):
        axes.annotate(
            f"{name}: Spearman ρ = {value:.2f}".replace("-", "−"),
            (0, 0),
            xycoords="axes fraction",
            xytext=(26, 8 + 12 * line),
            textcoords="offset points",
            fontsize=8,
            color=palette[name],
        )


def plot_speed_against_accuracy(points: xr.Dataset) -> Figure:
    """Draw `speed_against_accuracy`: one row a setting, one column a search.

    Colour is the protocol, the marker is the outcome of the search; points that are read out as another class
    are hollow.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.plots import plot_speed_against_accuracy, speed_against_accuracy
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> len(plot_speed_against_accuracy(speed_against_accuracy(results)).axes)
        2
    """
    speed = points["log10_root_speed"]
    groups, names, searches = settings(speed), protocols(speed), points["search"].values
    palette = colours(names)
    figure, axes = panels(max(len(groups), 1), len(searches), width=3.9, height=3.3)
    used: set[str] = set()
    drawn: set[str] = set()
    low, high = float(speed.min()), float(speed.max())
    for row, setting in enumerate(groups):
        for column, search in enumerate(searches):
            here = axes[row, column]
            panel = points.sel(search=search)
            for name in names:
                shown = _scatter(here, panel, setting, name, palette[name])
                used |= shown
                drawn |= {name} if shown else set()
            percent(here)
            if np.isfinite([low, high]).all():
                here.set_xlim(low - 0.4, high + 0.4)
            if low <= np.log10(SLOWEST):
                here.axvline(np.log10(SLOWEST), color=MUTED, lw=0.9, ls=":", zorder=0)
            _name_rho(here, points["spearman"].sel({"setting": setting.label, "search": search}), palette)
            y = f"accuracy at delay {points.attrs['delay']} (%)" if column == 0 else ""
            label(here, f"{setting.label}\n{search}", "log₁₀ root speed ‖F(x) − x‖ (per step)", y)
    keys = [Line2D([], [], ls="", marker="s", color=palette[n], label=n) for n in names if n in drawn]
    keys += [
        Line2D([], [], ls="", marker=mark, color=INK, ms=5, label=outcome)
        for outcome, mark in MARKERS.items()
        if outcome in used
    ]
    if keys:
        keys.append(Line2D([], [], ls="", marker="o", mfc="none", color=INK, label="other class' readout"))
        figure.legend(
            handles=keys,
            loc="outside upper left",
            ncols=len(keys) if len(keys) <= 6 else (len(keys) + 1) // 2,
            frameon=False,
            fontsize=8.5,
            labelcolor=INK,
        )
    return figure


def _scatter(axes: Axes, panel: xr.Dataset, setting: Setting, protocol: str, colour: str) -> set[str]:
    # Draws one protocol's points and says which outcomes there were.
    order = ("network", "class")
    x = select(panel["log10_root_speed"], setting, protocol).transpose(*order).values
    y = select(panel["accuracy"], setting, protocol).transpose(*order).values
    outcome = select(panel["outcome"], setting, protocol).transpose(*order).values
    own = select(panel["own_readout"], setting, protocol).transpose(*order).values
    used: set[str] = set()
    for name, mark in MARKERS.items():
        lines = mark in "x+"
        for hollow in (False, True):
            here = (outcome == name) & (own != hollow) & np.isfinite(x) & np.isfinite(y)
            if not here.any():
                continue
            used.add(name)
            if lines:
                axes.scatter(x[here], y[here], s=24, marker=mark, alpha=0.8, color=colour, linewidths=1.0)
            else:
                face = "none" if hollow else colour
                axes.scatter(x[here], y[here], s=20, marker=mark, alpha=0.8, facecolors=face, edgecolors=colour)
    return used


def owned_points(results: xr.DataTree) -> xr.Dataset:
    """How many classes of each network own a certified slow point (claim 101).

    Args:
        results: a study's, with the group `slow_points` and in it the search "newton".

    Returns:
        `owned`, (network,), NaN where no search was run; attr `classes`. Networks keep their coords.

    Raises:
        KeyError: without the group or the search.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.plots import owned_points
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> float(owned_points(results)["owned"][0])  # of the first network
        8.0
    """
    points = measured(results, "slow_points").sel({"search": CERTIFIED})
    return xr.Dataset({"owned": count_owned(points)}, attrs={"classes": points.sizes["class"]})


def plot_owned_points(counts: xr.Dataset) -> Figure:
    """Draw `owned_points`: one dot a network, the mean of a protocol as a bar.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.plots import owned_points, plot_owned_points
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> len(plot_owned_points(owned_points(results)).axes)
        1
    """
    values = counts["owned"].dropna("network")
    groups, names = settings(values), protocols(values)
    palette = colours(names)
    figure, axes = panels(1, max(len(groups), 1), width=2.7)
    for column, setting in enumerate(groups):
        here = axes[0, column]
        for place, name in enumerate(names):
            seen = select(values, setting, name).values
            if not seen.size:
                continue
            # Spread sideways by order, so that equal counts are all seen.
            x = place + 0.4 * (np.arange(seen.size) - (seen.size - 1) / 2) / max(seen.size, 4)
            here.plot(x, seen, ls="", marker="o", ms=5, alpha=0.75, color=palette[name])
            here.plot([place - 0.28, place + 0.28], [seen.mean()] * 2, color=palette[name], lw=2)
        here.set_xlim(-0.6, len(names) - 0.4)
        here.set_xticks(range(len(names)), list(names))
        here.set_ylim(-0.3, counts.attrs["classes"] + 0.5)
        label(here, setting.label, "protocol", "classes that own a slow point" if column == 0 else "")
    return figure


def _compared(results: xr.DataTree) -> xr.Dataset | None:
    return None if long_delay(results) is None else speed_against_accuracy(results)


def _owned(results: xr.DataTree) -> xr.Dataset | None:
    return None if points_found(results, CERTIFIED) is None else owned_points(results)


SLOW_POINTS = StudyFigure(
    "slow_points",
    ("slow_points", "extrapolation"),
    _compared,
    plot_speed_against_accuracy,
    lambda points: (
        "Each class' point: its root speed against the accuracy of the class after a delay of "
        f"{points.attrs['delay']} steps. A marker is one class of one network; "
        f"{counted(present(points['log10_root_speed']))}; no error bars. Hollow points are read out as another class. "
        "Root speeds below 10⁻⁸ (dotted line) are drawn there. ρ is over certified points read out as their class "
        "(newton), or over all points read out as it (adam)."
    ),
)

OWNED_POINTS = StudyFigure(
    "owned_points",
    ("slow_points",),
    _owned,
    plot_owned_points,
    lambda counts: (
        "Classes that own a certified slow point: reached from their own mean state, read out as them, shared "
        f"with no other class. One dot a network, {counted(present(counts['owned']))}; bars are means, not errors."
    ),
)
