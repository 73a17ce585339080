"""What a study's figure is: numbers first, then a drawing of nothing but these numbers."""

from collections.abc import Callable
from dataclasses import dataclass

import xarray as xr
from matplotlib.figure import Figure


@dataclass(frozen=True)
class StudyFigure:
    """One figure of a study. It is listed in the registry, and the report shows it where a section names it.

    - `name`: of its files, and in sections.
    - `needs`: the measurements it reads.
    - `data`: from results that have them to a small labelled dataset of all that is drawn; None if there is nothing.
    - `draw`: from that dataset to the figure.
    - `caption`: what it shows, with n's and error bars' meaning.
    """

    name: str
    needs: tuple[str, ...]
    data: Callable[[xr.DataTree], xr.Dataset | None]
    draw: Callable[[xr.Dataset], Figure]
    caption: str
