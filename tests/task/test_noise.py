"""Both kinds of noise give each trial fresh normal images; the shared bank changes no gradient's mean."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.networks import MemoryNetwork, outputs_during, trial_drives, UNITS
from slowpoints.task import IndependentNoise, loss_and_score, SharedNoise, Trials

both = pytest.mark.parametrize("noise", [IndependentNoise(), SharedNoise(64)], ids=["independent", "shared"])


def identity(images):
    return images


@both
def test_pixels_have_the_moments_asked_for(noise):
    draw = jax.jit(lambda key: noise.drives(identity, steps=8, batch=5, pixels=6, mean=0.4, std=0.3, key=key))
    images = np.stack([draw(key) for key in jax.random.split(jax.random.key(0), 100)])
    assert images.shape == (100, 8, 5, 6)
    independent = 100 * 8 * 6  # the steps of one trial, at least, in each draw
    assert images.mean() == pytest.approx(0.4, abs=5 * 0.3 / np.sqrt(independent))
    assert images.std() == pytest.approx(0.3, rel=5 / np.sqrt(2 * independent))
    assert images.min() < 0
    assert images.max() > 1  # not clipped
    z = (images - 0.4) / 0.3
    # Steps of a trial, and pixels of an image, are uncorrelated.
    assert abs((z[:, 1:] * z[:, :-1]).mean()) < 5 / np.sqrt(independent)
    assert abs((z[..., 1:] * z[..., :-1]).mean()) < 5 / np.sqrt(independent)
    assert abs((z[:, 0] * z[:, -1]).mean()) < 5 / np.sqrt(100 * 6)


@both
def test_a_trial_sees_its_image_at_its_onset_and_the_same_noise_else(noise):
    target = 9 + np.arange(12, dtype=np.float32).reshape(4, 3)
    onset = np.array([0, 2, 2, 5])
    options = {"steps": 6, "batch": 4, "pixels": 3, "mean": 0.4, "std": 0.3, "key": jax.random.key(0)}
    expected = np.array(noise.drives(identity, **options))
    expected[onset, np.arange(4)] = target
    shown = (jnp.asarray(target), jnp.asarray(onset, jnp.int32))
    np.testing.assert_array_equal(noise.drives(identity, **options, shown=shown), expected)


def test_independent_noise_never_repeats():
    images = IndependentNoise().drives(identity, steps=9, batch=7, pixels=3, mean=0.0, std=1.0, key=jax.random.key(1))
    assert len({tuple(row) for row in np.asarray(images).reshape(63, 3).tolist()}) == 63


@pytest.mark.parametrize(("bank", "steps"), [(1, 1), (7, 7), (12, 12), (64, 20)])
def test_a_trial_sees_no_member_of_the_bank_twice(bank, steps):
    images = np.asarray(
        SharedNoise(bank).drives(identity, steps=steps, batch=40, pixels=2, mean=0.0, std=1.0, key=jax.random.key(2))
    )
    for b in range(40):
        assert len({tuple(row) for row in images[:, b].tolist()}) == steps
    assert len({tuple(row) for row in images.reshape(-1, 2).tolist()}) <= bank


def test_trials_walk_through_the_bank_on_different_paths():
    images = np.asarray(
        SharedNoise(64).drives(identity, steps=5, batch=30, pixels=1, mean=0.0, std=1.0, key=jax.random.key(3))
    )
    assert np.unique(images[0]).size > 15
    # Neither the same path later, nor at the same pace: the second image does not follow from the first.
    pairs = {(a, b) for a, b in zip(images[0, :, 0].tolist(), images[1, :, 0].tolist(), strict=True)}
    assert len(pairs) > 25


def test_the_bank_is_projected_once():
    rows = []

    def drive_of(images):
        rows.append(images.shape)
        return 2 * images

    SharedNoise(16).drives(drive_of, steps=10, batch=50, pixels=3, mean=0.0, std=1.0, key=jax.random.key(4))
    assert rows == [(16, 3)]


def test_more_steps_than_members_are_refused():
    with pytest.raises(InputError, match=r"A bank of 5 noise images cannot give 6 steps .* at least 6"):
        SharedNoise(5).drives(identity, steps=6, batch=2, pixels=2, mean=0.0, std=1.0, key=jax.random.key(0))


def test_the_mean_gradient_is_the_same_with_both():
    network = MemoryNetwork.draw(UNITS["tanh"], pixels=3, units=4, classes=2, sigmoid=False, key=jax.random.key(0))
    trials = Trials(
        jnp.arange(6, dtype=jnp.int32), jnp.arange(6, dtype=jnp.int32) % 2, jnp.zeros(6, jnp.int32),
        jnp.full((6, 1), 4, jnp.int32),
    )  # fmt: skip
    pixels = jax.random.uniform(jax.random.key(1), (6, 3))

    def gradients(noise):
        def loss(network, key):
            drives = trial_drives(network, pixels, trials, steps=5, noise=noise, mean=0.5, std=0.7, key=key)
            _, outputs = outputs_during(network, network.unit.initial_state(6), drives)
            return loss_and_score(outputs, trials, vocabulary=2, trial_steps=5)[0]

        keys = jax.random.split(jax.random.key(2), 2000)
        found = jax.jit(jax.vmap(jax.grad(loss), in_axes=(None, 0)))(network, keys)
        return np.concatenate([np.asarray(leaf).reshape(2000, -1) for leaf in jax.tree.leaves(found)], axis=1)

    independent, shared = gradients(IndependentNoise()), gradients(SharedNoise(8))
    error = np.sqrt((independent.var(0) + shared.var(0)) / 2000)
    z = (independent.mean(0) - shared.mean(0)) / error
    assert abs(z).max() < 4.5
    assert np.sqrt((z**2).mean()) < 1.6
    assert abs(independent.mean(0) / error).max() > 20  # the test could tell
