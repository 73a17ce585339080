"""Claims judged again under other choices, in one figure: does a verdict hang on one?"""

import textwrap

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from slowpoints.claims import Verdict
from slowpoints.plots._style import INK, label, MUTED, PALETTE, panels, SHADE

_COLOURS = {
    Verdict.REPLICATED: PALETTE[3],
    Verdict.NOT_REPLICATED: PALETTE[1],
    Verdict.UNDECIDED: MUTED,
}


def plot_multiverse(found: xr.Dataset) -> Figure:
    """Draw `slowpoints.claims.multiverse`: a panel a claim, a row a choice, with the 95 % interval of its statistic.

    A row names its study where there is more than one. What is claimed is shaded; the colour is the verdict's. Where a
    claim was not tested the row is empty; an interval that is not known, with too few networks, is not drawn.

    Args:
        found: what `slowpoints.claims.multiverse` gives.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.claims import multiverse
        >>> from slowpoints.plots import plot_multiverse
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> len(plot_multiverse(multiverse({"": results})).axes)
        5
    """
    rows, claims = found.sizes["universe"], found["claim"].values
    figure, axes = panels(1, claims.size, width=2.4, height=1.5 + 0.22 * max(rows, 1))
    for column, claim in enumerate(claims):
        of_claim = found.sel(claim=claim)
        _panel(axes[0, column], of_claim)
        label(axes[0, column], f"claim {claim}", textwrap.fill(str(of_claim["name"].values), 28), "")
        axes[0, column].xaxis.label.set_size(7.5)
    told = ("study", "setting", "choice") if np.unique(found["study"]).size > 1 else ("setting", "choice")
    parts = zip(*(found[key].values for key in told), strict=True)
    names = [", ".join(filter(None, map(str, part))) for part in parts]
    axes[0, 0].set_yticks(range(rows), names, fontsize=7.5)
    for verdict, colour in _COLOURS.items():
        axes[0, 0].plot([], [], "o", ms=4, color=colour, label=str(verdict))
    figure.legend(loc="outside upper left", ncols=3, frameon=False, fontsize=8.5, labelcolor=INK)
    return figure


def _panel(axes: Axes, of_claim: xr.Dataset) -> None:
    low, high = (of_claim[f"claimed_{end}"].values for end in ("low", "high"))
    drawn = [of_claim[name].values for name in ("statistic", "low", "high")]
    numbers = np.concatenate([*drawn, low[np.isfinite(low)], high[np.isfinite(high)]])
    numbers = numbers[np.isfinite(numbers)]
    for row, (value, below, above) in enumerate(zip(*drawn, strict=True)):
        verdict = Verdict(str(of_claim["verdict"].values[row]))
        if np.isfinite(value) and verdict in _COLOURS:
            if np.isfinite(below):
                axes.plot([below, above], [row, row], color=_COLOURS[verdict], lw=1.4)
            axes.plot([value], [row], "o", ms=4, color=_COLOURS[verdict])
    if numbers.size:
        room = 0.08 * max(float(np.ptp(numbers)), 1e-9)
        left, right = numbers.min() - room, numbers.max() + room
        axes.set_xlim(left, right)
        known = np.flatnonzero(~np.isnan(low))
        if known.size:
            axes.axvspan(max(low[known[0]], left), min(high[known[0]], right), color=SHADE, zorder=0, lw=0)
    axes.set_ylim(of_claim.sizes["universe"] - 0.5, -0.5)
    axes.set_yticks([])
