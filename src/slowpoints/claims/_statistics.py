"""Estimates with 95 % intervals. The unit of replication is always the network, never the class."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

LEVEL = 0.95
"""The level of every interval."""

RESAMPLES = 4000
"""Bootstrap resamples; their seed is fixed, so a verdict does not change from run to run."""

BLOCK = 200_000
"""Numbers in an array of resamples that are worked on at a time."""

FEWEST_CLUSTERS = 4
"""Networks below which no bootstrap interval is given: there are too few distinct resamples."""


@dataclass(frozen=True)
class Estimate:
    """A number, how well it is known, and from how many.

    Fields:
        value: the estimate; NaN when n = 0.
        standard_error: of the value; None where it is not known (n < 2, or a rank correlation).
        interval: 95 %, (low, high); None where there are too few.
        n: independent units it is over.
    """

    value: float
    standard_error: float | None
    interval: tuple[float, float] | None
    n: int


def mean_estimate(values: ArrayLike) -> Estimate:
    """Mean, standard error and Student's t-interval.

    Args:
        values: array (network,), without NaN.
    """
    numbers = np.asarray(values, dtype=float)
    n = numbers.size
    if n == 0:
        return Estimate(float("nan"), None, None, 0)
    mean = float(numbers.mean())
    if n == 1:
        return Estimate(mean, None, None, 1)
    error = float(numbers.std(ddof=1) / np.sqrt(n))
    half = float(stats.t.ppf(0.5 + LEVEL / 2, n - 1)) * error
    return Estimate(mean, error, (mean - half, mean + half), n)


def paired_difference(first: ArrayLike, second: ArrayLike) -> Estimate:
    """Mean of first − second over pairs, with Student's t-interval (the paired t-test's).

    Args:
        first: array (pair,).
        second: array (pair,), the same pairs in the same order.
    """
    return mean_estimate(np.asarray(first, dtype=float) - np.asarray(second, dtype=float))


def difference_to_published(values: ArrayLike, mean: float, error: float, n: int) -> Estimate:
    """Mean of our networks minus a published mean, with an interval from both standard errors (Welch's).

    Args:
        values: array (network,), ours, without NaN.
        mean: the published mean.
        error: its standard error; 0 where none was published.
        n: the networks it was over.
    """
    ours = mean_estimate(values)
    if ours.standard_error is None:
        return Estimate(ours.value - mean, None, None, ours.n)
    value = ours.value - mean
    own, published = ours.standard_error**2, error**2
    joint = float(np.sqrt(own + published))
    if joint == 0:
        return Estimate(value, 0.0, (value, value), ours.n)
    freedom = (own + published) ** 2 / (own**2 / (ours.n - 1) + published**2 / (n - 1))
    half = float(stats.t.ppf(0.5 + LEVEL / 2, freedom)) * joint
    return Estimate(value, joint, (value - half, value + half), ours.n)


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
    """Points of two sides, by network, ready for Spearman's ρ under any number of times that each network counts.

    Args:
        x: array (point,), without NaN.
        y: likewise, the same points.
        network: array (point,): which network each is of.
    """

    def __init__(self, x: NDArray[np.floating], y: NDArray[np.floating], network: NDArray[np.integer]):
        by_x = np.argsort(x, kind="stable")
        by_y = np.argsort(y[by_x], kind="stable")
        self._x, self._y = network[by_x], network[by_x][by_y]
        self._x_starts, self._y_starts = _starts(x[by_x]), _starts(y[by_x][by_y])
        # Of each point in the order of x: which of the different values of y it has.
        self._y_level = np.empty(x.size, int)
        self._y_level[by_y] = np.repeat(np.arange(self._y_starts.size), _sizes(self._y_starts, x.size))

    def rho(self, counts: NDArray[np.floating]) -> NDArray[np.floating]:
        """Spearman's ρ for each row of counts, array (resample, network); NaN where one side is constant.

        A rank is the weight of the points below and half that of those level with it. Taken twice it is a whole number,
        with the mean W of a total weight W, and a sum of squares about it of (W³ − Σ t³) / 3, where t is the weight of
        points level with each other (M. G. Kendall, Biometrika 33:239, 1945).
        """
        weights, twice_x, level_x = _ranked(counts.take(self._x, axis=1), self._x_starts)
        _, twice_y, level_y = _ranked(counts.take(self._y, axis=1), self._y_starts)
        if self._x_starts.size < self._x.size:
            twice_x = np.repeat(twice_x, _sizes(self._x_starts, self._x.size), axis=1)
        cube = weights.sum(1) ** 3
        together = _sum(weights, twice_x, twice_y.take(self._y_level, axis=1)) - cube
        spread = np.sqrt((cube - _sum(level_x, level_x, level_x)) * (cube - _sum(level_y, level_y, level_y))) / 3
        return np.divide(together, spread, where=spread > 0, out=np.full(len(counts), np.nan))


def _ranked(weights: NDArray[np.floating], starts: NDArray[np.integer]) -> tuple[NDArray[np.floating], ...]:
    # The weights of points in order; and of each different value, its rank, taken twice, and its weight.
    level = np.add.reduceat(weights, starts, axis=1) if starts.size < weights.shape[1] else weights
    return weights, 2 * np.cumsum(level, axis=1) - level, level


def _sum(*factors: NDArray[np.floating]) -> NDArray[np.floating]:
    # Of each row, the sum of three factors' products.
    return np.einsum("ij,ij,ij->i", *factors)


def _starts(ordered: NDArray[np.floating]) -> NDArray[np.integer]:
    # Where each of the different values begins.
    return np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))


def _sizes(starts: NDArray[np.integer], points: int) -> NDArray[np.integer]:
    return np.diff(starts, append=points)


def spearman_by_network(first: Sequence[ArrayLike], second: Sequence[ArrayLike]) -> Estimate:
    """Spearman's ρ over all points, with a bootstrap interval that resamples whole networks.

    The points of one network share its weights and are no independent sample, so networks (clusters) are
    drawn with replacement and all points of a drawn network come along. The interval is the expanded
    percentile interval (T. Hesterberg, The American Statistician 69:371, 2015), which widens the plain
    one, too short for few clusters, by the factor √(n/(n−1)) · t/z.

    Args:
        first: one array (point,) a network; networks may have different numbers of points, also none.
        second: likewise, the same points.

    Returns:
        An estimate whose n counts networks with at least one point. The value is NaN where either side
        is constant; the interval is None below `FEWEST_CLUSTERS` networks.
    """
    pairs = [(np.asarray(a, dtype=float), np.asarray(b, dtype=float)) for a, b in zip(first, second, strict=True)]
    pairs = [(a, b) for a, b in pairs if a.size]
    n = len(pairs)
    if n == 0:
        return Estimate(float("nan"), None, None, 0)
    x, y = np.concatenate([a for a, _ in pairs]), np.concatenate([b for _, b in pairs])
    points = _Points(x, y, np.repeat(np.arange(n), [a.size for a, _ in pairs]))
    value = float(points.rho(np.ones((1, n)))[0])
    if n < FEWEST_CLUSTERS or np.isnan(value):
        return Estimate(value, None, None, n)
    rho = np.concatenate([points.rho(counts) for counts in resampled_networks(n, numbers=x.size)])
    resampled = rho[~np.isnan(rho)]
    if resampled.size < RESAMPLES / 2:
        return Estimate(value, None, None, n)
    return Estimate(value, None, expanded_interval(resampled, n), n)


def resampled_networks(n: int, *, numbers: int | None = None) -> Iterator[NDArray[np.floating]]:
    """How often each of n networks was drawn in each resample: arrays (resample, network), some resamples at a time.

    All at once, those of a large study would not fit into memory.

    Args:
        n: how many networks there are.
        numbers: how many numbers the caller works on for a resample, if not one a network.
    """
    random, rows = np.random.default_rng(0), max(1, BLOCK // max(n, numbers or n))
    for first in range(0, RESAMPLES, rows):
        draws = random.integers(n, size=(min(rows, RESAMPLES - first), n))
        yield np.stack([np.bincount(row, minlength=n) for row in draws]).astype(float)


def expanded_interval(resampled: NDArray[np.floating], n: int) -> tuple[float, float]:
    """The expanded percentile interval of a statistic over resamples of n networks (Hesterberg 2015)."""
    wide = np.sqrt(n / (n - 1)) * stats.t.ppf(0.5 + LEVEL / 2, n - 1)
    tail = float(stats.norm.cdf(-wide))
    low, high = np.quantile(resampled, [tail, 1 - tail])
    return float(low), float(high)


def sign_flip_p(differences: ArrayLike) -> float:
    """Two-sided p of the permutation test that flips the signs of paired differences.

    Exact up to 14 pairs, 20 000 random flips (fixed seed) above. With n pairs it cannot be below 2 / 2ⁿ.

    Args:
        differences: array (pair,), at least one.

    Raises:
        ValueError: without any difference.
    """
    numbers = np.asarray(differences, dtype=float)
    n = numbers.size
    if n == 0:
        raise ValueError("differences is empty; a sign-flip test takes at least one pair")
    seen = abs(numbers.sum())
    # Sums that are equal on paper differ by rounding.
    bar = seen - 1e-12 * np.abs(numbers).sum()
    if n <= 14:
        signs = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
        return float(np.mean(np.abs(signs @ numbers) >= bar))
    random, rows, as_far = np.random.default_rng(0), max(1, BLOCK // n), 0
    for k in range(0, 20_000, rows):
        signs = random.choice([-1, 1], size=(min(rows, 20_000 - k), n))
        as_far += int(np.sum(np.abs(signs @ numbers) >= bar))
    return (as_far + 1) / 20_001
