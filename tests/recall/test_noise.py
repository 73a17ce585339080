"""Whatever noise a long run sees, each trial's is the task's: independent normal images."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints.networks import MemoryNetwork, UNITS
from slowpoints.recall import CommonNoise, MirroredNoise, OwnNoise
from slowpoints.task import DelayedRecall, Timing

PIXELS, BATCH, BANK, REPEATS = 2, 6, 5, 3000
MEAN, STD = 0.4, 0.3


def seen(noise, steps):
    """Images by repeat, step and trial: the input weights are the identity, so that the drive is the image."""
    network = MemoryNetwork.draw(UNITS["tanh"], image_shape=(PIXELS,), units=PIXELS, classes=2, key=jax.random.key(0))
    weights = network.unit.weights
    clear = type(weights)(jnp.eye(PIXELS), 0 * weights.trigger, weights.recurrent, 0 * weights.bias)
    network = MemoryNetwork(network.front_end, type(network.unit)(clear), network.readout)

    @jax.jit
    @jax.vmap
    def run(key):
        keys = jax.random.split(key, steps + 1)
        drawn = noise.draw(network, DelayedRecall(20, Timing(), MEAN, STD), batch=BATCH, key=keys[0])
        return jnp.stack([noise.drive(drawn, jnp.int32(age), batch=BATCH, key=keys[age + 1]) for age in range(steps)])

    return np.asarray(run(jax.random.split(jax.random.key(1), REPEATS)))


@pytest.fixture(scope="module")
def mirrored():
    return (seen(MirroredNoise(BANK, lasts=BANK), BANK) - MEAN) / STD


@pytest.mark.parametrize("noise", [OwnNoise(), CommonNoise()], ids=["own", "common"])
def test_a_trial_sees_normal_images(noise):
    z = (seen(noise, 1)[:, 0] - MEAN) / STD
    assert abs(z.mean()) < 5 / np.sqrt(REPEATS)
    np.testing.assert_allclose(np.cov(z[:, 0].T), np.eye(PIXELS), atol=5 * np.sqrt(2 / REPEATS))
    across = np.mean(z[:, 0] * z[:, 1])
    assert across == pytest.approx(1.0 if isinstance(noise, CommonNoise) else 0.0, abs=5 / np.sqrt(REPEATS))


def test_a_trial_s_whole_walk_is_independent_normals(mirrored):
    """All pixels of all steps of one trial: mean nought, covariance the identity, fourth moments those of a normal."""
    walk = mirrored[:, :, 2].reshape(REPEATS, -1)
    assert abs(walk.mean(0)).max() < 5 / np.sqrt(REPEATS)
    np.testing.assert_allclose(np.cov(walk.T), np.eye(BANK * PIXELS), atol=5 * np.sqrt(2 / REPEATS))
    squares = np.cov((walk**2).T)  # of independent normals: 2 on the diagonal, nothing elsewhere
    np.testing.assert_allclose(squares, 2 * np.eye(BANK * PIXELS), atol=5 * np.sqrt(96 / REPEATS))


def test_no_image_comes_twice_to_a_trial_of_a_bank(mirrored):
    first = np.abs(mirrored[..., 0])
    assert all(np.unique(np.round(first[i, :, b], 5)).size == BANK for i in range(100) for b in range(BATCH))


def test_trials_that_have_seen_the_same_bank_have_not_drifted_alike(mirrored):
    drift = mirrored.sum(1) / np.sqrt(BANK)  # over the whole bank, which all have seen then
    between = np.mean(drift[:, 0] * drift[:, 1])
    assert abs(between) < 5 / np.sqrt(PIXELS * REPEATS)
    # Images of the same members, though: their sizes agree.
    sizes = np.sort(np.abs(mirrored[..., 0]), axis=1)
    np.testing.assert_allclose(sizes[:, :, 0], sizes[:, :, 1], atol=1e-5)


@pytest.mark.parametrize("lasts", [0, 9])
def test_a_bank_cannot_last_longer_than_it_has_images(lasts):
    with pytest.raises(ValueError, match=rf"between 1 and the bank's 8 images, not {lasts}"):
        MirroredNoise(8, lasts)
