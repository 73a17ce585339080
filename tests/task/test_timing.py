"""Onset and trigger against the exact probabilities of both rules."""

import jax
import numpy as np
import pytest
from scipy.stats import chisquare

from slowpoints._errors import InputError
from slowpoints.task import Timing

DRAWS = 40_000


def probabilities(timing, length):
    """By the definitions: a table [onset, trigger]."""
    table = np.zeros((length, length))
    if timing.joint:
        pairs = [(s, a) for s in range(length) for a in range(length) if a - s >= timing.shortest_delay]
        for s, a in pairs:
            table[s, a] = 1 / len(pairs)
    else:
        onsets = length - timing.shortest_delay
        for s in range(onsets):
            for a in range(s + timing.shortest_delay, length):
                table[s, a] = 1 / onsets / (length - s - timing.shortest_delay)
    return table


@pytest.mark.parametrize("joint", [False, True])
@pytest.mark.parametrize(("shortest", "length"), [(4, 9), (1, 5), (4, 5)])
def test_times_have_the_exact_probabilities(joint, shortest, length):
    timing = Timing(shortest, joint)
    onset, trigger = map(np.asarray, timing.draw(jax.random.key(0), DRAWS, length))
    assert (trigger - onset).min() == shortest
    assert trigger.max() == length - 1
    assert onset.min() == 0
    expected = probabilities(timing, length)
    assert expected.sum() == pytest.approx(1)
    counts = np.histogram2d(onset, trigger, bins=np.arange(length + 1) - 0.5)[0]
    assert counts[expected == 0].sum() == 0
    if (expected > 0).sum() > 1:
        assert chisquare(counts[expected > 0], DRAWS * expected[expected > 0]).pvalue > 1e-3


def test_the_two_rules_differ():
    expected = probabilities(Timing(4, False), 9), probabilities(Timing(4, True), 9)
    assert abs(expected[0] - expected[1]).max() > 0.05


@pytest.mark.parametrize("joint", [False, True])
def test_a_trial_too_short_for_the_delay_is_refused(joint):
    with pytest.raises(
        InputError, match="A trial of 4 steps has no room for a delay of 4; make longest_delay at least 5"
    ):
        Timing(4, joint).draw(jax.random.key(0), 3, 4)
