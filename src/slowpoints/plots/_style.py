"""How every figure looks. Everything is set on the figure at hand; no global setting is touched."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

INK = "#1f2430"
"""Text and axes."""

MUTED = "#6c7480"
"""Reference lines and their labels."""

SHADE = "#eceff3"
"""Shaded ranges."""

PAPER = "#ffffff"
"""Background."""

PALETTE = ("#0072b2", "#d55e00", "#808080", "#009e73", "#cc79a7", "#e69f00")
"""Okabe and Ito's colours, told apart by colour-blind readers (DeCu, VoCu, naive, then users' protocols)."""

_KNOWN = ("DeCu", "VoCu", "naive")


def colours(protocols: Sequence[str]) -> dict[str, str]:
    """A colour a protocol: the same one for the named protocols in every figure."""
    others = [name for name in protocols if name not in _KNOWN]
    known = dict(zip(_KNOWN, PALETTE, strict=False))
    spare = PALETTE[len(_KNOWN) :]
    return {name: known[name] if name in known else spare[others.index(name) % len(spare)] for name in protocols}


def panels(rows: int, columns: int, width: float = 3.5, height: float = 3.0) -> tuple[Figure, NDArray[Any]]:
    """A figure of styled panels.

    Args:
        rows, columns: how many panels.
        width, height: of one panel, in inches.

    Returns:
        The figure and its axes, an array (row, column).
    """
    wide = columns * width + (1.4 if columns == 1 else 0.0)
    figure = Figure(figsize=(wide, rows * height), layout="constrained", facecolor=PAPER)
    axes = figure.subplots(rows, columns, squeeze=False)
    for each in axes.flat:
        style(each)
    return figure, axes


def style(axes: Axes) -> None:
    """Thin, open axes with quiet ticks."""
    axes.set_facecolor(PAPER)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(INK)
        spine.set_linewidth(0.8)
    axes.tick_params(which="both", colors=INK, labelsize=8, width=0.8, direction="out")
    axes.tick_params(which="minor", length=0, labelbottom=False)


def label(axes: Axes, title: str, x: str, y: str, pad: float = 6.0) -> None:
    """Title (`pad` points above the panel) and axis labels; an empty one is left out."""
    axes.set_title(title, loc="left", fontsize=9, fontweight="bold", color=INK, pad=pad)
    axes.set_xlabel(x, fontsize=9, color=INK)
    axes.set_ylabel(y, fontsize=9, color=INK)


def legend(figure: Figure, *axes: Axes, columns: int = 6) -> None:
    """One frameless legend above all panels, each label of `axes` once."""
    found = {}
    for here in axes:
        found |= {name: handle for handle, name in zip(*here.get_legend_handles_labels(), strict=True)}
    if found:
        figure.legend(
            list(found.values()),
            list(found),
            loc="outside upper left",
            ncols=columns,
            frameon=False,
            fontsize=8.5,
            labelcolor=INK,
            handlelength=1.6,
            columnspacing=1.4,
        )


def percent(axes: Axes) -> None:
    """A y axis from 0 to 100 %, with room for a marker at either end."""
    axes.set_ylim(-3, 103)
    axes.set_yticks([0, 25, 50, 75, 100])


def mean_line(
    axes: Axes,
    x: NDArray[np.number],
    mean: NDArray[np.floating],
    error: NDArray[np.floating],
    colour: str,
    name: str,
    *,
    marker: str = "o",
) -> None:
    """A mean with its standard error as a band; no band where the error is not known (one network).

    Args:
        axes: where.
        x, mean, error: arrays (point,); NaN is skipped.
        colour: of line and band.
        name: in the legend.
        marker: matplotlib's; "" for none.
    """
    there = np.isfinite(mean)
    axes.plot(x[there], mean[there], color=colour, lw=1.6, marker=marker, ms=3.8, label=name, zorder=3)
    known = there & np.isfinite(error)
    if known.any():
        low, high = mean[known] - error[known], mean[known] + error[known]
        axes.fill_between(x[known], low, high, color=colour, alpha=0.22, lw=0, zorder=2)


def chance_line(axes: Axes, chance: float) -> None:
    """A dotted line at chance, in %, named beside its right end, where no curve is."""
    axes.axhline(chance, color=MUTED, lw=0.9, ls=":", zorder=1)
    axes.annotate(
        "chance",
        (1, chance),
        xycoords=("axes fraction", "data"),
        xytext=(3, 0),
        textcoords="offset points",
        ha="left",
        va="center",
        fontsize=7.5,
        color=MUTED,
    )
