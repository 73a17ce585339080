"""The distinct points and sets among those that a search found."""

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Float64, Int

from slowpoints._types import Step
from slowpoints.dynamics._certificate import FIXED
from slowpoints.dynamics._domain import Domain
from slowpoints.dynamics._landscape import Coordinates
from slowpoints.dynamics._outcome import Outcome
from slowpoints.dynamics._slow_points import SlowPoints
from slowpoints.dynamics._states import as_states, flatten, in_parts, Rows
from slowpoints.dynamics.sets._connect import connect
from slowpoints.dynamics.sets._geometry import Geometry, local_geometry
from slowpoints.dynamics.sets._point_set import describe, PointSet
from slowpoints.dynamics.sets._search_problem import SearchProblem
from slowpoints.dynamics.solvers import AbstractSolver, Newton


class Distinct(eqx.Module):
    """The isolated points, each once, and the sets of points that are not isolated. Unfinished points are in neither.

    Nothing here depends on the order of what was found, except that rows are numbered in that order.

    Examples:
        >>> import numpy as np
        >>> from slowpoints.dynamics import distinct_points, find_slow_points
        >>> heron = lambda x: (x + 2.0 / x) / 2.0
        >>> distinct = distinct_points(heron, find_slow_points(heron, np.array([[1.3], [1.5]])))
        >>> distinct.label, distinct.multiplicity, distinct.sets
        (array([0, 0]), array([2]), ())
    """

    points: SlowPoints
    """The isolated points: fixed points first, then slow points and edges, both by rising `radius`. Of duplicates, the
    one with the smallest radius is taken."""
    representative: Int[np.ndarray, " distinct"]
    """For each of these points, its row in what was found."""
    radius: Float64[np.ndarray, " distinct"]
    """Each true point is within this distance of its state, in the state's units (see `_geometry`)."""
    sets: tuple[PointSet, ...]
    """The sets, largest first."""
    label: Int[np.ndarray, " point"]
    """For each row of what was found, the index of its point, or the number of points plus the index of its set; −1 if
    unfinished."""
    multiplicity: Int[np.ndarray, " distinct_or_set"]
    """How many rows belong to each of the points and then to each of the sets. If the rows came from independent
    starts,
    these are the counts that `unseen` takes."""


def distinct_points(
    step: Step,
    found: SlowPoints,
    *,
    coordinates: Coordinates | None = None,
    domain: Domain | None = None,
    solver: AbstractSolver = Newton(),  # noqa: B008, frozen and so safe to share
) -> Distinct:
    """The distinct points and sets among those found: duplicates are merged, and continua are kept as sets.

    Each point is known to lie in a small ball around its state (see `Distinct.radius`). Two fixed points are one if
    their balls overlap, and so are two minima of speed (slow points or edges); a fixed point and a minimum never are.
    Of the points that are merged into one, every two overlap. The balls are as small as rounding allows, 1e-13 to 1e-6
    for most points. So distinct points 0.02 apart stay distinct, and duplicates that a solver left unconverged stay
    apart instead of being merged by a guess.

    Points that are degenerate, or fixed with an eigenvalue of J at +1 to within its error, are not isolated. Sets of
    these are found by searching between them (see `PointSet`), with three or a few more short searches for each point.

    Args:
        step: as in the search.
        found: what `find_slow_points` found with the same arguments.
        coordinates: as in the search.
        domain: as in the search.
        solver: as in the search.

    Returns:
        `Distinct`.

    Examples:
        Heron's map x ↦ (x + 2/x) / 2 has the fixed points ±√2.

        >>> import numpy as np
        >>> from slowpoints.dynamics import distinct_points, find_slow_points
        >>> heron = lambda x: (x + 2.0 / x) / 2.0
        >>> found = find_slow_points(heron, np.array([[1.3], [1.5], [-1.4]]))
        >>> distinct = distinct_points(heron, found)
        >>> np.sort(distinct.points.state[:, 0]).round(6)
        array([-1.414214,  1.414214])
    """

    geometry = local_geometry(step, found, coordinates=coordinates, domain=domain)
    return distinguish(found, geometry, SearchProblem(step, coordinates, domain, solver), len(found.speed))


def distinguish(found: SlowPoints, geometry: Geometry, problem: SearchProblem, batch: int) -> Distinct:
    """`distinct_points` for points whose geometry is known. Searches between members take `batch` states at once."""
    rows = flatten(found.state)
    fixed = found.outcome == Outcome.FIXED_POINT
    minimum = np.isin(found.outcome, (Outcome.SLOW_POINT, Outcome.EDGE))
    continuous = _continuous(found, geometry)

    label = np.full(len(rows), -1)
    count = 0
    for kind in (fixed, minimum):
        among = np.flatnonzero(kind & ~continuous)
        label[among] = count + cliques(rows[among], geometry.radius[among])
        count = label.max(initial=-1) + 1
    order = in_order(rows, geometry.radius)
    representative = np.array([order[np.argmax(label[order] == k)] for k in range(count)], np.int64)

    sets = _sets(found, geometry, np.flatnonzero(continuous), problem, batch)
    for k, one in enumerate(sets):
        label[one.members] = count + k
    result = Distinct(
        points=found[representative],
        representative=representative,
        radius=geometry.radius[representative],
        sets=sets,
        label=label,
        multiplicity=np.bincount(label[label >= 0], minlength=count + len(sets)),
    )
    for array in filter(eqx.is_array, jax.tree.leaves(result)):
        array.setflags(write=False)
    return result


def _continuous(found: SlowPoints, geometry: Geometry) -> np.ndarray:
    certified = found.outcome != Outcome.UNFINISHED
    return certified & ((found.outcome == Outcome.DEGENERATE) | (geometry.flat > 0))


def _sets(
    found: SlowPoints, geometry: Geometry, among: Int[np.ndarray, " continuous"], problem: SearchProblem, batch: int
) -> tuple[PointSet, ...]:
    if not len(among):
        return ()
    # Members that coincide are one place. Sorted first, so that nothing depends on the order of what was found.
    rows = flatten(found.state)
    among = among[in_order(rows[among])]
    place = cliques(rows[among], 10 * FIXED * (1 + np.linalg.norm(rows[among], axis=1)))
    first = among[np.unique(place, return_index=True)[1]]
    places, fixed = rows[first], found.outcome[first] == Outcome.FIXED_POINT
    flat = np.maximum(geometry.flat[first], 1)

    def between(middle: Rows, a: np.ndarray, b: np.ndarray) -> tuple[Rows, np.ndarray]:
        ended, there, stayed = in_parts(
            lambda rows, *kind: problem.on_continuum(as_states(rows, found.state), *kind),
            batch,
            (places[:1], fixed[:1], flat[:1]),
            middle,
            fixed[a] & fixed[b],
            np.minimum(flat[a], flat[b]),
        )
        return flatten(ended.state), _continuous(ended, there) & stayed

    connected = connect(places, between)
    sets = []
    for k in range(connected.label.max() + 1):
        members = np.sort(among[connected.label[place] == k])
        bridges = connected.between[connected.between_label == k]
        state = as_states(np.concatenate([rows[members], bridges]), found.state)
        sets.append(describe(members, state, places[connected.label == k], geometry.flat[members]))
    return tuple(sorted(sets, key=lambda one: (-len(one.members), flatten(one.state).min(axis=0).tolist())))


def cliques(rows: Rows, radius: Float64[np.ndarray, " point"]) -> Int[np.ndarray, " point"]:
    """Groups of points in which every two points are within the sum of their radii.

    Points are taken by rising radius, ties by their values. Each joins a group if it overlaps with *every* member of
    that group; of several such groups, the one whose first member is nearest. Otherwise it begins a new group. So a
    chain a–b–c never joins two points a and c that are shown to be different, and the groups do not depend on the
    order of the points. Groups are numbered in the order in which they begin.
    """
    label = np.full(len(rows), -1)
    first = np.zeros(0, np.int64)
    for i in in_order(rows, radius):
        distance = np.linalg.norm(rows - rows[i], axis=1)
        apart = (distance > radius + radius[i]) & (label >= 0)
        excluded = np.bincount(label[apart], minlength=len(first)) > 0
        to_first = np.where(excluded, np.inf, distance[first])
        if len(first) and np.isfinite(to_first).any():
            label[i] = np.argmin(to_first)
        else:
            label[i] = len(first)
            first = np.append(first, i)
    return label


def in_order(rows: Rows, *first: np.ndarray) -> np.ndarray:
    """The indices that sort rows by the columns `first`, then by the states' values.

    The result does not depend on the order of the rows, except for rows that are equal in everything.
    """
    return np.lexsort((*rows.T[::-1], *first[::-1]))
