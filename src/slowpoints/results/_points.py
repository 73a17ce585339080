"""What the outcomes of a search say about the points of classes."""

import numpy as np
import xarray as xr

from slowpoints.results._measured import measured
from slowpoints.results._settings import select, Setting

MINIMA = ("fixed point", "slow point", "edge")
"""Outcomes certified as local minima of speed."""

UNRESOLVED = ("degenerate", "unfinished")
"""Outcomes that leave open where, or whether, there is a minimum; their speeds are not ranked."""

SLOWEST = 1e-8
"""Root speeds below this count as this. Such a point moves 1e-5 in a thousand steps: how far below the
number is says something about rounding only, and must not weigh in a mean of logarithms."""


INSIDE = ("fixed point", "slow point")
"""Those that lie inside of the box, and would be minima without it."""

CERTIFIED = "newton"
"""The search whose points carry a certificate, and which decides."""

PAPERS = "adam"
"""The search of the paper's published scripts, shown beside: it has no stopping rule, so its points are not known to be
minima. The paper itself says "gradient descent", and no more."""


def points_found(results: xr.DataTree, search: str) -> xr.Dataset | None:
    """The points one search found, dims (network, class); None if it was not run.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.results import points_found
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> points_found(results, "newton")["outcome"].dims
        ('network', 'class')
        >>> print(points_found(results, "gradient flow"))
        None
    """
    points = measured(results, "slow_points")
    return points.sel(search=search) if search in points["search"].values else None


def searched_again(results: xr.DataTree, way: str) -> xr.Dataset:
    """The points found in another way than from class means under the mean input, by the names of `points_found`.

    Args:
        results: the study's, with `robustness`.
        way: "other_input", dims (network, class), or "trial", dims (network, class, trial).

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.results import searched_again
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> searched_again(results, "trial")["outcome"].dims
        ('network', 'class', 'trial')
    """
    again = measured(results, "robustness")
    names = {str(name): str(name).removeprefix(f"{way}_") for name in again.data_vars if str(name).startswith(way)}
    return again[list(names)].rename(names)


def of_networks(points: xr.Dataset, setting: Setting, protocol: str | None = None) -> xr.Dataset:
    """The points of some networks, dims (network, class).

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.results import measured, of_networks, settings
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> points = measured(results, "slow_points").sel(search="newton")
        >>> (setting,) = settings(points["root_speed"])
        >>> set(of_networks(points, setting, "VoCu")["protocol"].values.tolist())
        {'VoCu'}
    """
    chosen = select(points["root_speed"], setting, protocol)["network"]
    return points.sel(network=chosen)


def class_index(points: xr.Dataset) -> xr.DataArray:
    """The number of each class, as `readout_class` counts them: array (class,).

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.results import class_index, measured
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> points = measured(results, "slow_points").sel(search="newton")
        >>> class_index(points).values.tolist()
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    labels = points["class"]
    if np.issubdtype(labels.dtype, np.integer):
        return labels
    return xr.DataArray(np.arange(labels.size), dims="class", coords={"class": labels})


def is_outcome(points: xr.Dataset, outcomes: tuple[str, ...]) -> xr.DataArray:
    """Whether each point's outcome is one of `outcomes`; dims as `points["outcome"]`.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.results import is_outcome, measured
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> points = measured(results, "slow_points").sel(search="newton")
        >>> int(is_outcome(points, ("edge",))[0].sum())  # of the first network
        7
    """
    return points["outcome"].isin(outcomes)


def reads_out_its_class(points: xr.Dataset) -> xr.DataArray:
    """Whether the network reads out, at each point, the class whose mean state the search began at.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.results import measured, reads_out_its_class
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> points = measured(results, "slow_points").sel(search="newton")
        >>> int(reads_out_its_class(points).sum("class")[0])  # of the first network
        8
    """
    return points["readout_class"] == class_index(points)


UNBOXED = "gradient flow, no box"
"""The gradient flow of speed without a box, shown beside where it was run."""


def holds(points: xr.Dataset, outcomes: tuple[str, ...] = MINIMA) -> xr.DataArray:
    """Whether each class has a certified minimum of speed, of one of these outcomes, that is read out as that class.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.results import holds, measured
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> points = measured(results, "slow_points").sel(search="newton")
        >>> int(holds(points)[0].sum())  # of the first network
        8
    """
    return is_outcome(points, outcomes) & reads_out_its_class(points)


def share_held(points: xr.Dataset, outcomes: tuple[str, ...] = MINIMA) -> xr.DataArray:
    """The % of a network's classes with a certified minimum, of these outcomes, read out as them: array (network,).

    Over classes that a search was begun for; NaN without any.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.results import measured, share_held
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> points = measured(results, "slow_points").sel(search="newton")
        >>> float(share_held(points)[0])  # of the first network
        80.0
    """
    begun = is_outcome(points, (*MINIMA, *UNRESOLVED))
    counted = begun.sum("class")
    return (100 * (holds(points, outcomes) & begun).sum("class") / counted).where(counted > 0)


def owns(points: xr.Dataset) -> xr.DataArray:
    """Whether each class holds a point that no other class' search ended at.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.results import measured, owns
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> points = measured(results, "slow_points").sel(search="newton")
        >>> int(owns(points)[0].sum())  # of the first network
        8
    """
    number = class_index(points)
    target = points["duplicate_of"]
    others = (target.rename({"class": "other"}) == number) & (number.rename({"class": "other"}) != number)
    return holds(points) & (target == number) & ~others.any("other")


def log_root_speed(points: xr.Dataset) -> xr.DataArray:
    """log10 of ‖F(x) − x‖, from `SLOWEST` up; NaN where there is no point.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.results import log_root_speed, measured
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> points = measured(results, "slow_points").sel(search="newton")
        >>> float(log_root_speed(points).min())
        -8.0
    """
    return xr.apply_ufunc(np.log10, points["root_speed"].clip(min=SLOWEST))


def analysed(points: xr.Dataset) -> xr.DataArray:
    """Networks with at least one point that a search was run for: bool (network,).

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.results import analysed, measured, protocols
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> points = measured(results, "slow_points").sel(search="newton")
        >>> protocols(points["root_speed"][analysed(points)])  # a naive network names no class: nothing to start from
        ('DeCu', 'VoCu')
    """
    return is_outcome(points, (*MINIMA, *UNRESOLVED)).any("class")


def mostly_unresolved(points: xr.Dataset) -> str | None:
    """A sentence if more than half of the points are degenerate or unfinished, else None.

    Args:
        points: dims (network, class).

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.results import measured, mostly_unresolved
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> points = measured(results, "slow_points").sel(search="newton")
        >>> print(mostly_unresolved(points))
        None
    """
    begun = int(is_outcome(points, (*MINIMA, *UNRESOLVED)).sum())
    unresolved = int(is_outcome(points, UNRESOLVED).sum())
    if 2 * unresolved <= begun:
        return None
    return (
        f"{unresolved} of {begun} points are degenerate or unfinished; "
        "the speed of such a point is not that of a minimum, so nothing is ranked by it."
    )


def count_owned(points: xr.Dataset) -> xr.DataArray:
    """How many classes of a network own a slow point: array (network,), NaN without any search.

    Args:
        points: one search's, dims (network, class).

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.results import count_owned, measured
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> points = measured(results, "slow_points").sel(search="newton")
        >>> float(count_owned(points)[0])  # of the first network
        8.0
    """
    return owns(points).sum("class").where(analysed(points))
