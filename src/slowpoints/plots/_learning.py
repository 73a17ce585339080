"""Accuracy through training, with the steps of the curriculum."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from slowpoints.plots._figure import mean_and_error, StudyFigure
from slowpoints.plots._style import colours, label, legend, mean_line, panels, percent
from slowpoints.results import (
    measured,
    network_means,
)


def learning_curves(results: xr.DataTree) -> xr.Dataset:
    """Accuracy through training, and where the curriculum changed.

    Args:
        results: a study's, with `learning`.

    Returns:
        `mean`, `standard_error` (%) and `n` (networks), each (setting, protocol, step), over the running
        accuracy on training images; `changed`, bool (setting, protocol, step): the last step any network recorded
        before its longest delay or its vocabulary changed.

    Raises:
        KeyError: without the group.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.plots import learning_curves
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> dict(learning_curves(results).sizes)["step"]
        140
    """
    learning = measured(results, "learning")
    curves = network_means(100 * learning["class_accuracy"])
    curves["changed"] = network_means(_changes(learning))["mean"].fillna(0.0) > 0
    return curves


def _changes(learning: xr.Dataset) -> xr.DataArray:
    # A row tells of the steps up to its own, so a change shows in the row after the step it happened at. Steps
    # that only other networks recorded are NaN.
    schedules = learning[["longest_delay", "vocabulary"]].transpose("network", "step")
    values = np.stack([schedules[name].values for name in schedules.data_vars], axis=-1).astype(float)
    jumps = np.zeros(values.shape[:2])
    for network, rows in enumerate(values):
        here = np.flatnonzero(np.isfinite(rows).all(-1))
        moved = (np.diff(rows[here], axis=0) != 0).any(-1)
        jumps[network, here[:-1][moved]] = 1
    return schedules["longest_delay"].copy(data=jumps)


def plot_learning_curves(curves: xr.Dataset) -> Figure:
    """Draw `learning_curves`: mean ± standard error; ticks above a panel mark changes of the curriculum.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.plots import learning_curves, plot_learning_curves
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> len(plot_learning_curves(learning_curves(results)).axes)
        1
    """
    names = [str(name) for name in curves["protocol"].values]
    palette = colours(names)
    steps = curves["step"].values / 1000
    figure, axes = panels(1, max(curves.sizes["setting"], 1), width=3.9)
    for column, setting in enumerate(curves["setting"].values):
        here = axes[0, column]
        marked = [n for n in names if bool(curves["changed"].sel(setting=setting, protocol=n).any())]
        for name in names:
            curve = curves.sel(setting=setting, protocol=name)
            mean, error = curve["mean"].values, curve["standard_error"].values
            if np.isfinite(mean).any():
                mean_line(here, steps, mean, error, palette[name], name, marker="")
        percent(here)
        for row, name in enumerate(marked):
            changed = curves["changed"].sel(setting=setting, protocol=name).values
            here.plot(
                steps[changed],
                np.full(changed.sum(), 1.02 + 0.035 * row),
                ls="",
                marker="|",
                ms=6,
                mew=1.3,
                color=palette[name],
                transform=here.get_xaxis_transform(),
                clip_on=False,
            )
        label(
            here,
            str(setting),
            "training step (thousands)",
            "accuracy (%)" if column == 0 else "",
            pad=16,
        )
    legend(figure, axes[0, 0])
    return figure


LEARNING = StudyFigure(
    "learning",
    ("learning",),
    learning_curves,
    plot_learning_curves,
    lambda curves: (
        f"Running accuracy on training images, {mean_and_error(curves)}. Ticks above a panel mark the "
        "steps at which a protocol's curriculum changes."
    ),
)
