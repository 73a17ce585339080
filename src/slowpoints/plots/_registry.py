"""All figures of a study. A new one is its own file, or a function of one, and one line here."""

from collections.abc import Iterable
from typing import NamedTuple

import xarray as xr
from matplotlib.figure import Figure

from slowpoints.plots._binned_accuracy import BINNED_ACCURACY
from slowpoints.plots._clouds import CLOUDS
from slowpoints.plots._extrapolation import EXTRAPOLATION
from slowpoints.plots._figure import StudyFigure
from slowpoints.plots._formation import SHORT_READOUTS, TRACKED_SPEEDS
from slowpoints.plots._formation_in_one import FORMATION
from slowpoints.plots._headline import HEADLINE
from slowpoints.plots._learning import LEARNING
from slowpoints.plots._lifetimes import LIFETIMES
from slowpoints.plots._second_retrieval import SECOND_RETRIEVAL
from slowpoints.plots._slow_points import OWNED_POINTS, SLOW_POINTS
from slowpoints.results import has

FIGURES: dict[str, StudyFigure] = {
    figure.name: figure
    for figure in (
        HEADLINE,
        LEARNING,
        EXTRAPOLATION,
        SECOND_RETRIEVAL,
        CLOUDS,
        SLOW_POINTS,
        BINNED_ACCURACY,
        OWNED_POINTS,
        LIFETIMES,
        FORMATION,
        TRACKED_SPEEDS,
        SHORT_READOUTS,
    )
}
"""By name."""


def figures(results: xr.DataTree) -> dict[str, Figure]:
    """Draws every figure that a study has the measurements for.

    Args:
        results: a study's labelled results; it is only read.

    Returns:
        Figures by name, in the order of `FIGURES`.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import figures, PRESETS, results_of, Study
        >>> figures(results_of(Study.create(PRESETS["digits"], Path("mine"))))  # nothing has been measured yet
        {}
    """
    return {name: one.figure for name, one in drawn(results).items()}


class Drawn(NamedTuple):
    """A figure, the numbers that it shows, and its caption.

    Example:
        >>> from slowpoints.plots import Drawn
        >>> Drawn._fields
        ('figure', 'data', 'caption')
    """

    figure: Figure
    data: xr.Dataset
    caption: str


def drawn(results: xr.DataTree, names: Iterable[str] | None = None) -> dict[str, Drawn]:
    """As `figures`, of these names or all, each with its numbers and its caption.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.plots import drawn
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> list(drawn(results, ['headline', 'learning']))
        ['headline', 'learning']
    """
    found: dict[str, Drawn] = {}
    for name in FIGURES if names is None else names:
        figure = FIGURES[name]
        data = figure.data(results) if all(has(results, needed) for needed in figure.needs) else None
        if data is not None:
            found[name] = Drawn(figure.draw(data), data, figure.caption(data))
    return found
