"""Which quantities tell a class' retention at long delays, and the lifetimes themselves against it."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from slowpoints._number_of import number_of
from slowpoints.claims import PAPERS_SPEED, QUANTITIES, quantities, retention_predictors
from slowpoints.plots._figure import counted, present, StudyFigure
from slowpoints.plots._style import colours, INK, label, legend, MUTED, PALETTE, panels, percent
from slowpoints.results import (
    protocols,
    select,
    settings,
)

LOWEST = -0.5
"""R² below this is drawn there: how much worse than the mean a quantity predicts says little."""


def lifetime_against_accuracy(results: xr.DataTree) -> xr.Dataset:
    """Every class' lifetime and what the class keeps at the long delay.

    Args:
        results: a study's, with the groups `slow_points`, `lifetimes` and `extrapolation`.

    Returns:
        `log10_lifetime` (steps without noise from the class mean until the readout changes) and `accuracy` on test
        images in %, (network, class), and `retention_predictors`' variables. Attr `delay` in steps. Networks keep
        their coords.

    Raises:
        ValueError: if the results hold no lifetimes, no slow points, or no delay beyond the trained.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.plots import lifetime_against_accuracy
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> lifetime_against_accuracy(results)["log10_lifetime"].dims
        ('network', 'class')
    """
    found = quantities(results)
    if found is None:
        raise ValueError("results hold no lifetimes, slow points or delay beyond the trained; all three are needed")
    table, accuracy = found
    drawn = retention_predictors(results)
    drawn["log10_lifetime"], drawn["accuracy"] = table["lifetime"], 100 * accuracy
    return drawn


def plot_lifetimes(points: xr.Dataset) -> Figure:
    """Draw `lifetime_against_accuracy`: one row a setting; on the left classes, on the right what predicts them.

    The right panels give the leave-one-network-out R² of every quantity with its 95 % interval, best first, and
    beside it, hollow, the R² with the speed of the scripts' point added. R² below −0.5 is drawn there.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.plots import lifetime_against_accuracy, plot_lifetimes
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> len(plot_lifetimes(lifetime_against_accuracy(results)).axes)
        2
    """
    lifetime = points["log10_lifetime"]
    groups, names = settings(lifetime), protocols(lifetime)
    palette = colours(names)
    figure, axes = panels(max(len(groups), 1), 2, width=4.6, height=3.9)
    for row, setting in enumerate(groups):
        left, right = axes[row]
        for name in names:
            x = select(lifetime, setting, name).values.ravel()
            y = select(points["accuracy"], setting, name).values.ravel()
            if np.isfinite(x).any():
                left.scatter(x, y, s=18, alpha=0.75, color=palette[name], label=name)
        percent(left)
        delay = points.attrs["delay"]
        label(left, setting.label, "log₁₀ lifetime (steps)", f"accuracy at delay {delay} (%)")
        if row == 0:
            legend(figure, left)
        _rank(right, setting.label, points.sel(setting=setting.label))
    return figure


def _rank(axes: Axes, title: str, here: xr.Dataset) -> None:
    r2 = [float(value) for value in here["r2"].values]
    order = [i for i in np.argsort(np.where(np.isfinite(r2), r2, -np.inf)) if np.isfinite(r2[i])]
    for place, i in enumerate(order):
        name = str(here["quantity"].values[i])
        colour = PALETTE[1] if name == PAPERS_SPEED else PALETTE[0]
        low, high = float(here["r2_low"][i]), float(here["r2_high"][i])
        if np.isfinite(low):
            axes.plot([max(low, LOWEST), max(high, LOWEST)], [place, place], color=colour, lw=1.2)
        axes.plot([max(r2[i], LOWEST)], [place], "o", ms=5, color=colour)
        both = r2[i] + float(here["gain"][i])
        if np.isfinite(both):
            axes.plot([max(both, LOWEST)], [place], "o", ms=7, mfc="none", mec=INK, mew=0.8)
    axes.axvline(0, color=MUTED, lw=0.9, ls=":", zorder=0)
    axes.set_yticks(range(len(order)), [QUANTITIES[str(here["quantity"].values[i])] for i in order], fontsize=7.5)
    axes.set_xlim(LOWEST - 0.05, 1.05)
    n = f"n = {number_of(int(here['networks']), 'networks')}"
    label(axes, f"{title}\n{n}", "R², predicted across networks", "")


def _compared(results: xr.DataTree) -> xr.Dataset | None:
    return None if quantities(results) is None else lifetime_against_accuracy(results)


LIFETIMES = StudyFigure(
    "lifetimes",
    ("lifetimes", "slow_points", "extrapolation"),
    _compared,
    plot_lifetimes,
    lambda points: (
        "Left: each class' lifetime, the steps without noise from its mean state until the answer changes, against "
        f"its accuracy after a delay of {points.attrs['delay']} steps; a marker is one class of one network, "
        f"{counted(present(points['log10_lifetime']))}, no error bars. Right: how well each quantity predicts that "
        "accuracy in networks it was not fitted to (R² and its 95 % interval over as many networks as its title "
        "says); hollow, with the speed of the scripts' search added."
    ),
)
