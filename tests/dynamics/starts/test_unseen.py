"""The estimate of what is unseen: by hand, and against known truths in simulated draws."""

import numpy as np
import pytest
from scipy.stats import binomtest

from slowpoints._errors import InputError
from slowpoints.dynamics import unseen


def test_by_hand():
    """n = 10, f₁ = 3, f₂ = 1: f̂₀ = 9/10 · 3·2 / (2·2)."""
    estimate = unseen(np.array([5, 2, 1, 1, 0, 1]))
    assert (estimate.starts, estimate.seen) == (10, 5)
    np.testing.assert_allclose(estimate.unseen, 1.35)
    variance = 1.35 + 0.81 * 3 * 25 / 16 + 0.81 * 9 * 4 / 64
    factor = np.exp(1.959964 * np.sqrt(np.log(1 + variance / 1.35**2)))
    np.testing.assert_allclose(estimate.unseen_interval, (1.35 / factor, 1.35 * factor), rtol=1e-6)
    np.testing.assert_allclose(estimate.coverage, 0.7)


def test_without_singletons_nothing_is_missing_but_few_starts_do_not_prove_it():
    few, many = unseen(np.array([2, 2])), unseen(np.array([50, 50]))
    assert few.unseen == many.unseen == 0
    assert not np.signbit(few.unseen)
    assert few.coverage == many.coverage == 1
    # As the exact binomial: no start of n found a point alone.
    np.testing.assert_allclose(many.coverage_interval[0], 0.025 ** (1 / 100))
    assert few.coverage_interval[0] < 0.5 < many.coverage_interval[0]


def test_where_every_start_found_another_point_nothing_is_covered():
    estimate = unseen(np.ones(20, int))
    assert estimate.coverage == 0
    assert estimate.coverage_interval[0] == 0
    assert estimate.unseen > 100


def test_the_exact_binomial_interval_is_within():
    counts = np.repeat([1, 9], [4, 4])
    exact = binomtest(4, 40).proportion_ci()
    least, most = unseen(counts).coverage_interval
    assert least <= 1 - exact.high + 1e-12
    assert most >= 1 - exact.low - 1e-12


@pytest.mark.parametrize("starts", [16, 64, 256])
@pytest.mark.parametrize("basins", ["equal", "falling", "one large"])
def test_intervals_hold_the_truth_as_often_as_they_say(basins, starts):
    share = {"equal": np.ones(81), "falling": 0.8 ** np.arange(60), "one large": np.r_[0.97, np.full(30, 1e-3)]}[basins]
    share = share / share.sum()
    rng = np.random.default_rng(0)
    covered, above, bounded = [], [], []
    for counts in rng.multinomial(starts, share, size=300):
        estimate = unseen(counts)
        truth = share[counts > 0].sum()
        covered.append(estimate.coverage_interval[0] <= truth <= estimate.coverage_interval[1])
        above.append(estimate.coverage_interval[0] <= truth)
        bounded.append(estimate.unseen_interval[0] <= (counts == 0).sum())
    # Of 300 draws at a true rate of 0.95, fewer than 0.91 come once in a thousand.
    assert np.mean(above) > 0.92
    assert np.mean(covered) > 0.88
    assert np.mean(bounded) > 0.88


def test_the_bound_is_unbiased_for_equal_basins_and_below_the_truth_for_others():
    rng = np.random.default_rng(1)
    for share, unbiased in ((np.full(81, 1 / 81), True), (0.8 ** np.arange(60), False)):
        draws = rng.multinomial(128, share / share.sum(), size=400)
        truth = np.mean((draws == 0).sum(axis=1))
        estimate = np.mean([unseen(counts).unseen for counts in draws])
        if unbiased:
            np.testing.assert_allclose(estimate, truth, rtol=0.1)
        else:
            assert estimate < 0.5 * truth


@pytest.mark.unchecked
@pytest.mark.parametrize("counts", [[], [0, 0], [1.5], [-1, 2]])
def test_bad_counts_are_refused(counts):
    with pytest.raises(InputError, match="counts must be whole numbers, none negative and at least one above zero"):
        unseen(np.array(counts))


def test_a_bad_confidence_is_refused():
    with pytest.raises(InputError, match="confidence must lie between 0 and 1, not 95"):
        unseen(np.array([1, 2]), confidence=95)
