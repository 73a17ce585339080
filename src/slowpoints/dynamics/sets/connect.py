"""Which members of continua hang together, by searching in between."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from slowpoints.dynamics.sets.rows import Rows

OFF = 0.9
"""What is found between two members must be nearer to each than this part of their distance: at 1 a search that ends at
one of the two would pass."""

Between = Callable[[Rows], tuple[Rows, Bool[np.ndarray, " point"]]]
"""Searches from states: where they ended, and whether there too the point is not isolated."""


class Connected(NamedTuple):
    """Members by the set they belong to, and what was found between them."""

    label: Int[np.ndarray, " member"]
    between: Rows
    between_label: Int[np.ndarray, " between"]


def connect(members: Rows, search: Between) -> Connected:
    """Joins members of which the search shows that they are of one set. No two members may coincide.

    The pairs tried are those of the shortest tree that spans all members: whatever two parts a pair splits them into,
    no two members of these are nearer to each other. A pair is joined if the search from its middle ends between the
    two, at a point that is not isolated, and so do the searches from the middles of both halves. One middle alone would
    also pass where three separate points lie in a row. At most three searches a member; on a set they are short.
    """
    nothing = np.zeros((0, members.shape[1]))
    if len(members) < 2:
        return Connected(np.zeros(len(members), np.int64), nothing, np.zeros(0, np.int64))
    a, b = _shortest_tree(members)
    middle, passed = _in_between(members[a], members[b], search)
    a, b, middle = a[passed], b[passed], middle[passed]
    quarters = nothing
    if len(a):
        ends = np.concatenate([members[a], members[b]])
        quarters, passed = _in_between(ends, np.concatenate([middle, middle]), search)
        passed = passed.reshape(2, -1).all(axis=0)
        a, b, middle = a[passed], b[passed], middle[passed]
        quarters = quarters[np.tile(passed, 2)]
    label = _components(len(members), a, b)
    return Connected(label, np.concatenate([middle, quarters]), np.tile(label[a], 3))


def _in_between(a: Rows, b: Rows, search: Between) -> tuple[Rows, Bool[np.ndarray, " pair"]]:
    middle, belongs = search(0.5 * (a + b))
    far = np.maximum(np.linalg.norm(middle - a, axis=1), np.linalg.norm(middle - b, axis=1))
    return middle, belongs & (far <= OFF * np.linalg.norm(b - a, axis=1))


def _shortest_tree(rows: Rows) -> tuple[Int[np.ndarray, " pair"], Int[np.ndarray, " pair"]]:
    """Prim's algorithm: the pairs of the tree that spans all rows with the least total length."""
    near = np.zeros(len(rows), np.int64)
    distance = np.linalg.norm(rows - rows[0], axis=1)
    distance[0] = np.inf
    done = np.arange(len(rows)) == 0
    pairs = []
    while not done.all():
        new = int(np.argmin(distance))
        pairs.append((near[new], new))
        done[new] = True
        to_new = np.where(done, np.inf, np.linalg.norm(rows - rows[new], axis=1))
        near = np.where(to_new < distance, new, near)
        distance = np.where(done, np.inf, np.minimum(distance, to_new))
    a, b = np.array(pairs).T
    return a, b


def _components(count: int, a: Int[np.ndarray, " pair"], b: Int[np.ndarray, " pair"]) -> Int[np.ndarray, " member"]:
    label = np.arange(count)
    for i, j in zip(a, b, strict=True):
        label[label == label[j]] = label[i]
    return np.unique(label, return_inverse=True)[1]
