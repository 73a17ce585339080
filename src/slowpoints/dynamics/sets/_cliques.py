"""Which points are one: those whose balls of uncertainty all overlap."""

import numpy as np
from jaxtyping import Float64, Int

from slowpoints.dynamics.sets._rows import in_order, Rows


def cliques(rows: Rows, radius: Float64[np.ndarray, " point"]) -> Int[np.ndarray, " point"]:
    """Groups of points, each pair within the sum of their radii, numbered by their best located member.

    Points are taken in order of their radius, ties by their values, and each joins the group of the nearest first
    member among those whose *every* member it touches, or founds one. So no chain a–b–c makes one of two points a
    and c that are shown to be different, and the groups do not depend on the order in which points are given.
    """
    label = np.full(len(rows), -1)
    first = np.zeros(0, np.int64)
    for i in in_order(rows, radius):
        distance = np.linalg.norm(rows - rows[i], axis=1)
        apart = (distance > radius + radius[i]) & (label >= 0)
        strangers = np.bincount(label[apart], minlength=len(first)) > 0
        to_first = np.where(strangers, np.inf, distance[first])
        if len(first) and np.isfinite(to_first).any():
            label[i] = np.argmin(to_first)
        else:
            label[i] = len(first)
            first = np.append(first, i)
    return label
