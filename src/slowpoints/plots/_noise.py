"""Accuracy against the strength of the noise (figure 2, right)."""

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from slowpoints.plots._curves import accuracy_curves, draw_curves
from slowpoints.plots._figure import mean_and_error, StudyFigure
from slowpoints.plots._style import MUTED
from slowpoints.results import (
    measured,
)


def noise_curves(results: xr.DataTree) -> xr.Dataset:
    """Accuracy on test images at every measured strength of the noise.

    Args:
        results: a study's, with `extrapolation`.

    Returns:
        `mean`, `standard_error` (%) and `n` (networks), each (setting, protocol, noise), noise as a factor on
        the trained standard deviation, rising; attr `chance` (%).

    Raises:
        KeyError: without the group.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.plots import noise_curves
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> noise_curves(results)["noise"].values
        array([1. , 1.5, 2. , 2.5, 3. , 3.5, 4. ])
    """
    accuracy = measured(results, "extrapolation")["noise_accuracy"].sel(split="test", drop=True)
    return accuracy_curves(accuracy, "noise")


def plot_noise_curves(curves: xr.Dataset) -> Figure:
    """Draw `noise_curves`: mean ± standard error over networks, the trained strength marked.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.plots import noise_curves, plot_noise_curves
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> len(plot_noise_curves(noise_curves(results)).axes)
        1
    """
    ticks = [float(f) for f in curves["noise"].values if float(f).is_integer()] or list(curves["noise"].values)

    def prepare(axes: Axes) -> None:
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.axvline(1, color=MUTED, lw=0.9, ls="--", zorder=1)
        axes.annotate(
            "trained",
            (1, 0),
            xycoords=("data", "axes fraction"),
            xytext=(4, 4),
            textcoords="offset points",
            fontsize=7.5,
            color=MUTED,
        )

    return draw_curves(curves, "noise", "noise (× the trained σ)", prepare)


NOISE = StudyFigure(
    "noise",
    ("extrapolation",),
    noise_curves,
    plot_noise_curves,
    lambda curves: f"Accuracy on test images against the strength of the noise, {mean_and_error(curves)}.",
)
