"""A continuum of points, as far as a search has seen it, and its dimension."""

from collections import Counter

import equinox as eqx
import numpy as np
from jaxtyping import Int

from slowpoints._types import State
from slowpoints.dynamics._states import flatten, Rows

SMALL = 1e-3
"""A set of this extent, times 1 + its members' norm, may be one point: F(x) − x = xᵖ passes for fixed over 6e-7 at
p = 2, 1e-4 at p = 3 and 1e-3 at p = 4."""

SHARE = 0.15
"""A direction counts if the members' variance along it is at least this part of the largest variance.

Chosen on uniform samples (200 draws each): right in 96 % or more of draws on a ring of 12, a plane of 8 and a sphere
of 20 members, in 92 % in a cube of 12; the two-nearest-neighbours estimate of Facco et al. (2017) was right in 88, 43,
62 and 29 %. That estimate also needs points drawn at random, and the ends of searches are not."""


class PointSet(eqx.Module):
    """A set of points that are not isolated: part of a line, ring, sheet … of fixed points, or of a valley floor of
    equal speed.

    Two members are joined if a point of the set was found near the midpoint between them, and near the midpoints of
    both halves; a set is what such pairs connect. Two sets that no pair joins may still be one: more starts would tell.

    Examples:
        Under (x, y) ↦ (x, y/2) every point of the line y = 0 is fixed.

        >>> import numpy as np
        >>> from slowpoints.dynamics import distinct_points, find_slow_points
        >>> halve = lambda x: x * np.array([1.0, 0.5])
        >>> starts = np.stack([np.linspace(0.0, 1.0, 8), np.full(8, 0.1)], axis=1)
        >>> (line,) = distinct_points(halve, find_slow_points(halve, starts)).sets
        >>> line.dimension, round(line.extent, 6)
        (1, 1.0)
    """

    members: Int[np.ndarray, " member"]
    """The members' rows in what was found, in rising order."""
    state: State
    """The members' states, followed by those found between them: the starts' structure, each leaf float64 with a
    leading
    axis."""
    flat_directions: int
    """Along how many directions a member cannot be told from its neighbours; the most common number among the
    members."""
    spread: int | None
    """Over how many dimensions neighbouring members spread; None if there are too few members."""
    dimension: int | None
    """The dimension, if `flat_directions` and `spread` agree. None (undecided) if they do not, if a quarter or more of
    the members have another number of flat directions, or if `extent` is so small that a single point with many
    vanishing derivatives would look the same."""
    extent: float
    """The largest distance between two of the states, in the state's units."""


def describe(
    members: Int[np.ndarray, " member"], state: State, places: Rows, flat: Int[np.ndarray, " member"]
) -> PointSet:
    """The set with these members. `places`: the distinct states among them; `flat`: each member's flat directions."""
    flat_directions, votes = Counter(sorted(flat.tolist())).most_common(1)[0]
    spread = spread_dimension(places, flat_directions)
    rows = flatten(state)
    extent = max(float(np.linalg.norm(rows - row, axis=1).max()) for row in rows)
    large = extent > SMALL * (1 + np.linalg.norm(rows, axis=1).max())
    agreed = spread == flat_directions and votes > 0.75 * len(members) and large
    return PointSet(
        members=members,
        state=state,
        flat_directions=flat_directions,
        spread=spread,
        dimension=flat_directions if agreed else None,
        extent=extent,
    )


def spread_dimension(members: Rows, guess: int) -> int | None:
    """How many dimensions neighbours spread over: local principal components, averaged over the members.

    Each member is taken with its 2(`guess` + 1) nearest members: enough to show one dimension more than guessed. None
    if the set has fewer members than twice that number.
    """
    neighbours = 2 * (guess + 1)
    if len(members) < 2 * neighbours:
        return None
    shares = np.zeros(min(neighbours + 1, members.shape[1]))
    for member in members:
        near = members[np.argsort(np.linalg.norm(members - member, axis=1), kind="stable")[: neighbours + 1]]
        variance = np.linalg.svd(near - near.mean(axis=0), compute_uv=False) ** 2
        shares += variance / variance[0]
    return int(np.sum(shares >= SHARE * len(members)))
