"""The answer at every step of short trials."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints.networks import MemoryNetwork, UNITS
from slowpoints.recall import answers
from slowpoints.task import DelayedRecall, ImagesByClass, SharedNoise, Timing, Trials
from tests.oracles import recurrent

FEATURES, N, CLASSES, STEPS = 4, 6, 3, 9
PICTURES = np.random.default_rng(0).uniform(size=(3, FEATURES)).astype(np.float32)
IMAGE, ONSET, TRIGGER = np.array([2, 0, 1, 0]), np.array([0, 3, 1, 2]), np.array([[4, 8], [7, 8], [5, 6], [6, 7]])


def answered(network, std):
    one = jnp.ones(CLASSES, jnp.int32)
    images = ImagesByClass(jnp.asarray(PICTURES), jnp.arange(CLASSES, dtype=jnp.int32), one)
    trials = Trials(*(jnp.asarray(a, jnp.int32) for a in (IMAGE, IMAGE, ONSET, TRIGGER)))
    task = DelayedRecall(20, Timing(), 0.3, std)
    return answers(network, task, images, trials, steps=STEPS, noise=SharedNoise(16), key=jax.random.key(1))


SEEDS = {"leaky_softplus": 2}
"""Of units whose first network answers all alike."""


def drawn(name):
    key = jax.random.key(SEEDS.get(name, 0))
    network = MemoryNetwork.draw(UNITS[name], image_shape=(FEATURES,), units=N, classes=CLASSES, key=key)
    return jax.tree.map(lambda a: 2 * a, network)


@pytest.mark.parametrize("name", UNITS)
def test_they_are_those_of_the_loop(name):
    """Without spread the noise is its mean, so every trial can be run through on its own."""
    network = drawn(name)
    found = np.asarray(answered(network, 0.0))
    assert found.shape == (STEPS, len(IMAGE))
    for b in range(len(IMAGE)):
        noise = np.full((STEPS, FEATURES), np.float32(0.3))
        inputs = recurrent.trial_inputs(noise, PICTURES[IMAGE[b]], ONSET[b], set(TRIGGER[b]))
        outputs, _ = recurrent.rollout(name, network, inputs)
        ordered = np.sort(outputs, axis=1)
        clear = ordered[:, -1] - ordered[:, -2] > 1e-5
        assert clear.sum() > STEPS / 2
        np.testing.assert_array_equal(found[clear, b], outputs.argmax(1)[clear])
    assert np.unique(found).size > 1


def test_one_program_for_noise_of_any_strength():
    network = drawn("gru")
    quiet = answered(network, 0.0)
    before = answers._cache_size()
    loud = answered(network, 5.0)
    assert answers._cache_size() == before
    assert (quiet != loud).any()
