"""Spearman's rank correlation, with intervals over networks."""

import functools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from slowpoints.claims._statistics import (
    CORRELATION,
    Estimate,
    expanded_interval,
    FEWEST_CLUSTERS,
    LEVEL,
    resampled_networks,
    RESAMPLES,
    stretched,
)


def spearman(first: ArrayLike, second: ArrayLike) -> float:
    """Spearman's ρ of two sequences; NaN where either is constant.

    Args:
        first: array (point,), without NaN.
        second: likewise, the same points.
    """
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    return float(stats.spearmanr(first, second).statistic)  # pyright: ignore[reportAttributeAccessIssue]


class _Points:
    """Points of two sides, of groups of several kinds, ready for Spearman's ρ under any number of times that each group
    counts.

    Args:
        x: array (point,), without NaN.
        y: likewise, the same points.
        groups: of each kind (networks, classes), array (point,): which group each point is of.
    """

    def __init__(self, x: NDArray[np.floating], y: NDArray[np.floating], *groups: NDArray[np.integer]):
        by_x = np.argsort(x, kind="stable")
        by_y = np.argsort(y[by_x], kind="stable")
        self._x, self._y = [group[by_x] for group in groups], [group[by_x][by_y] for group in groups]
        self._x_starts, self._y_starts = _starts(x[by_x]), _starts(y[by_x][by_y])
        self._x_sizes = np.diff(self._x_starts, append=x.size)
        # Of each point in the order of x: which of the different values of y it has.
        self._y_level = np.empty(x.size, int)
        self._y_level[by_y] = np.repeat(np.arange(self._y_starts.size), np.diff(self._y_starts, append=x.size))

    def rho(self, *counts: NDArray[np.integer] | None) -> NDArray[np.floating]:
        """Spearman's ρ for each row of counts, of each kind an array (resample, group); NaN where one side is constant.

        A point counts as often as the product says; of a kind whose counts are None, all groups count once.

        A rank is the weight of the points below and half that of those level with it. Taken twice it is a whole number,
        with the mean W of a total weight W, and a sum of squares about it of (W³ − Σ t³) / 3, where t is the weight of
        points level with each other (M. G. Kendall, Biometrika 33:239, 1945). Whole numbers are summed up seven times
        as fast as others.
        """
        weights, twice_x, level_x = _ranked(_weights(counts, self._x), self._x_starts)
        _, twice_y, level_y = _ranked(_weights(counts, self._y), self._y_starts)
        if self._x_starts.size < weights.shape[1]:
            twice_x = np.repeat(twice_x, self._x_sizes, axis=1)
        cube = weights.sum(1, dtype=float) ** 3
        together = _sum(weights * twice_x, twice_y.take(self._y_level, axis=1)) - cube
        spread = np.sqrt((cube - _sum(level_x**2, level_x)) * (cube - _sum(level_y**2, level_y))) / 3
        return np.divide(together, spread, where=spread > 0, out=np.full(len(cube), np.nan))


def _weights(
    counts: Sequence[NDArray[np.integer] | None], groups: Sequence[NDArray[np.integer]]
) -> NDArray[np.integer]:
    # How often each point counts, array (resample, point).
    of_each = [c.take(group, axis=1) for c, group in zip(counts, groups, strict=True) if c is not None]
    return functools.reduce(np.multiply, of_each)


def _ranked(weights: NDArray[np.integer], starts: NDArray[np.integer]) -> tuple[NDArray[np.integer], ...]:
    # The weights of points in order; and of each different value, its rank, taken twice, and its weight.
    level = np.add.reduceat(weights, starts, axis=1) if starts.size < weights.shape[1] else weights
    return weights, 2 * np.cumsum(level, axis=1, dtype=level.dtype) - level, level


def _sum(one: NDArray[np.integer], other: NDArray[np.integer]) -> NDArray[np.floating]:
    # Of each row, the sum of products: too large for a whole number.
    return np.vecdot(one, other, dtype=float)


def _starts(ordered: NDArray[np.floating]) -> NDArray[np.integer]:
    # Where each of the different values begins.
    return np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))


def spearman_by_network(
    first: Sequence[ArrayLike], second: Sequence[ArrayLike], classes: Sequence[ArrayLike]
) -> Estimate:
    """Spearman's ρ over all points, with a bootstrap interval that resamples whole networks and whole classes.

    The points of one network share its weights, and those of one class its images: neither are independent. So
    networks are drawn with replacement, classes too, and a point counts as often as its network was drawn, times as
    often as its class was (A. B. Owen, Annals of Applied Statistics 1:386, 2007). The interval is the expanded
    percentile interval (T. Hesterberg, The American Statistician 69:371, 2015), which widens the plain one, too short
    for few, by the factor √(n/(n−1)) · t/z, n being the number of classes. It reaches at least as far as the expanded
    interval of networks resampled alone, n being the number of networks.

    Args:
        first: one array (point,) a network; networks may have different numbers of points, also none.
        second: likewise, the same points.
        classes: likewise, the class of each point.

    Returns:
        An estimate whose n counts networks with at least one point. The value is NaN where either side
        is constant; the interval is None below `FEWEST_CLUSTERS` networks or classes.
    """
    sides = [[np.asarray(a, float) for a in side] for side in (first, second, classes)]
    triples = [row for row in zip(*sides, strict=True) if row[0].size]
    n = len(triples)
    if n == 0:
        return Estimate(math.nan, None, None, 0, CORRELATION)
    columns = (np.concatenate(column).tobytes() for column in zip(*triples, strict=True))
    return _resampled(*columns, tuple(row[0].size for row in triples))


@functools.lru_cache(maxsize=64)
def _resampled(of_first: bytes, of_second: bytes, of_classes: bytes, sizes: tuple[int, ...]) -> Estimate:
    # Of all networks' points in a row; kept, because claims 20 and 32 ask the same of the same points.
    x, y, labels = (np.frombuffer(column) for column in (of_first, of_second, of_classes))
    n, network = len(sizes), np.repeat(np.arange(len(sizes)), sizes)
    names, label = np.unique(labels, return_inverse=True)
    points = _Points(x, y, network, label)
    value = float(points.rho(np.ones((1, n), int), None)[0])
    if min(n, names.size) < FEWEST_CLUSTERS or np.isnan(value):
        return Estimate(value, None, None, n, CORRELATION)
    drawn = zip(
        resampled_networks(n, numbers=x.size), resampled_networks(names.size, numbers=x.size, seed=1), strict=True
    )
    both, only_networks, only_classes = [], [], []
    for networks, of_class in drawn:
        both.append(points.rho(networks, of_class))
        only_networks.append(points.rho(networks, None))
        only_classes.append(points.rho(None, of_class))
    drawn = [np.concatenate(rows) for rows in (both, only_networks, only_classes)]
    drawn = [rho[~np.isnan(rho)] for rho in drawn]
    if min(rho.size for rho in drawn) < RESAMPLES / 2:
        return Estimate(value, None, None, n, CORRELATION)
    joint, networks_alone, classes_alone = (
        expanded_interval(rho, count) for rho, count in zip(drawn, (names.size, n, names.size), strict=True)
    )
    interval = min(joint[0], networks_alone[0]), max(joint[1], networks_alone[1])
    low, high = (stretched(end, CORRELATION) for end in classes_alone)
    return Estimate(value, None, interval, n, CORRELATION, stays=(high - low) / 2)


ROUNDING = 1e-9
"""Correlations nearer to 1 than this are 1, to within rounding."""


def spearman_over_networks(first: ArrayLike, second: ArrayLike) -> Estimate:
    """Spearman's ρ of two numbers of each network, with Fisher's interval for ranks.

    Source: D. G. Bonett and T. A. Wright, Psychometrika 65:23, 2000.

    Args:
        first: array (network,), without NaN.
        second: likewise, the same networks.

    Returns:
        An estimate whose value is NaN below three networks or where either side is constant; no interval below
        `FEWEST_CLUSTERS`, nor where all ranks agree: Fisher's has no end there.
    """
    x, y = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    rho = spearman(x, y) if x.size > 2 else math.nan
    if x.size < FEWEST_CLUSTERS or math.isnan(rho) or 1 - abs(rho) < ROUNDING:
        return Estimate(rho, None, None, x.size, CORRELATION)
    half = float(stats.t.ppf(0.5 + LEVEL / 2, x.size - 1)) * math.sqrt((1 + rho**2 / 2) / (x.size - 3))
    middle = math.atanh(rho)
    return Estimate(rho, None, (math.tanh(middle - half), math.tanh(middle + half)), x.size, CORRELATION)
