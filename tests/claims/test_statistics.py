"""Statistics against SciPy and against formulas written out."""

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import stats

from slowpoints.claims import _statistics, Verdict
from slowpoints.claims._rank_correlation import spearman_by_network, spearman_over_networks
from slowpoints.claims._statistics import (
    CORRELATION,
    difference_to_published,
    equivalence_p,
    mean_estimate,
    needed_networks,
    paired_difference,
    predicted_mean,
    SHARE,
    share_of_networks,
    sign_flip_p,
    UNBOUNDED,
)
from slowpoints.claims._verdicts import all_of, between, one_side

numbers = st.lists(st.floats(-100, 100), min_size=3, max_size=12)


@given(numbers)
def test_mean_and_interval_are_students(values):
    found = paired_difference(values, np.zeros(len(values)))
    n = len(values)
    assert found.value == pytest.approx(np.mean(values))
    error = np.std(values, ddof=1) / np.sqrt(n)
    assert found.standard_error == pytest.approx(error)
    half = stats.t.ppf(0.975, n - 1) * error
    assert found.interval == pytest.approx((np.mean(values) - half, np.mean(values) + half), abs=1e-9)


@given(numbers)
def test_a_lopsided_sample_has_the_longer_side_where_it_trails_off(values):
    # The term in the skewness of Student's t, by SciPy's own skewness.
    found, plain = mean_estimate(values), paired_difference(values, np.zeros(len(values)))
    assert found.interval is not None
    assert plain.interval is not None
    longer = np.array([plain.interval[0] - found.interval[0], found.interval[1] - plain.interval[1]])
    n = len(values)
    expected = 0.0
    if np.ptp(values) > 1e-6:
        t = stats.t.ppf(0.975, n - 1)
        expected = stats.skew(values, bias=False) * (1 + 2 * t**2) / 6 * np.std(values, ddof=1) / n
    if np.ptp(values) > 1e-6:
        assert longer == pytest.approx([max(-expected, 0), max(expected, 0)], abs=1e-6)


def test_an_interval_within_bounds_is_straight_in_log_odds():
    values = [97.0, 99.5, 91.0, 98.0]
    plain = paired_difference(values, np.zeros(4))
    bent = paired_difference(values, np.zeros(4), SHARE)
    assert plain.interval is not None
    assert bent.interval is not None
    assert plain.interval[1] > 100 > bent.interval[1]

    def log_odds(share):
        return np.log(share / (100 - share))

    # The chord over a tiny step is the tangent.
    steep = (log_odds(plain.value + 1e-5) - log_odds(plain.value - 1e-5)) / 2e-5
    half = (plain.interval[1] - plain.interval[0]) / 2
    away = log_odds(np.array(bent.interval)) - log_odds(bent.value)
    assert away == pytest.approx([-steep * half, steep * half], rel=1e-5)


def test_of_a_correlation_the_interval_is_fishers():
    values = [0.9, 0.7, 0.95, 0.8]
    found = paired_difference(values, np.zeros(4), CORRELATION)
    error = np.std(values, ddof=1) / 2 / (1 - np.mean(values) ** 2)
    half = stats.t.ppf(0.975, 3) * error
    ends = np.tanh(np.arctanh(np.mean(values)) + np.array([-half, half]))
    assert found.interval == pytest.approx(tuple(ends))


def test_a_share_of_networks_is_exact():
    found = share_of_networks([True] * 5 + [False])
    assert found.interval is not None
    low, high = (end / 100 for end in found.interval)
    # Clopper and Pearson: at the ends what was seen or more, or less, is as likely as 2.5 %.
    assert stats.binom.sf(4, 6, low) == pytest.approx(0.025)
    assert stats.binom.cdf(5, 6, high) == pytest.approx(0.025)


@pytest.mark.parametrize("bounds", [UNBOUNDED, (-40.0, 40.0)])
def test_as_many_networks_as_are_needed_decide_and_one_fewer_does_not(bounds):
    def of(n: int):
        # Networks of mean 1 and deviation 2, symmetric, however many there are.
        values = np.resize([-1.0, 1.0], n) if n % 2 == 0 else np.concatenate([np.resize([-1.0, 1.0], n - 1), [0.0]])
        return paired_difference(1 + 2 * values / values.std(ddof=1), np.zeros(n), bounds)

    needed = needed_networks(of(4), 0, math.inf)
    assert needed is not None
    assert one_side(of(needed), 1, "").verdict is Verdict.REPLICATED
    assert one_side(of(needed - 1), 1, "").verdict is Verdict.UNDECIDED
    assert one_side(of(4), 1, "").needed == needed
    assert f"about {needed} networks would decide it" in one_side(of(4), 1, "").reason


def test_of_networks_that_are_all_alike_as_many_are_needed_as_the_binomial_says():
    assert one_side(share_of_networks([True] * 3), 1, "", bound=50).needed == 6
    assert one_side(share_of_networks([True] * 6), 1, "", bound=50).verdict is Verdict.REPLICATED
    assert one_side(share_of_networks([True] * 5), 1, "", bound=50).verdict is Verdict.UNDECIDED


def test_no_number_is_promised_where_none_would_do():
    assert needed_networks(mean_estimate([1.0]), 0, math.inf) is None
    assert needed_networks(mean_estimate([-1.0, 0.0, 1.0]), 0, math.inf) is None
    # What the paper's own error leaves open, no number of ours closes.
    assert needed_networks(difference_to_published([95.0, 96.0, 97.0], 95.0, 5.0, 10), -2, 2) is None
    assert "alone would not decide it" in one_side(mean_estimate([-1.0, 0.0, 1.0]), 1, "").reason


def test_two_one_sided_tests_are_scipys():
    values = np.random.default_rng(2).normal(0.5, 1, 8)
    expected = max(
        stats.ttest_1samp(values, -2, alternative="greater").pvalue,  # pyright: ignore[reportAttributeAccessIssue]
        stats.ttest_1samp(values, 2, alternative="less").pvalue,  # pyright: ignore[reportAttributeAccessIssue]
    )
    estimate = mean_estimate(values)
    assert equivalence_p(estimate, -2, 2) == pytest.approx(expected)
    assert between(estimate, -2, 2, "", same=True).equivalence_p == pytest.approx(expected)
    assert between(estimate, -2, 2, "").equivalence_p is None


def test_a_predicted_mean_holds_the_mean_of_another_study_as_often_as_it_says():
    random = np.random.default_rng(4)
    inside = 0
    for _ in range(2000):
        low, high = predicted_mean(random.normal(size=4), 10) or (0, 0)
        inside += low <= random.normal(size=10).mean() <= high
    ends = stats.binomtest(inside, 2000).proportion_ci(0.999)
    assert ends.low < 0.95 < ends.high
    assert predicted_mean([1.0], 10) is None


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


@pytest.mark.parametrize("n", [0, 1, 2])
def test_too_few_have_no_interval(n):
    assert mean_estimate(np.ones(n)).interval is None
    assert difference_to_published(np.ones(n), 1.0, 0.1, 10).interval is None


def test_spearman_is_scipys_with_ties():
    random = np.random.default_rng(0)
    first = [random.integers(0, 6, 10) for _ in range(5)]
    second = [a + random.integers(0, 6, 10) for a in first]
    expected, _ = stats.spearmanr(np.concatenate(first), np.concatenate(second))
    assert spearman_by_network(first, second, [np.arange(10)] * 5).value == pytest.approx(expected)


def test_the_bootstrap_interval_matches_one_by_hand():
    random = np.random.default_rng(1)
    first = [random.normal(size=8) for _ in range(6)]
    second = [a + random.normal(size=8) for a in first]
    networks = np.random.default_rng(0).integers(6, size=(4000, 6))
    classes = np.random.default_rng(1).integers(8, size=(4000, 8))
    one, other = np.array(first), np.array(second)
    resampled = (
        [side[networks[:, :, None], classes[:, None, :]] for side in (one, other)],
        [side[networks] for side in (one, other)],
    )
    by_hand = []
    for sides in resampled:
        # ρ is the correlation of ranks.
        x, y = (stats.rankdata(side.reshape(4000, -1), axis=1) for side in sides)
        x, y = (ranks - ranks.mean(1, keepdims=True) for ranks in (x, y))
        by_hand.append((x * y).sum(1) / np.sqrt((x**2).sum(1) * (y**2).sum(1)))
    ends = []
    for rho, n in zip(by_hand, (8, 6), strict=True):
        tail = stats.norm.cdf(-np.sqrt(n / (n - 1)) * stats.t.ppf(0.975, n - 1))
        ends.append(np.quantile(rho, [tail, 1 - tail]))
    expected = min(low for low, _ in ends), max(high for _, high in ends)
    assert spearman_by_network(first, second, [np.arange(8)] * 6).interval == pytest.approx(expected)


def test_spearman_of_constants_or_few_networks_has_no_interval():
    x = np.arange(5.0)
    assert np.isnan(spearman_by_network([x] * 5, [np.ones(5)] * 5, [x] * 5).value)
    assert spearman_by_network([x] * 3, [x] * 3, [x] * 3).interval is None
    assert spearman_by_network([x[:3]] * 5, [x[:3]] * 5, [x[:3]] * 5).interval is None
    assert spearman_by_network([x[:0]], [x[:0]], [x[:0]]).n == 0


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
    assert between(mean_estimate([0, 0, 0]), 0, 1, "").verdict is Verdict.REPLICATED
    assert between(mean_estimate([2, 2, 2]), 0, 1, "").verdict is Verdict.NOT_REPLICATED
    assert between(mean_estimate([0, 1, 1]), 0, 1, "").verdict is Verdict.UNDECIDED


def test_parts_are_joined_like_and():
    yes = between(mean_estimate([0.5, 0.5, 0.5]), 0, 1, "")
    no = between(mean_estimate([2, 2, 2]), 0, 1, "")
    vague = between(mean_estimate([0, 1, 1]), 0, 1, "")
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
    classes = [np.arange(values.size) for values in first]
    rho, p = spearman_by_network(first, second, classes), sign_flip_p(differences)
    assert rho.value == pytest.approx(stats.spearmanr(np.concatenate(first), np.concatenate(second)).statistic)
    monkeypatch.setattr(_statistics, "BLOCK", 50)
    assert spearman_by_network(first, second, classes) == rho
    assert sign_flip_p(differences) == p


@pytest.mark.parametrize("n", range(4, 13))
def test_ranks_that_all_agree_have_no_interval_however_rho_is_rounded(n):
    perfect = spearman_over_networks(np.arange(n), np.arange(n) ** 2.0)
    assert perfect.value == pytest.approx(1)
    assert perfect.interval is None
    assert one_side(perfect, 1, "networks", bound=0.5).verdict is Verdict.UNDECIDED
