"""Which members of continua hang together, by what lies between them."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from slowpoints.dynamics.sets._rows import Rows

OFF = (0.3, 0.15)
"""How far from the middle of a pair the state between them may lie, in parts of their distance, and how far from the
middles of its halves. On a smooth curve this falls with the distance, by a half at each halving: on a ring pairs up to
120° apart pass. From a pair whose halves lie on two curves one of the two middles is half a gap away."""

Between = Callable[[Rows, Int[np.ndarray, " pair"], Int[np.ndarray, " pair"]], tuple[Rows, Bool[np.ndarray, " pair"]]]
"""From middles, and the members whose middles they are: the nearest states that may be of their continuum, and whether
these too were certified as not isolated."""


class Connected(NamedTuple):
    """Members by the set they belong to, and what was found between them."""

    label: Int[np.ndarray, " member"]
    between: Rows
    between_label: Int[np.ndarray, " between"]


def connect(members: Rows, look: Between) -> Connected:
    """Joins members that are shown to be of one set. No two members may coincide.

    A pair is joined if what lies between them, and between the halves, is no further off than `OFF`. First the pairs of
    the shortest tree that spans all members are tried, then the shortest pair of any two of the parts that came out,
    as long as that joins something, no more pairs at a time than there are members. Two sets that are not joined may
    still be one, where members are too few to tell.
    """
    label = np.arange(len(members))
    between, ends = [np.zeros((0, members.shape[1]))], [np.zeros(0, np.int64)]
    distance = np.linalg.norm(members[:, None] - members[None], axis=-1)
    untried = ~np.eye(len(members), dtype=bool)
    a, b = _shortest_tree(distance)
    while len(a):
        untried[a, b] = untried[b, a] = False
        passed, states = _joined(members, a, b, look)
        a, b = a[passed], b[passed]
        for i, j in zip(a, b, strict=True):
            label[label == label[j]] = label[i]
        between.append(states)
        ends.append(np.tile(a, 3))
        a, b = _between_parts(label, np.where(untried, distance, np.inf)) if len(a) else (a, b)
    label = np.unique(label, return_inverse=True)[1]
    return Connected(label, np.concatenate(between), label[np.concatenate(ends)])


def _joined(
    members: Rows, a: Int[np.ndarray, " pair"], b: Int[np.ndarray, " pair"], look: Between
) -> tuple[Bool[np.ndarray, " pair"], Rows]:
    """Which pairs are joined, and of these what lies in the middle and in the middles of both halves."""
    middle, passed = _middle(members[a], members[b], a, b, OFF[0], look)
    tried = np.flatnonzero(passed)
    quarters = np.zeros((2, len(tried), members.shape[1]))
    for k, end in enumerate((a[tried], b[tried])):
        if len(tried):
            quarters[k], good = _middle(members[end], middle[tried], a[tried], b[tried], OFF[1], look)
            passed[tried] &= good
    kept = passed[tried]
    return passed, np.concatenate([middle[passed], quarters[0, kept], quarters[1, kept]])


def _middle(
    one: Rows, other: Rows, a: Int[np.ndarray, " pair"], b: Int[np.ndarray, " pair"], off: float, look: Between
) -> tuple[Rows, Bool[np.ndarray, " pair"]]:
    middle = 0.5 * (one + other)
    states, belongs = look(middle, a, b)
    return states, belongs & (np.linalg.norm(states - middle, axis=1) <= off * np.linalg.norm(one - other, axis=1))


def _shortest_tree(distance: np.ndarray) -> tuple[Int[np.ndarray, " pair"], Int[np.ndarray, " pair"]]:
    """Prim's algorithm: the pairs of the tree that spans all members with the least total length."""
    near, reach = np.zeros(len(distance), np.int64), distance[0].copy()
    left = np.arange(len(distance)) > 0
    pairs = []
    while left.any():
        new = int(np.argmin(np.where(left, reach, np.inf)))
        pairs.append((near[new], new))
        left[new] = False
        closer = distance[new] < reach
        near, reach = np.where(closer, new, near), np.where(closer, distance[new], reach)
    a, b = np.array(pairs, np.int64).reshape(-1, 2).T
    return a, b


def _between_parts(
    label: Int[np.ndarray, " member"], distance: np.ndarray
) -> tuple[Int[np.ndarray, " pair"], Int[np.ndarray, " pair"]]:
    """The shortest pair of each two parts, the shortest of all first; infinite distances are no pairs."""
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
