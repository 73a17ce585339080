"""Estimates with 95 % intervals. The unit of replication is always the network, never the class."""

import bisect
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

LEVEL = 0.95
"""The level of every interval."""

Z = float(stats.norm.ppf(0.5 + LEVEL / 2))
"""Half the width of such an interval of a normal distribution, in deviations."""

RESAMPLES = 4000
"""Bootstrap resamples; their seed is fixed, so a verdict does not change from run to run."""

BLOCK = 20_000
"""Numbers in an array of resamples that are worked on at a time: few enough to stay near the processor."""

FEWEST = 3
"""Networks below which a mean has no interval: two in which something is counted are often alike by chance, and then
Student's interval has no width."""

FEWEST_CLUSTERS = 4
"""Networks below which no bootstrap interval is given: there are too few distinct resamples."""


Interval = tuple[float, float]
"""Low and high end, in the unit of what it is of."""

UNBOUNDED: Interval = (-math.inf, math.inf)
"""The bounds of a statistic that can be any number."""

SHARE: Interval = (0.0, 100.0)
"""The bounds of a share in %."""

CHANGE: Interval = (-100.0, 100.0)
"""The bounds of a difference of two shares in %."""

DIFFERENCE: Interval = (-200.0, 200.0)
"""The bounds of a difference of two such differences."""

CORRELATION: Interval = (-1.0, 1.0)
"""The bounds of a correlation."""


@dataclass(frozen=True)
class Estimate:
    """A number, how well it is known, and from how many.

    Fields:
        value: the estimate; NaN when n = 0.
        standard_error: of the value; None where it is not known (n < 3, or a rank correlation).
        interval: 95 %, (low, high); None where there are too few.
        n: independent units it is over.
        bounds: what the number can be at all.
        freedom: degrees of freedom of Student's t behind the interval; None where it is of another kind.
        stays: the part of the interval's half width that more networks would not narrow, on the scale of `stretched`.

    Example:
        >>> from slowpoints.claims import mean_estimate
        >>> mean_estimate([0.9]).interval is None  # one network has none
        True
    """

    value: float
    standard_error: float | None
    interval: Interval | None
    n: int
    bounds: Interval = UNBOUNDED
    freedom: float | None = None
    stays: float = 0.0


def stretched(value: float, bounds: Interval) -> float:
    """A number on a scale without ends: the logarithm of the odds of its place between the bounds.

    For a correlation this is twice Fisher's z. A number without bounds is left as it is; one at a bound is infinite.
    """
    low, high = bounds
    if math.isinf(low) or math.isinf(high):
        return value
    if value <= low or value >= high:
        return -math.inf if value <= low else math.inf
    return math.log((value - low) / (high - value))


def _within(value: float, below: float, above: float, bounds: Interval) -> Interval:
    # The interval from value - below to value + above, bent so that it stays within the bounds: on the stretched scale
    # it reaches as far as it would if that scale were straight about the value (the delta method).
    low, high = bounds
    if math.isinf(low) or math.isinf(high) or not low < value < high:
        return value - below, value + above
    middle, steep = stretched(value, bounds), (high - low) / ((value - low) * (high - value))
    ends = special.expit([middle - steep * below, middle + steep * above])
    return float(low + (high - low) * ends[0]), float(low + (high - low) * ends[1])


def _students(values: ArrayLike, bounds: Interval, *, lopsided: bool) -> Estimate:
    numbers = np.asarray(values, dtype=float)
    n = numbers.size
    if n == 0:
        return Estimate(math.nan, None, None, 0, bounds)
    mean = float(numbers.mean())
    if n < FEWEST:
        return Estimate(mean, None, None, n, bounds)
    spread = float(numbers.std(ddof=1))
    if spread <= 1e-12 * float(np.abs(numbers).max()):
        return Estimate(mean, 0.0, (mean, mean), n, bounds, n - 1)
    error, t = spread / math.sqrt(n), float(stats.t.ppf(0.5 + LEVEL / 2, n - 1))
    longer = 0.0
    if lopsided:
        skewness = n / ((n - 1) * (n - 2)) * float((((numbers - mean) / spread) ** 3).sum())
        longer = skewness * (1 + 2 * t**2) / 6 * spread / n
    interval = _within(mean, t * error + max(-longer, 0.0), t * error + max(longer, 0.0), bounds)
    return Estimate(mean, error, interval, n, bounds, n - 1)


def mean_estimate(values: ArrayLike, bounds: Interval = UNBOUNDED) -> Estimate:
    """Mean and standard error, with an interval for means of few and lopsided numbers.

    It is Student's t-interval, mended in two ways. Where the numbers trail off to one side, that side is longer by the
    skewness' term in the distribution of Student's t (N. J. Johnson, JASA 73:536, 1978); the other is never shorter.
    And it is bent, by the logarithm of the odds, to stay within what the number can be.

    Args:
        values: array (network,), without NaN.
        bounds: what the numbers can be.

    Example:
        >>> from slowpoints.claims import mean_estimate
        >>> estimate = mean_estimate([0.9, 0.8, 0.85], bounds=(0.0, 1.0))
        >>> round(estimate.value, 3), estimate.n, estimate.interval[1] < 1
        (0.85, 3, True)
    """
    return _students(values, bounds, lopsided=True)


def paired_difference(first: ArrayLike, second: ArrayLike, bounds: Interval = UNBOUNDED) -> Estimate:
    """Mean of first − second over pairs, with Student's t-interval (the paired t-test's), bent to stay within bounds.

    If the two do not differ, their difference is as likely to be of either sign, hence not lopsided.

    Args:
        first: array (pair,).
        second: array (pair,), the same pairs in the same order.
        bounds: what the difference can be.
    """
    differences = np.asarray(first, dtype=float) - np.asarray(second, dtype=float)
    return _students(differences, bounds, lopsided=False)


def share_of_networks(yes: ArrayLike) -> Estimate:
    """The share, in %, of networks of which something is so, with Clopper and Pearson's exact interval.

    Args:
        yes: array (network,), bool.
    """
    numbers = np.asarray(yes, dtype=bool)
    n, k = numbers.size, int(numbers.sum())
    if n == 0:
        return Estimate(math.nan, None, None, 0, SHARE)
    found = stats.binomtest(k, n).proportion_ci(LEVEL)
    return Estimate(100 * k / n, None, (100 * float(found.low), 100 * float(found.high)), n, SHARE)


def predicted_mean(values: ArrayLike, networks: int, bounds: Interval = UNBOUNDED) -> Interval | None:
    """Where, by our networks, the mean of another study of so many networks lies with 95 % probability.

    Args:
        values: array (network,), ours, without NaN.
        networks: how many the other study has.
        bounds: what the numbers can be.

    Returns:
        Student's prediction interval of a mean, within the bounds; None below three networks.
    """
    ours = paired_difference(values, np.zeros(np.size(values)), bounds)
    if ours.standard_error is None:
        return None
    half = float(stats.t.ppf(0.5 + LEVEL / 2, ours.n - 1)) * ours.standard_error * math.sqrt(1 + ours.n / networks)
    return _within(ours.value, half, half, bounds)


def equivalence_p(estimate: Estimate, low: float, high: float) -> float | None:
    """p of two one-sided t-tests that the value lies between low and high; None where there is no standard error.

    Below 0.05 the value is shown to be the same within that margin (D. J. Schuirmann, J. Pharmacokinet. Biopharm.
    15:657, 1987).
    """
    if estimate.standard_error is None or estimate.freedom is None:
        return None
    away = min(estimate.value - low, high - estimate.value)
    if estimate.standard_error == 0:
        return 0.0 if away > 0 else 1.0
    return float(stats.t.sf(away / estimate.standard_error, estimate.freedom))


MOST = 10_000
"""Networks above which it is not said how many would be needed."""


def needed_networks(estimate: Estimate, low: float, high: float) -> int | None:
    """How many networks would decide whether the value lies between low and high.

    It is assumed that value and spread stay as they are.

    Returns:
        The least n at which the interval no longer reaches across a bound; None if it is not known (there is no
        interval yet), if the value lies at the bound, or if not even `MOST` would do.
    """
    if estimate.interval is None or math.isnan(estimate.value):
        return None
    inside = low < estimate.value < high
    edges = [edge for edge in (low, high) if math.isfinite(edge) and estimate.bounds[0] < edge < estimate.bounds[1]]
    if not edges:
        return estimate.n
    if not inside:
        edges = [min(edges, key=lambda edge: abs(edge - estimate.value))]
    return None if None in (found := [_networks_to(estimate, edge) for edge in edges]) else max(filter(None, found))


def _networks_to(estimate: Estimate, edge: float) -> int | None:
    assert estimate.interval is not None
    value = stretched(estimate.value, estimate.bounds)
    distance = abs(stretched(edge, estimate.bounds) - value)
    half = abs(stretched(estimate.interval[int(edge > estimate.value)], estimate.bounds) - value)
    if math.isinf(value):
        # Every network is alike: the exact interval of n such ends at the n-th root of 2.5 % of the way to the bound.
        low, high = estimate.bounds
        way = abs(edge - (low if value > 0 else high)) / (high - low)
        return math.ceil(math.log((1 - LEVEL) / 2) / math.log(way) + 1e-9)
    if not distance > 0 or not math.isfinite(half):
        return None
    narrows = max(half**2 - estimate.stays**2, 0.0)

    def shrunk(n: int) -> float:
        return float(stats.t.ppf(0.5 + LEVEL / 2, n - 1)) / math.sqrt(n)

    def decides(n: int) -> bool:
        return math.sqrt(estimate.stays**2 + narrows * (shrunk(n) / shrunk(estimate.n)) ** 2) < distance

    if not decides(MOST):
        return None
    return bisect.bisect_left(range(MOST), True, lo=2, key=decides)


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
    return Estimate(value, joint, (value - half, value + half), ours.n, freedom=freedom, stays=Z * error)


def resampled_networks(n: int, *, numbers: int | None = None, seed: int = 0) -> Iterator[NDArray[np.integer]]:
    """How often each of n networks was drawn in each resample: arrays (resample, network), some resamples at a time.

    All at once, those of a large study would not fit into memory.

    Args:
        n: how many networks there are.
        numbers: how many numbers the caller works on for a resample, if not one a network.
        seed: of the draws; two kinds of things that are drawn at once have two.
    """
    random, rows = np.random.default_rng(seed), max(1, BLOCK // max(n, numbers or n))
    for first in range(0, RESAMPLES, rows):
        draws = random.integers(n, size=(min(rows, RESAMPLES - first), n))
        yield np.stack([np.bincount(row, minlength=n) for row in draws])


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
