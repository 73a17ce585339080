"""Prediction across networks, against scikit-learn's and SciPy's, and on data with a known answer."""

import numpy as np
import pytest
from scipy.stats import spearmanr, ttest_rel
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import cross_val_predict, LeaveOneGroupOut

from slowpoints.claims import CLAIMS, judge, network_predictors, QUANTITIES, retention_predictors, Verdict
from slowpoints.claims._retention import gain_estimate, predict, r2_estimate, within_networks
from tests.made_up import study


def made_up(networks: int = 5, classes: int = 6, noise: float = 0.05):
    random = np.random.default_rng(1)
    good, bad = random.normal(size=(2, networks, classes))
    return good, bad, np.clip(0.5 + 0.1 * good + noise * random.normal(size=good.shape), 0, 1)


def test_predictions_are_least_squares_on_the_other_networks():
    good, bad, accuracy = made_up()
    group = np.repeat(np.arange(5), 6)
    features = np.stack([good.ravel(), bad.ravel()], axis=1)
    left_out = cross_val_predict(LinearRegression(), features, accuracy.ravel(), groups=group, cv=LeaveOneGroupOut())
    expected = ((left_out.reshape(5, 6) - accuracy) ** 2).sum(1)
    np.testing.assert_allclose(predict([good, bad], accuracy).errors, expected, rtol=1e-8)


def test_a_lacking_value_is_a_quantity_of_its_own():
    good, _, accuracy = made_up(noise=0.0)
    lacking = np.zeros_like(good, bool)
    lacking[:, 0] = True
    accuracy = np.where(lacking, 0.1, accuracy)
    assert predict([np.where(lacking, np.nan, good)], accuracy).r2 > 0.999


def test_what_says_nothing_predicts_no_better_than_the_mean():
    good, bad, accuracy = made_up()
    useless, useful = predict([bad], accuracy), predict([good], accuracy)
    assert useless.r2 < 0.1 < 0.7 < useful.r2
    estimate = r2_estimate(useful)
    assert estimate.interval is not None
    assert estimate.value == pytest.approx(useful.r2)
    assert estimate.interval[0] < estimate.value < estimate.interval[1]
    gain = gain_estimate(useful, useless)
    assert gain.value == pytest.approx(useful.r2 - useless.r2)
    assert gain.interval is not None
    assert gain.interval[0] > 0


def test_too_few_networks_have_no_interval():
    good, _, accuracy = made_up(networks=3)
    assert r2_estimate(predict([good], accuracy)).interval is None
    assert within_networks(good, accuracy).interval is None


def test_ranks_are_compared_within_networks():
    good, _, accuracy = made_up()
    expected = np.mean([spearmanr(a, b)[0] for a, b in zip(good, accuracy, strict=True)])
    shifted = good + np.arange(5)[:, None] * 100
    estimate = within_networks(shifted, accuracy)
    assert estimate.value == pytest.approx(expected)
    assert estimate.interval is not None


def test_the_quantity_that_was_planted_predicts():
    found = retention_predictors(study(seeds=4))
    assert list(found["quantity"].values) == list(QUANTITIES)
    here = found.isel(setting=0)
    assert int(here["networks"]) == 8  # the naive ones remember nothing and are left out
    assert float(here["r2"].sel(quantity="lifetime")) > 0.5 > float(here["r2"].sel(quantity="noise drift"))
    assert float(here["spearman"].sel(quantity="lifetime")) > 0.9


def test_networks_are_told_apart_as_by_hand():
    results = study(seeds=6)
    found = network_predictors(results).sel(quantity="lowest speed").isel(setting=0)
    both = np.isin(results["lifetimes"]["protocol"].values, ("DeCu", "VoCu"))
    speed = np.log10(results["lifetimes"]["lowest_root_speed"].sel(origin="mean").values[both])
    kept = results["extrapolation"]["delay_accuracy"].sel(split="test", delay=200).values[both].mean(1)
    median = np.median(speed, axis=1)
    assert float(found["spearman"]) == pytest.approx(spearmanr(median, kept)[0])
    assert float(found["difference"]) == pytest.approx(np.mean(median[:6] - median[6:]))
    paired = ttest_rel(median[:6], median[6:]).confidence_interval(0.95)
    np.testing.assert_allclose([found["difference_low"], found["difference_high"]], paired)
    assert found["share"].values.tolist() == [1, 1]


def test_classes_without_a_point_have_no_share_in_its_speed():
    results = study(seeds=4)
    points = results["slow_points"]
    lost = (points["protocol"] == "VoCu") & (points["class"] < 5)
    points["outcome"] = points["outcome"].where(~lost, "unfinished")
    share = network_predictors(results)["share"].isel(setting=0)
    all_of_it = network_predictors(study(seeds=4))["share"].isel(setting=0)
    assert float(share.sel(quantity="point speed", protocol="VoCu")) < float(
        all_of_it.sel(quantity="point speed", protocol="VoCu")
    )
    assert float(share.sel(quantity="lowest speed", protocol="VoCu")) == 1


def test_a_setting_without_the_curricula_says_nothing():
    found = network_predictors(study(seeds=3, protocols=("naive",), readouts=("linear",)))
    assert found.sizes["setting"] == 1
    assert all(bool(values.isnull().all()) for values in found.data_vars.values())


def test_claim_102_follows_what_was_planted():
    (claim,) = (claim for claim in CLAIMS if claim.id == 102)
    results = study(seeds=6, rank=0, effect=0.0)
    assert claim.test(results).verdict is Verdict.REPLICATED
    swapped = results["lifetimes"]["lifetime"].copy()
    random = np.random.default_rng(0)
    results["lifetimes"]["lifetime"] = swapped.copy(data=random.integers(1, 1000, swapped.shape))
    assert claim.test(results).verdict is not Verdict.REPLICATED
    (without,) = (j.evidence for j in judge(study(seeds=2, without=("lifetimes",))) if j.claim.id == 102)
    assert without.verdict is Verdict.NOT_TESTED
