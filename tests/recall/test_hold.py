"""Holding through a delay is the trial with that delay, and costs one program whatever its length."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints.networks import MemoryNetwork, UNITS
from slowpoints.recall import CommonNoise, hold, MirroredNoise, OwnNoise
from slowpoints.recall._hold import _run
from slowpoints.task import DelayedRecall, Timing
from tests.oracles import recurrent

FEATURES, N, CLASSES = 4, 6, 3
BANK = MirroredNoise(16, 4)
ONSET = np.array([0, 3, 1, 5, 3])
PICTURES = np.random.default_rng(0).uniform(size=(5, FEATURES)).astype(np.float32)


def drawn(name):
    network = MemoryNetwork.draw(UNITS[name], image_shape=(FEATURES,), units=N, classes=CLASSES, key=jax.random.key(0))
    return jax.tree.map(lambda a: 2 * a, network)


def held(network, delays, *, noise=BANK, std=0.0, key=0):
    return list(
        hold(
            network,
            DelayedRecall(20, Timing(), 0.3, std),
            jnp.asarray(PICTURES),
            jnp.asarray(ONSET, jnp.int32),
            delays,
            noise=noise,
            key=jax.random.key(key),
        )
    )


@pytest.mark.parametrize("name", UNITS)
def test_each_delay_is_the_trial_with_that_delay(name):
    """Without spread the noise is its mean, so every trial can be run through on its own."""
    network, delays = drawn(name), (1, 2, 7, 20)
    for delay, result in zip(delays, held(network, delays), strict=True):
        assert result.delay == delay
        for b, onset in enumerate(ONSET):
            noise = np.full((onset + delay + 1, FEATURES), np.float32(0.3))
            inputs = recurrent.trial_inputs(noise, PICTURES[b], onset, {onset + delay})
            outputs, states = recurrent.rollout(name, network, inputs)
            jax.tree.map(
                lambda got, want, b=b: np.testing.assert_allclose(got[b], want, atol=2e-5), result.state, states[-2]
            )
            ordered = np.sort(outputs[-1])
            assert ordered[-1] - ordered[-2] > 1e-4, "a tie would test nothing; choose another key"
            assert int(result.answer[b]) == outputs[-1].argmax()


@pytest.mark.parametrize("noise", [MirroredNoise(8, 4), OwnNoise(), CommonNoise()], ids=["mirrored", "own", "common"])
def test_asking_on_the_way_changes_nothing(noise):
    network = drawn("gru")
    *_, often = held(network, (1, 4, 9), noise=noise, std=1.0)
    (once,) = held(network, (9,), noise=noise, std=1.0)
    np.testing.assert_array_equal(often.state, once.state)
    np.testing.assert_array_equal(often.answer, once.answer)


def test_noise_is_fresh_at_every_step_and_by_key():
    """A network without memory shows the noise of the last step before the trigger."""
    network = drawn("tanh")
    weights = network.unit.weights
    forgetful = type(network.unit)(type(weights)(weights.input, weights.trigger, 0 * weights.recurrent, weights.bias))
    network = MemoryNetwork(network.front_end, forgetful, network.readout)
    results = held(network, tuple(range(2, 30)), noise=OwnNoise(), std=1.0)
    states = np.stack([result.state for result in results]).reshape(-1, N)
    assert np.unique(states[:, 0]).size == states.shape[0]
    other = held(network, (2,), noise=OwnNoise(), std=1.0, key=1)[0]
    assert not np.allclose(other.state, results[0].state)


def test_one_program_for_all_delays():
    network = drawn("tanh")
    held(network, (3,))
    before = _run._cache_size()
    held(network, (1, 10, 11, 1000))
    assert _run._cache_size() == before


def test_before_the_image_only_noise_was_seen():
    """Without spread: the noise's mean, as often as the trial has run by then."""
    network = drawn("gru")
    for result in held(network, (-4, -1, 0)):
        for b, onset in enumerate(ONSET):
            seen = np.full((max(onset + result.delay, 0), FEATURES), np.float32(0.3))
            state = network.unit.initial_state()
            for features in seen:
                state = network.unit.step(state, network.drive(jnp.asarray(features)))
            np.testing.assert_allclose(result.state[b], state, atol=2e-5)


@pytest.mark.parametrize("delays", [(), (-5, 1), (-7,), (2, 2), (5, 3)])
def test_delays_must_increase_from_the_first_step(delays):
    with pytest.raises(ValueError, match="delays must increase from at least -4; got"):
        held(drawn("tanh"), delays)
