"""What a study's figure is: numbers first, then a drawing of nothing but these numbers."""

from collections.abc import Callable
from dataclasses import dataclass

import xarray as xr
from matplotlib.figure import Figure

from slowpoints._number_of import number_of
from slowpoints.results import protocols, select, settings


@dataclass(frozen=True)
class StudyFigure:
    """One figure of a study. It is listed in the registry, and the report shows it where a section names it.

    - `name`: of its files, and in sections.
    - `needs`: the measurements it reads.
    - `data`: from results that have them to a small labelled dataset of all that is drawn; None if there is nothing.
    - `draw`: from that dataset to the figure.
    - `caption`: from that dataset to what is shown, how many of what it is of (n), and what error bars are, if any.

    Example:
        >>> from slowpoints.plots import FIGURES
        >>> FIGURES["slow_points"].needs
        ('slow_points', 'extrapolation')
    """

    name: str
    needs: tuple[str, ...]
    data: Callable[[xr.DataTree], xr.Dataset | None]
    draw: Callable[[xr.Dataset], Figure]
    caption: Callable[[xr.Dataset], str]


def counted(n: xr.DataArray, what: str = "networks") -> str:
    """How many there are of each protocol, in words: "n = 10 networks (DeCu), 3 (naive)".

    Where numbers differ along other dimensions, the least and the most; protocols that have none are left out.

    Args:
        n: counts, with dim `protocol` and perhaps `setting`.
        what: is counted.
    """
    found = []
    for protocol in n["protocol"].values:
        there = n.sel(protocol=protocol).values
        there = there[there > 0].astype(int)
        if there.size:
            low, high = there.min(), there.max()
            span = f"{low} to " if low < high else ""
            found.append((span + number_of(high, what), f"{span}{high}", str(protocol)))
    if not found:
        return f"n = {number_of(0, what)}"
    (first, _, protocol), *rest = found
    each = " a setting" if n.sizes.get("setting", 1) > 1 else ""
    return f"n = {first}{each} ({protocol})" + "".join(f", {number} ({name})" for _, number, name in rest)


def present(values: xr.DataArray) -> xr.DataArray:
    """How many networks have any value, (setting, protocol).

    Args:
        values: any array with dim `network` and its coords.
    """
    rest = [dim for dim in values.dims if dim != "network"]
    there = values.notnull().any(rest)
    names = protocols(values)
    return xr.DataArray(
        [[int(select(there, setting, name).sum()) for name in names] for setting in settings(values)],
        dims=("setting", "protocol"),
        coords={"protocol": list(names)},
    )


def mean_and_error(curves: xr.Dataset) -> str:
    """What curves are of and what their error bars are.

    Args:
        curves: `mean` and `n`, as `network_means` gives them; where there is no mean nothing is shown.

    Example:
        >>> import xarray as xr
        >>> from slowpoints.plots import mean_and_error
        >>> curves = xr.Dataset({"mean": ("protocol", [97.5, 96.3]), "n": ("protocol", [3, 1])})
        >>> mean_and_error(curves.assign_coords(protocol=["DeCu", "VoCu"]))
        'mean ± standard error over networks (a single one has no error bar); n = 3 networks (DeCu), 1 (VoCu)'
    """
    n = curves["n"].where(curves["mean"].notnull())
    alone = " (a single one has no error bar)" if bool((n == 1).any()) else ""
    return f"mean ± standard error over networks{alone}; {counted(n)}"
