"""Both kinds of noise give each trial fresh normal images; the shared bank changes no gradient's mean."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from slowpoints._errors import InputError
from slowpoints.networks import MemoryNetwork, outputs_during, trial_drives, UNITS
from slowpoints.task import AbstractNoise, DelayedRecall, IndependentNoise, loss_and_score, SharedNoise, Timing, Trials

both = pytest.mark.parametrize("noise", [IndependentNoise(), SharedNoise(64)], ids=["independent", "shared"])

TASK = DelayedRecall(20, Timing(), 0.4, 0.3)
STANDARD = DelayedRecall(20, Timing(), 0.0, 1.0)

ALARM = 1e-4
"""How often each p-value below is smaller than this for noise that is right, over fresh keys; those here are fixed."""


class WithReplacement(AbstractNoise):
    """What the shared bank must not be: each step of each trial takes any member, the same one again at times."""

    bank: int

    def drives(self, drive_of, task, *, steps, batch, pixels, key, shown=None):
        image_key, member_key = jax.random.split(key)
        images = task.mean + task.std * jax.random.normal(image_key, (self.bank, pixels))
        drives = drive_of(images)[jax.random.randint(member_key, (steps, batch), 0, self.bank)]
        if shown is None:
            return drives
        target, onset = shown
        return drives.at[onset, jnp.arange(batch)].set(drive_of(target))


def identity(images):
    return images


@both
def test_pixels_have_the_moments_asked_for(noise):
    draw = jax.jit(lambda key: noise.drives(identity, TASK, steps=8, batch=5, pixels=6, key=key))
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
    options = {"steps": 6, "batch": 4, "pixels": 3, "key": jax.random.key(0)}
    expected = np.array(noise.drives(identity, TASK, **options))
    expected[onset, np.arange(4)] = target
    shown = (jnp.asarray(target), jnp.asarray(onset, jnp.int32))
    np.testing.assert_array_equal(noise.drives(identity, TASK, **options, shown=shown), expected)


def test_independent_noise_never_repeats():
    images = IndependentNoise().drives(identity, STANDARD, steps=9, batch=7, pixels=3, key=jax.random.key(1))
    assert len({tuple(row) for row in np.asarray(images).reshape(63, 3).tolist()}) == 63


@pytest.mark.parametrize(("bank", "steps"), [(1, 1), (7, 7), (12, 12), (64, 20)])
def test_a_trial_sees_no_member_of_the_bank_twice(bank, steps):
    images = np.asarray(
        SharedNoise(bank).drives(identity, STANDARD, steps=steps, batch=40, pixels=2, key=jax.random.key(2))
    )
    for b in range(40):
        assert len({tuple(row) for row in images[:, b].tolist()}) == steps
    assert len({tuple(row) for row in images.reshape(-1, 2).tolist()}) <= bank


def test_trials_walk_through_the_bank_on_different_paths():
    images = np.asarray(SharedNoise(64).drives(identity, STANDARD, steps=5, batch=30, pixels=1, key=jax.random.key(3)))
    assert np.unique(images[0]).size > 15
    # Neither the same path later, nor at the same pace: the second image does not follow from the first.
    pairs = {(a, b) for a, b in zip(images[0, :, 0].tolist(), images[1, :, 0].tolist(), strict=True)}
    assert len(pairs) > 25


def test_the_bank_is_projected_once():
    rows = []

    def drive_of(images):
        rows.append(images.shape)
        return 2 * images

    SharedNoise(16).drives(drive_of, STANDARD, steps=10, batch=50, pixels=3, key=jax.random.key(4))
    assert rows == [(16, 3)]


def test_more_steps_than_members_are_refused():
    with pytest.raises(InputError, match=r"A bank of 5 noise images cannot give 6 steps .* at least 6"):
        SharedNoise(5).drives(identity, STANDARD, steps=6, batch=2, pixels=2, key=jax.random.key(0))


def within_a_trial(noise):
    """p-values of what must hold of a trial's pixels over 4000 keys: 6 steps of 4 pixels, all independent normals."""
    draw = jax.vmap(lambda key: noise.drives(identity, TASK, steps=6, batch=3, pixels=4, key=key)[:, -1])
    z = (np.asarray(jax.jit(draw)(jax.random.split(jax.random.key(5), 4000)), np.float64) - 0.4) / 0.3
    z = z.reshape(4000, 24)
    # Hermite polynomials of a standard normal are uncorrelated, with mean 0 and variance k!.
    hermite = {1: z, 2: z**2 - 1, 3: z**3 - 3 * z, 4: z**4 - 6 * z**2 + 3}
    moments = {
        name: 2 * scipy.stats.norm.sf(abs(hermite[k].mean()) * math.sqrt(z.size / math.factorial(k)))
        for k, name in enumerate(("mean", "variance", "skewness", "kurtosis"), start=1)
    }
    p = moments | {"distribution": scipy.stats.kstest(z.ravel(), "norm").pvalue}
    # All pairs of pixels, of one step or of two, by their values and by their magnitudes.
    pairs = np.triu_indices(24, k=1)
    for k, name in ((1, "values of pairs"), (2, "magnitudes of pairs")):
        correlation = (hermite[k].T @ hermite[k])[pairs] / (4000 * math.factorial(k))
        p[name] = scipy.stats.chi2.sf(4000 * (correlation**2).sum(), correlation.size)
    return p


@pytest.mark.parametrize("noise", [IndependentNoise(), SharedNoise(8)], ids=["independent", "shared"])
def test_pixels_of_a_trial_are_independent_normals(noise):
    assert {name: p for name, p in within_a_trial(noise).items() if p < ALARM} == {}


def test_a_member_seen_twice_would_be_noticed():
    p = within_a_trial(WithReplacement(8))
    assert p["values of pairs"] < 1e-12
    assert p["magnitudes of pairs"] < 1e-12


def test_trials_share_images_as_often_as_chance_has_it():
    def matches(noise):
        """Whether trials 0 and 1, 2 and 3, … see one image, at steps 1 and 4."""
        draw = jax.vmap(lambda key: noise.drives(identity, STANDARD, steps=5, batch=20, pixels=2, key=key))
        images = np.asarray(jax.jit(draw)(jax.random.split(jax.random.key(6), 400)))
        return (images[:, 1, 0::2] == images[:, 4, 1::2]).all(-1)

    assert not matches(IndependentNoise()).any()
    shared = matches(SharedNoise(16))
    assert scipy.stats.binomtest(int(shared.sum()), shared.size, 1 / 16).pvalue > ALARM


def test_the_mean_gradient_is_the_same_with_both():
    """By Hotelling's test on 20 random projections of the gradient, at the smallest bank."""
    network = MemoryNetwork.draw(
        UNITS["gru"], image_shape=(3,), units=4, classes=2, readout="linear", key=jax.random.key(0)
    )
    trials = Trials(
        jnp.arange(6, dtype=jnp.int32), jnp.arange(6, dtype=jnp.int32) % 2, jnp.zeros(6, jnp.int32),
        jnp.full((6, 1), 4, jnp.int32),
    )  # fmt: skip
    task, pixels = DelayedRecall(5, Timing(), 0.5, 0.7), jax.random.uniform(jax.random.key(1), (6, 3))
    count = 4000

    def projected(noise, seed):
        def loss(network, key):
            drives = trial_drives(network, task, pixels, trials, steps=5, noise=noise, key=key)
            _, outputs = outputs_during(network, network.unit.initial_state(6), drives)
            return loss_and_score(task, outputs, trials, vocabulary=2)[0]

        keys = jax.random.split(jax.random.key(seed), count)
        found = jax.tree.leaves(jax.jit(jax.vmap(jax.grad(loss), in_axes=(None, 0)))(network, keys))
        gradient = np.concatenate([np.asarray(leaf, np.float64).reshape(count, -1) for leaf in found], axis=1)
        return gradient @ np.random.default_rng(0).normal(size=(gradient.shape[1], 20))

    def p_value(one, other):
        difference = one.mean(0) - other.mean(0)
        covariance = (np.cov(one.T) + np.cov(other.T)) / count
        return scipy.stats.chi2.sf(difference @ np.linalg.solve(covariance, difference), 20)

    independent = projected(IndependentNoise(), 2)
    assert p_value(independent, projected(SharedNoise(5), 3)) > ALARM
    assert p_value(independent, projected(WithReplacement(5), 4)) < ALARM**2  # the test can tell
