"""Statistics against SciPy and against formulas written out."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import stats

from slowpoints.claims import _statistics, Verdict
from slowpoints.claims._statistics import (
    difference_to_published,
    mean_estimate,
    paired_difference,
    sign_flip_p,
    spearman_by_network,
)
from slowpoints.claims._verdicts import all_of, between, one_side

numbers = st.lists(st.floats(-100, 100), min_size=2, max_size=12)


@given(numbers)
def test_mean_and_interval_are_students(values):
    found = mean_estimate(values)
    n = len(values)
    assert found.value == pytest.approx(np.mean(values))
    error = np.std(values, ddof=1) / np.sqrt(n)
    assert found.standard_error == pytest.approx(error)
    half = stats.t.ppf(0.975, n - 1) * error
    assert found.interval == pytest.approx((np.mean(values) - half, np.mean(values) + half))


def test_paired_difference_is_the_paired_t_test():
    random = np.random.default_rng(0)
    first, second = random.normal(1, 1, 8), random.normal(0, 1, 8)
    test = stats.ttest_rel(first, second)
    ends = test.confidence_interval(0.95)
    assert paired_difference(first, second).interval == pytest.approx((ends.low, ends.high))


def test_difference_to_published_is_welchs():
    random = np.random.default_rng(0)
    ours, theirs = random.normal(95, 1, 6), random.normal(94, 2, 10)
    error = theirs.std(ddof=1) / np.sqrt(10)
    ends = stats.ttest_ind(ours, theirs, equal_var=False).confidence_interval(0.95)
    found = difference_to_published(ours, theirs.mean(), error, 10)
    assert found.interval == pytest.approx((ends.low, ends.high))


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_have_no_interval(n):
    assert mean_estimate(np.ones(n)).interval is None
    assert difference_to_published(np.ones(n), 1.0, 0.1, 10).interval is None


def test_spearman_is_scipys_with_ties():
    random = np.random.default_rng(0)
    first = [random.integers(0, 6, 10) for _ in range(5)]
    second = [a + random.integers(0, 6, 10) for a in first]
    expected, _ = stats.spearmanr(np.concatenate(first), np.concatenate(second))
    assert spearman_by_network(first, second).value == pytest.approx(expected)


def test_the_bootstrap_resamples_whole_networks():
    # With networks all alike, every resample is the sample, however many points there are.
    x, y = np.array([1.0, 2, 3, 4]), np.array([1.0, 3, 2, 4])
    found = spearman_by_network([x] * 6, [y] * 6)
    assert found.n == 6
    assert found.interval == pytest.approx((found.value, found.value))


def test_the_bootstrap_interval_matches_one_by_hand():
    random = np.random.default_rng(1)
    first = [random.normal(size=8) for _ in range(6)]
    second = [a + random.normal(size=8) for a in first]
    draws = np.random.default_rng(0).integers(6, size=(4000, 6))
    by_hand = []
    for drawn in draws:
        x, y = (np.concatenate([side[i] for i in drawn]) for side in (first, second))
        rho, _ = stats.spearmanr(x, y)
        by_hand.append(rho)
    tail = stats.norm.cdf(-np.sqrt(6 / 5) * stats.t.ppf(0.975, 5))
    expected = np.quantile(by_hand, [tail, 1 - tail])
    assert spearman_by_network(first, second).interval == pytest.approx(expected)


def test_spearman_of_constants_or_few_networks_has_no_interval():
    x = np.arange(5.0)
    assert np.isnan(spearman_by_network([x] * 5, [np.ones(5)] * 5).value)
    assert spearman_by_network([x] * 3, [x] * 3).interval is None
    assert spearman_by_network([x[:0]], [x[:0]]).n == 0


def test_sign_flips_are_scipys_exact_permutation_test():
    differences = np.random.default_rng(3).normal(0.5, 1, 9)
    exact = stats.permutation_test(
        (differences,), np.mean, permutation_type="samples", n_resamples=10_000, alternative="two-sided"
    )
    assert sign_flip_p(differences) == pytest.approx(exact.pvalue)
    many = np.random.default_rng(3).normal(0.2, 1, 40)
    assert sign_flip_p(many) == pytest.approx(stats.ttest_1samp(many, 0)[1], abs=0.02)
    with pytest.raises(ValueError, match="at least one pair"):
        sign_flip_p([])


@given(numbers, st.sampled_from([1, -1]))
def test_a_verdict_turns_with_the_sign(values, sign):
    estimate = mean_estimate(values)
    turned = {
        Verdict.REPLICATED: Verdict.NOT_REPLICATED,
        Verdict.NOT_REPLICATED: Verdict.REPLICATED,
        Verdict.UNDECIDED: Verdict.UNDECIDED,
    }
    assert one_side(estimate, -sign, "").verdict is turned[one_side(estimate, sign, "").verdict]


def test_directions_follow_the_whole_interval():
    assert one_side(mean_estimate([1, 1.1, 0.9]), 1, "").verdict is Verdict.REPLICATED
    assert one_side(mean_estimate([-1, -1.1, -0.9]), 1, "").verdict is Verdict.NOT_REPLICATED
    assert one_side(mean_estimate([-1, 1, 0.9]), 1, "").verdict is Verdict.UNDECIDED
    assert one_side(mean_estimate([0, 0, 0]), 1, "").verdict is Verdict.UNDECIDED
    assert one_side(mean_estimate([5]), 1, "").verdict is Verdict.UNDECIDED
    with pytest.raises(ValueError, match="sign is 2"):
        one_side(mean_estimate([1, 2]), 2, "")


def test_ranges_include_their_bounds():
    assert between(mean_estimate([0, 0]), 0, 1, "").verdict is Verdict.REPLICATED
    assert between(mean_estimate([2, 2]), 0, 1, "").verdict is Verdict.NOT_REPLICATED
    assert between(mean_estimate([0, 1]), 0, 1, "").verdict is Verdict.UNDECIDED


def test_parts_are_joined_like_and():
    yes = between(mean_estimate([0.5, 0.5]), 0, 1, "")
    no = between(mean_estimate([2, 2]), 0, 1, "")
    vague = between(mean_estimate([0, 1]), 0, 1, "")
    assert all_of([yes, yes]).verdict is Verdict.REPLICATED
    assert all_of([yes, vague]).verdict is Verdict.UNDECIDED
    assert all_of([yes, vague, no]).verdict is Verdict.NOT_REPLICATED
    assert all_of([]).verdict is Verdict.NOT_TESTED
    assert all_of([yes], beside=[no]).verdict is Verdict.REPLICATED


def test_resamples_are_the_same_however_many_are_worked_on_at_a_time(monkeypatch):
    random = np.random.default_rng(1)
    first = [random.integers(0, 5, size=size).astype(float) for size in (3, 0, 7, 2, 5, 4)]
    second = [values + random.normal(size=values.size).round() for values in first]
    differences = random.normal(size=20)
    rho, p = spearman_by_network(first, second), sign_flip_p(differences)
    assert rho.value == pytest.approx(stats.spearmanr(np.concatenate(first), np.concatenate(second)).statistic)
    monkeypatch.setattr(_statistics, "BLOCK", 50)
    assert spearman_by_network(first, second) == rho
    assert sign_flip_p(differences) == p
