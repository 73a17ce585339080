"""Accuracy at a first and a second trigger (appendix B)."""

import xarray as xr
from matplotlib.figure import Figure

from slowpoints.plots._curves import accuracy_curves
from slowpoints.plots._figure import mean_and_error, StudyFigure
from slowpoints.plots._style import colours, label, legend, panels
from slowpoints.results import (
    measured,
)


def retrieval_table(results: xr.DataTree) -> xr.Dataset:
    """Accuracy on test images at both triggers.

    Args:
        results: a study's, with `extrapolation`.

    Returns:
        `mean`, `standard_error` (%) and `n` (networks), each (setting, protocol, retrieval), retrieval 1 and
        2; attr `chance` (%).

    Raises:
        KeyError: without the group.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.plots import retrieval_table
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> retrieval_table(results)["mean"].dims
        ('setting', 'protocol', 'retrieval')
    """
    accuracy = measured(results, "extrapolation")["retrieval_accuracy"].sel(split="test", drop=True)
    return accuracy_curves(accuracy, "retrieval")


def plot_second_retrieval(table: xr.Dataset) -> Figure:
    """Draw `retrieval_table`: one line a protocol from the first trigger to the second.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.plots import plot_second_retrieval, retrieval_table
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> len(plot_second_retrieval(retrieval_table(results)).axes)
        1
    """
    names = [str(name) for name in table["protocol"].values]
    palette = colours(names)
    shown = [n for n in names if table["mean"].sel(protocol=n).notnull().any()]
    figure, axes = panels(1, max(table.sizes["setting"], 1), width=2.7)
    for column, setting in enumerate(table["setting"].values):
        here = axes[0, column]
        for place, name in enumerate(shown):
            row = table.sel(setting=setting, protocol=name)
            # Side by side, so that error bars do not cover each other.
            x = row["retrieval"].values + 0.03 * (place - (len(shown) - 1) / 2)
            error = row["standard_error"].fillna(0.0).values
            here.errorbar(x, row["mean"].values, error, color=palette[name], lw=1.6, marker="o", ms=4.5, label=name)
        here.set_xlim(0.75, 2.25)
        here.set_xticks([1, 2], ["first", "second"])
        here.set_ylim(top=101)
        label(here, str(setting), "trigger", "accuracy, test images (%)" if column == 0 else "")
    legend(figure, axes[0, 0])
    return figure


SECOND_RETRIEVAL = StudyFigure(
    "second_retrieval",
    ("extrapolation",),
    retrieval_table,
    plot_second_retrieval,
    lambda table: f"Accuracy on test images at a first and a second trigger, {mean_and_error(table)}.",
)
