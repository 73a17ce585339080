"""Simulated studies in which there is nothing to find, and how often each statistic is called *replicated* in them.

What is claimed lies exactly at its bound, so that a claim of "above" should be called replicated in 2.5 % of them, and
one of "below" too.
"""

from collections.abc import Callable

import numpy as np

from slowpoints.claims import Verdict
from slowpoints.claims._rank_correlation import spearman_by_network
from slowpoints.claims._retention import gain_estimate, predict
from slowpoints.claims._statistics import CHANGE, Estimate, mean_estimate, paired_difference, SHARE
from slowpoints.claims._verdicts import one_side

Null = Callable[[np.random.Generator, int], tuple[Estimate, float]]
"""From a random generator and a number of networks to an estimate and the true value."""

CLASSES = 10


def _paired_normal(random: np.random.Generator, n: int) -> tuple[Estimate, float]:
    shared = random.normal(70, 10, n)
    return paired_difference(shared + random.normal(0, 3, n), shared + random.normal(0, 3, n), CHANGE), 0.0


def _paired_lopsided(random: np.random.Generator, n: int) -> tuple[Estimate, float]:
    return paired_difference(100 * random.beta(9, 1, n), 100 * random.beta(9, 1, n), CHANGE), 0.0


def _share_near_all(random: np.random.Generator, n: int) -> tuple[Estimate, float]:
    return mean_estimate(100 * random.beta(9, 1, n), SHARE), 90.0


def _share_of_half(random: np.random.Generator, n: int) -> tuple[Estimate, float]:
    return mean_estimate(100 * random.binomial(8, 0.5, n) / 8, SHARE), 50.0


def _classes_counted(random: np.random.Generator, n: int) -> tuple[Estimate, float]:
    return mean_estimate(random.binomial(CLASSES, 0.3, n).astype(float), (0.0, float(CLASSES))), 3.0


def _loss_that_trails_off(random: np.random.Generator, n: int) -> tuple[Estimate, float]:
    # The least of several losses has Gumbel's distribution.
    return mean_estimate(5 * random.gumbel(size=n), CHANGE), 5 * float(np.euler_gamma)


def _ranks(shared: float) -> Null:
    def draw(random: np.random.Generator, n: int) -> tuple[Estimate, float]:
        # Two quantities that have nothing to do with each other, both with effects of the classes.
        x, y = (shared * random.normal(size=CLASSES) + random.normal(size=(n, CLASSES)) for _ in range(2))
        return spearman_by_network(list(x), list(y), [np.arange(CLASSES)] * n), 0.0

    return draw


def _predictions(lacking: float, said: float) -> Null:
    def draw(random: np.random.Generator, n: int) -> tuple[Estimate, float]:
        # Two quantities that say as much about retention as each other; some classes have no point.
        truth = random.normal(size=(n, CLASSES))
        lifetime, speed = (said * truth + np.sqrt(1 - said**2) * random.normal(size=(n, CLASSES)) for _ in range(2))
        kept = np.clip(0.5 + 0.15 * truth + 0.05 * random.normal(size=(n, 1)), 0, 1)
        without = random.random((n, CLASSES)) < lacking
        columns = [np.where(without, np.nan, quantity) for quantity in (lifetime, speed)]
        return gain_estimate(*(predict([column], kept) for column in columns)), 0.0

    return draw


NULLS: dict[str, Null] = {
    "pairs, normal": _paired_normal,
    "pairs, lopsided": _paired_lopsided,
    "shares near 90 %": _share_near_all,
    "shares of 8, near half": _share_of_half,
    "classes counted": _classes_counted,
    "losses that trail off": _loss_that_trails_off,
    "ranks, classes independent": _ranks(0.0),
    "ranks, classes alike": _ranks(1.0),
    "ranks, classes very alike": _ranks(3.0),
    "predictions": _predictions(0.0, 0.6),
    "predictions, a third without a point": _predictions(0.3, 0.0),
    "predictions that say something, a third without a point": _predictions(0.3, 0.6),
}


def false_replications(name: str, n: int, draws: int, seed: int = 0) -> tuple[int, int]:
    """How many of so many simulated studies are called replicated for a claim of "above", and of "below"."""
    random = np.random.default_rng((seed, n))
    found = []
    for _ in range(draws):
        estimate, truth = NULLS[name](random, n)
        found.append([one_side(estimate, sign, "", bound=truth).verdict is Verdict.REPLICATED for sign in (1, -1)])
    above, below = np.sum(found, axis=0)
    return int(above), int(below)
