"""Accuracy against delay (figure 2, left)."""

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from slowpoints.plots._curves import accuracy_curves, draw_curves
from slowpoints.plots._figure import mean_and_error, StudyFigure
from slowpoints.plots._style import MUTED, SHADE
from slowpoints.results import (
    measured,
)


def delay_curves(results: xr.DataTree) -> xr.Dataset:
    """Accuracy on test images at every measured delay.

    Args:
        results: a study's, with `extrapolation`.

    Returns:
        `mean`, `standard_error` (%) and `n` (networks), each (setting, protocol, delay), delays in steps and
        rising; attrs `chance` (%) and `trial_steps` (T, the longest delay trained, in steps).

    Raises:
        KeyError: without the group.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.plots import delay_curves
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> delay_curves(results)["mean"].dims
        ('setting', 'protocol', 'delay')
    """
    accuracy = measured(results, "extrapolation")["delay_accuracy"].sel(split="test", drop=True)
    trained = int(results.attrs.get("trial_steps", 20))
    return accuracy_curves(accuracy, "delay").assign_attrs(trial_steps=trained)


def plot_delay_curves(curves: xr.Dataset) -> Figure:
    """Draw `delay_curves`: logarithmic delay, mean ± standard error, the trained range shaded.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.plots import delay_curves, plot_delay_curves
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> len(plot_delay_curves(delay_curves(results)).axes)
        1
    """
    delays, trained = curves["delay"].values, curves.attrs["trial_steps"]
    start = 0.85 * float(delays.min())

    def prepare(axes: Axes) -> None:
        axes.set_xscale("log")
        axes.set_xlim(start, 1.15 * float(delays.max()))
        ticks = [d for d in (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000) if d <= delays.max()]
        axes.set_xticks(ticks, [str(tick) for tick in ticks])
        axes.axvspan(start, trained, color=SHADE, lw=0, zorder=0)
        axes.annotate(
            "trained",
            (start, 0),
            xycoords=("data", "axes fraction"),
            xytext=(4, 4),
            textcoords="offset points",
            fontsize=7.5,
            color=MUTED,
        )

    return draw_curves(curves, "delay", "delay between image and trigger (steps)", prepare)


DELAY = StudyFigure(
    "delay",
    ("extrapolation",),
    delay_curves,
    plot_delay_curves,
    lambda curves: (
        "Accuracy on test images against the delay between image and trigger, "
        f"{mean_and_error(curves)}. Shaded: the delays of training."
    ),
)
