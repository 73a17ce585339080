"""Clouds whose answers are known, and those of networks that are known."""

import numpy as np
import pytest
from sklearn.metrics import silhouette_score

from slowpoints._errors import InputError
from slowpoints.measurements import MEASUREMENTS, Subject
from slowpoints.measurements._clouds import CloudSettings, described
from slowpoints.study import config_from
from tests.recall import hand_built

CLASSES, TRIALS, WIDTH = 10, 20, 30


def planted(near=0.1, far=0.1, quiet=0.1, apart=1.0, kept=CLASSES, seed=0):
    """Round clouds about random centres in three of many directions; classes from `kept` on are read out as null."""
    random = np.random.default_rng(seed)
    directions = np.linalg.qr(random.normal(size=(WIDTH, 3)))[0].T
    corners = np.array([(x, y, z) for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 1)], float)[:CLASSES]
    centres = apart * corners @ directions
    widths = np.array([near, far, quiet]).reshape(3, 1, 1, 1) / WIDTH**0.5
    states = centres[:, None] + widths * random.normal(size=(3, CLASSES, TRIALS, WIDTH))
    answers = np.tile(np.arange(CLASSES)[:, None], (3, 1, TRIALS))
    answers[1, kept:] = -1
    return states, answers


def test_separated_clouds_are_told_apart_and_counted():
    states, answers = planted(kept=6)
    found = described(states, answers, permutations=99)
    np.testing.assert_array_equal(found["told"], np.ones(CLASSES))
    assert found["silhouette"] > 0.7
    assert found["silhouette_p"] == 1 / 100
    np.testing.assert_array_equal(found["clusters"], [10, 10, 10])
    np.testing.assert_array_equal(found["named"], [np.ones(10), np.arange(10) < 6, np.ones(10)])
    np.testing.assert_allclose(found["width"], 0.1, rtol=0.15)
    assert np.isnan(found["named_width"][1, 6:]).all()
    np.testing.assert_array_equal(found["named_width"][1, :6], found["width"][1, :6])


def test_the_components_are_those_of_the_trained_delay():
    states, answers = planted(near=0.3, seed=1)
    found = described(states, answers, permutations=1)
    flat = states[0].reshape(-1, WIDTH)
    values, vectors = np.linalg.eigh(np.cov(flat.T))
    for k in range(3):
        ours = found["projected"].reshape(3, -1, 3)[2, :, k]
        want = (states[2].reshape(-1, WIDTH) - flat.mean(0)) @ vectors[:, -1 - k]
        np.testing.assert_allclose(ours, want * np.sign(ours @ want), atol=1e-9)
    np.testing.assert_allclose(found["share"], values[::-1][:3] / values.sum(), rtol=1e-9)


def test_the_silhouette_is_scikit_learns():
    states, answers = planted(near=2.0, seed=2)
    found = described(states, answers, permutations=1)
    labels = np.repeat(np.arange(CLASSES), TRIALS)
    assert found["silhouette"] == pytest.approx(silhouette_score(found["projected"][0].reshape(-1, 3), labels))


def test_clouds_on_one_heap_are_not_told_apart():
    states, answers = planted(apart=0.0, seed=3)
    found = described(states, answers, permutations=99)
    assert found["told"].mean() == pytest.approx(0.1, abs=0.08)
    assert found["silhouette"] < 0
    assert found["silhouette_p"] > 0.01
    assert found["clusters"][0] <= 2


def test_points_that_coincide_are_distinct_clusters():
    states, answers = planted(far=0.0, seed=4)
    states[1, 7:] = states[1, 6]  # four classes have ended at one point
    found = described(states, answers, permutations=1)
    assert found["clusters"][1] == 7
    np.testing.assert_allclose(found["width"][1, :7], 0, atol=1e-12)


@pytest.mark.unchecked  # the subject has no history and no corpus
def test_states_of_a_perfect_network_are_named_in_every_condition(monkeypatch):
    settings = CloudSettings(delay=5, long_delay=40, trials_per_class=6, permutations=9)

    class OfPerfect(Subject):
        network = hand_built.perfect()  # pyright: ignore[reportAssignmentType]
        test = hand_built.images()  # pyright: ignore[reportAssignmentType]

    class Corpus:
        classes = hand_built.CLASSES

    subject = OfPerfect(None, Corpus(), hand_built.TASK, None, 0)  # pyright: ignore[reportArgumentType]
    found = MEASUREMENTS["clouds"].measure(subject, settings, {}, lambda words: None)
    np.testing.assert_array_equal(found["named"], np.ones((3, hand_built.CLASSES)))
    np.testing.assert_array_equal(found["told"], np.ones(hand_built.CLASSES))
    np.testing.assert_array_equal(found["answer"].values, np.arange(3)[None, :, None] * np.ones((3, 1, 6)))
    assert int(found["clusters"].sel(condition="long delay")) == hand_built.CLASSES


def test_delays_that_make_no_sense_are_refused():
    with pytest.raises(InputError, match=r"long_delay must be above delay \(20\); got 20"):
        CloudSettings(long_delay=20)
    with pytest.raises(InputError, match=r"clouds.delay must be at least task.shortest_delay \(4\); got 3"):
        config_from({"measurements": {"clouds": {"delay": 3}}})
