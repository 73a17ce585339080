"""Which located points are the same point: those whose error balls all overlap."""

import numpy as np
from jaxtyping import Float64, Int

from slowpoints.dynamics.sets._rows import in_order, Rows


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
