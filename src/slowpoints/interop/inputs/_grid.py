"""How many points of which kind a network has under each input of a grid."""

from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Float64, Int

from slowpoints._errors import InputError
from slowpoints._extras import needs
from slowpoints._types import State
from slowpoints.dynamics import (
    AbstractSolver,
    Distinct,
    distinct_points,
    find_slow_points,
    Newton,
    Outcome,
    random_starts,
    stability,
    StabilityLabel,
)
from slowpoints.dynamics._states import as_states, flatten, Rows
from slowpoints.interop._survey import Network

KINDS = ("attractor", "saddle", "repeller", "marginal", "slow point", "continuum")
"""Fixed points by their label; minima of speed that are none; and sets of points that are not isolated."""

TOGETHER = 16
"""Searches begin at a multiple of so many states, or of twice the random starts if these are more."""


class SweepGrid(NamedTuple):
    """How many points there are under each input of a grid, by kind, and where.

    Examples:
        >>> from slowpoints.interop import SweepGrid
        >>> SweepGrid._fields
        ('inputs', 'counts', 'points', 'unfinished')
    """

    inputs: Float64[np.ndarray, "row column feature"]
    """The grid of constant inputs."""
    counts: Int[np.ndarray, "kind row column"]
    """How many points of each of `KINDS` were found."""
    points: tuple[tuple[State, ...], ...]
    """The states of the isolated points under each input, fixed points first; each leaf with a leading axis `point`."""
    unfinished: Int[np.ndarray, "row column"]
    """How many of the last searches under each input ended at nothing that could be certified."""

    def of(self, kind: str) -> Int[np.ndarray, "row column"]:
        """How many points of one kind there are under each input.

        Raises:
            InputError: if it is no kind.
        """
        if kind not in KINDS:
            raise InputError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}.")
        return self.counts[KINDS.index(kind)]

    def to_xarray(self) -> Any:
        """A dataset with dimensions `kind`, `row`, `column` and `feature`."""
        needs("plots", "xarray")
        import xarray as xr

        return xr.Dataset(
            {
                "count": (("kind", "row", "column"), self.counts),
                "constant_input": (("row", "column", "feature"), self.inputs),
                "unfinished": (("row", "column"), self.unfinished),
            },
            coords={"kind": list(KINDS)},
        )


def sweep_grid(
    network: Network,
    inputs: Any,
    *,
    starts: int = 32,
    seed: int = 0,
    solver: AbstractSolver = Newton(),  # noqa: B008, frozen and so safe to share
) -> SweepGrid:
    """The points of a network under each input of a two-dimensional grid, counted by kind.

    The grid is gone through twice. First from its beginning, each input searched from random starts and from the points
    under the neighbours before it; then from its end, each searched from its own points and from those under the
    neighbours behind it. So what random starts found under one input is looked for under all.

    Args:
        network: from `from_torch` and its like.
        inputs: the grid: array (row, column, feature) of constant inputs, each as `Imported.at` takes it.
        starts: how many random starts under each input.
        seed: decides the starts.
        solver: of all searches.

    Returns:
        `SweepGrid`. A point that no start reached under any input is missing. Where kinds change between two inputs,
        `sweep` along a path finds the place.

    Raises:
        InputError: if the inputs are no such array; and as `Imported.at` and `random_starts`.

    Examples:
        >>> import numpy as np
        >>> from slowpoints.interop import from_torch, sweep_grid
        >>> weights = {"weight_ih_l0": np.eye(2), "weight_hh_l0": np.array([[2.0, 0.0], [0.0, 0.5]])}
        >>> axis = np.array([-1.0, 0.0, 1.0])
        >>> inputs = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1)
        >>> network = from_torch(weights, unit="tanh")  # of two units, the first bistable
        >>> sweep_grid(network, inputs, starts=8).of("attractor")
        array([[1, 1, 1],
               [2, 2, 2],
               [1, 1, 1]])
    """
    grid = np.asarray(inputs, np.float64)
    if grid.ndim != 3 or 0 in grid.shape:
        raise InputError(f"inputs must be an array (row, column, feature), not of shape {grid.shape}.")
    domain, like = network.domain(), jax.tree.map(lambda leaf: leaf[None], network.initial_state())
    places = list(np.ndindex(grid.shape[:2]))
    keys = dict(zip(places, jax.random.split(jax.random.key(seed), len(places)), strict=True))
    known: dict[tuple[int, int], Rows] = {}
    counts, unfinished = np.zeros((len(KINDS), *grid.shape[:2]), np.int64), np.zeros(grid.shape[:2], np.int64)
    points: dict[tuple[int, int], State] = {}
    for behind in (False, True):
        for place in reversed(places) if behind else places:
            step = network.at(grid[place])
            begin = [known[one] for one in _beside(place, 1 if behind else -1) if one in known]
            if behind:
                begin = [known[place], *begin]
            else:
                random = random_starts(step, network.initial_state(), starts, key=keys[place], domain=domain)
                begin = [*begin, flatten(random)]
            begin = _filled_up(np.concatenate(begin), max(2 * starts, TOGETHER))
            found = find_slow_points(step, as_states(begin, like), domain=domain, solver=solver)
            distinct = distinct_points(step, found, domain=domain, solver=solver)
            known[place] = _all_rows(distinct)
            points[place] = distinct.points.state
            counts[:, *place] = _count(step, distinct)
            unfinished[place] = np.sum(found.outcome == Outcome.UNFINISHED)
    rows = tuple(tuple(points[i, j] for j in range(grid.shape[1])) for i in range(grid.shape[0]))
    return SweepGrid(grid, counts, rows, unfinished)


def _beside(place: tuple[int, int], way: int) -> tuple[tuple[int, int], ...]:
    i, j = place
    return (i + way, j), (i, j + way)


def _filled_up(rows: Rows, size: int) -> Float64[np.ndarray, "search coordinate"]:
    """The rows, repeated up to a multiple of `size`, so that searches compile for few numbers of starts."""
    whole = size * -(-len(rows) // size)
    return rows[np.resize(np.arange(len(rows)), whole)]


def _all_rows(distinct: Distinct) -> Rows:
    """The isolated points, and one member of each set."""
    members = [flatten(one.state)[:1] for one in distinct.sets]
    return np.concatenate([flatten(distinct.points.state), *members])


def _count(step: Any, distinct: Distinct) -> Int[np.ndarray, " kind"]:
    points = distinct.points
    fixed = points.outcome == Outcome.FIXED_POINT
    labels = stability(step, points.state).label if len(points) else np.zeros(0, np.int64)
    kinds = (StabilityLabel.ATTRACTOR, StabilityLabel.SADDLE, StabilityLabel.REPELLER, StabilityLabel.MARGINAL)
    return np.array([*(np.sum(fixed & (labels == kind)) for kind in kinds), np.sum(~fixed), len(distinct.sets)])
