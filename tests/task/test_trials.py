"""Which images a batch of trials shows."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import chisquare

from slowpoints.task import DelayedRecall, draw_trials, ImagesByClass, Timing

COUNT = np.array([2, 7, 1])
DRAWS = 20_000


def images():
    pixels = np.arange(10, dtype=np.float32)[:, None] / 10
    return ImagesByClass(
        jnp.asarray(pixels), jnp.asarray(np.cumsum(COUNT) - COUNT, jnp.int32), jnp.asarray(COUNT, jnp.int32)
    )


def drawn(vocabulary):
    task = DelayedRecall(20, Timing(), 0.4, 0.3)
    return draw_trials(task, images(), batch=DRAWS, longest_delay=8, vocabulary=vocabulary, key=jax.random.key(0))


@pytest.mark.parametrize("vocabulary", [1, 2, 3])
def test_classes_and_images_are_equally_likely(vocabulary):
    trials = drawn(vocabulary)
    label, image = np.asarray(trials.label), np.asarray(trials.image)
    of_class = np.repeat(np.arange(3), COUNT)
    np.testing.assert_array_equal(of_class[image], label)
    assert label.max() == vocabulary - 1
    if vocabulary > 1:
        assert chisquare(np.bincount(label, minlength=vocabulary)).pvalue > 1e-3
    for k in range(vocabulary):
        shown = np.bincount(image[label == k] - (np.cumsum(COUNT) - COUNT)[k], minlength=COUNT[k])
        assert len(shown) == COUNT[k]
        assert (shown > 0).all()  # the last one too
        if COUNT[k] > 1:
            assert chisquare(shown).pvalue > 1e-3


def test_the_vocabulary_may_be_traced():
    traced = jax.jit(drawn)(jnp.asarray(2, jnp.int32))
    jax.tree.map(np.testing.assert_array_equal, traced, drawn(2))


def test_one_trigger_within_the_trial_and_independent_of_the_class():
    trials = drawn(2)
    assert trials.trigger.shape == (DRAWS, 1)
    delay = np.asarray(trials.trigger[:, 0] - trials.onset)
    assert delay.min() == 4
    assert np.asarray(trials.trigger).max() == 7
    means = [delay[np.asarray(trials.label) == k].mean() for k in range(2)]
    assert abs(means[0] - means[1]) < 5 * delay.std() * np.sqrt(4 / DRAWS)
