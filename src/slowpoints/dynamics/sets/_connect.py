"""Which members belong to the same continuum, decided by the states found between them."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float64, Int

from slowpoints.dynamics._states import Rows

OFF = (0.3, 0.15)
"""How far the state found between two members may be from their midpoint, as a part of their distance; and the same
for the two halves of the pair. On a smooth curve this part halves when the distance does: on a ring, pairs up to 120°
apart pass. If the two members lie on two different curves, the state found is half a gap from one of the midpoints."""

FindBetween = Callable[
    [Rows, Int[np.ndarray, " pair"], Int[np.ndarray, " pair"]], tuple[Rows, Bool[np.ndarray, " pair"]]
]
"""From midpoints, and the two members of each pair: the nearest states on their continuum, if there is one, and whether
these states too were certified as not isolated."""


class Connected(NamedTuple):
    """The set that each member belongs to, and the states found between members."""

    label: Int[np.ndarray, " member"]
    between: Rows
    between_label: Int[np.ndarray, " between"]


def connect(members: Rows, find_between: FindBetween) -> Connected:
    """Joins members that are shown to be of one set. No two members may coincide.

    A pair is joined if the states found near its midpoint, and near the midpoints of its halves, pass `OFF`. First the
    pairs of the minimum spanning tree of all members are tried. Then, for as long as this joins something, the
    shortest pair between each two parts, at most as many pairs at a time as there are members. Two sets that are not
    joined may still be one, if there are too few members to tell.
    """
    label = np.arange(len(members))
    between, ends = [np.zeros((0, members.shape[1]))], [np.zeros(0, np.int64)]
    distance = np.linalg.norm(members[:, None] - members[None], axis=-1)
    untried = ~np.eye(len(members), dtype=bool)
    a, b = _shortest_tree(distance)
    while len(a):
        untried[a, b] = untried[b, a] = False
        passed, states = _joined(members, a, b, find_between)
        a, b = a[passed], b[passed]
        for i, j in zip(a, b, strict=True):
            label[label == label[j]] = label[i]
        between.append(states)
        ends.append(np.tile(a, 3))
        a, b = _between_parts(label, np.where(untried, distance, np.inf)) if len(a) else (a, b)
    label = np.unique(label, return_inverse=True)[1]
    return Connected(label, np.concatenate(between), label[np.concatenate(ends)])


def _joined(
    members: Rows, a: Int[np.ndarray, " pair"], b: Int[np.ndarray, " pair"], find_between: FindBetween
) -> tuple[Bool[np.ndarray, " pair"], Float64[np.ndarray, "between coordinate"]]:
    """Which pairs are joined, and for these the states found at the midpoint and at the midpoints of both halves."""
    middle, passed = _middle(members[a], members[b], a, b, OFF[0], find_between)
    tried = np.flatnonzero(passed)
    quarters = np.zeros((2, len(tried), members.shape[1]))
    for k, end in enumerate((a[tried], b[tried])):
        if len(tried):
            quarters[k], good = _middle(members[end], middle[tried], a[tried], b[tried], OFF[1], find_between)
            passed[tried] &= good
    kept = passed[tried]
    return passed, np.concatenate([middle[passed], quarters[0, kept], quarters[1, kept]])


def _middle(
    one: Rows,
    other: Rows,
    a: Int[np.ndarray, " pair"],
    b: Int[np.ndarray, " pair"],
    off: float,
    find_between: FindBetween,
) -> tuple[Rows, Bool[np.ndarray, " pair"]]:
    middle = 0.5 * (one + other)
    states, belongs = find_between(middle, a, b)
    return states, belongs & (np.linalg.norm(states - middle, axis=1) <= off * np.linalg.norm(one - other, axis=1))


def _shortest_tree(distance: np.ndarray) -> tuple[Int[np.ndarray, " pair"], Int[np.ndarray, " pair"]]:
    """The pairs of the minimum spanning tree of all members."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import minimum_spanning_tree

    # SciPy takes a distance of zero for no connection, in a dense matrix and in the tree that it returns.
    i, j = np.triu_indices(len(distance), k=1)
    lengths = np.maximum(distance[i, j], np.finfo(np.float64).tiny)
    tree = minimum_spanning_tree(coo_array((lengths, (i, j)), shape=distance.shape).tocsr()).tocoo()
    return tree.row.astype(np.int64), tree.col.astype(np.int64)


def _between_parts(
    label: Int[np.ndarray, " member"], distance: np.ndarray
) -> tuple[Int[np.ndarray, " pair"], Int[np.ndarray, " pair"]]:
    """The shortest pair between each two parts, shortest first; an infinite distance means no pair."""
    parts = np.unique(label)
    pairs = []
    for k, one in enumerate(parts):
        for other in parts[:k]:
            rows, columns = np.flatnonzero(label == one), np.flatnonzero(label == other)
            apart = distance[np.ix_(rows, columns)]
            i, j = np.unravel_index(np.argmin(apart), apart.shape)
            pairs.append((apart[i, j], rows[i], columns[j]))
    chosen = [pair[1:] for pair in sorted(pairs)[: len(label)] if np.isfinite(pair[0])]
    a, b = np.array(chosen, np.int64).reshape(-1, 2).T
    return a, b
