"""A network trained together with its front end."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np

from slowpoints.data import make_corpus, split_by_class
from slowpoints.networks import FrontEndSettings
from slowpoints.protocols import Protocol, Schedule
from slowpoints.task import DelayedRecall, ImagesByClass, TaskSettings
from slowpoints.training import advance, initial_state, snapshot_path, train
from tests.training import tiny

SETTINGS = FrontEndSettings("convolutional", channels=(3,), dense=(6,))


def recipe(**training):
    return dataclasses.replace(tiny.recipe(1, unit="gru", **training), front_end=SETTINGS)


def corpus():
    rng = np.random.default_rng(0)

    def split():
        images = rng.uniform(size=(12, 4, 4, 1)).astype(np.float32)
        return split_by_class(images, np.arange(12) % tiny.CLASSES, tiny.CLASSES)

    return make_corpus("tiny", split(), split(), (4, 4, 1))


def run(folder, **training):
    train((recipe(**training),), corpus(), (folder,), record_every=2, snapshot_every=3, save_state_seconds=0.0)


def test_a_run_that_goes_on_ends_in_the_same_bits(tmp_path):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    run(whole)
    run(cut)
    steps = sorted((cut / "state").glob("*.safetensors"))
    steps[-1].unlink()
    snapshot_path(cut, 12).unlink()
    run(cut)
    assert tiny.files(cut) == tiny.files(whole)


def test_every_weight_is_trained_and_one_program_serves_each_length_of_trial(tmp_path):
    advance.clear_cache()
    run(tmp_path, lengths=Schedule((5, 8), (4,)))
    assert advance._cache_size() == 2
    start = initial_state((recipe(),), image_shape=(4, 4, 1), classes=tiny.CLASSES)
    end, _ = advance(
        initial_state((recipe(),), image_shape=(4, 4, 1), classes=tiny.CLASSES),
        jnp.asarray(5, jnp.int32),
        ImagesByClass.of(corpus().train),
        settings=recipe().training,
        task=DelayedRecall.of(recipe().task, corpus()),
        vocabulary=jnp.asarray(tiny.CLASSES, jnp.int32),
        longest_delay=8,
    )
    for before, after in zip(jax.tree.leaves(start.network), jax.tree.leaves(end.network), strict=True):
        assert not np.array_equal(before, after)


def stripes():
    """Two classes that no single pixel tells apart: stripes along rows or along columns, of either phase."""
    rng = np.random.default_rng(0)

    def split():
        labels, phase = np.arange(80) % 2, rng.integers(2, size=80)
        line = (np.arange(8)[None] + phase[:, None]) % 2
        along = np.where(labels[:, None, None] == 0, line[:, :, None], line[:, None, :])
        images = (along + 0.1 * rng.uniform(size=(80, 8, 8))) / 1.1
        return split_by_class(images[..., None].astype(np.float32), labels, 2)

    return make_corpus("stripes", split(), split(), (8, 8, 1))


def test_it_learns_what_no_single_pixel_tells():
    """Chance is one half, and outputs that are always null would score nothing."""
    seen = stripes()
    learner = dataclasses.replace(
        recipe(steps=1500, batch=32, rate=3e-3, noise_bank=16, units=32),
        front_end=FrontEndSettings("convolutional", channels=(8, 8), dense=(32,)),
        protocol=Protocol("short", Schedule((8,)), Schedule((2,))),
    )
    state = initial_state((learner,), image_shape=seen.image_shape, classes=2)
    for stop in (1400, 1500):
        state, progressed = advance(
            state,
            jnp.asarray(stop, jnp.int32),
            ImagesByClass.of(seen.train),
            settings=learner.training,
            task=DelayedRecall.of(learner.task, seen),
            vocabulary=jnp.asarray(2, jnp.int32),
            longest_delay=8,
        )
    assert float(progressed.score.classes[0]) > 0.75
    assert float(progressed.score.null[0]) > 0.95


def test_moments_of_each_pixel_are_trained_with_to_the_same_bits(tmp_path):
    task = TaskSettings(trial_steps=8, noise_moments="pixel")
    learner = dataclasses.replace(recipe(), task=task)
    for name, steps in (("whole", (12,)), ("cut", (12, 12))):
        for k, _ in enumerate(steps):
            if k:
                (tmp_path / name / "state" / "step-0000012.safetensors").unlink()
            train((learner,), corpus(), (tmp_path / name,), record_every=2, snapshot_every=3, save_state_seconds=0.0)
    assert tiny.files(tmp_path / "cut") == tiny.files(tmp_path / "whole")
    run(tmp_path / "scalar")
    assert (
        tiny.files(tmp_path / "scalar")["metrics.safetensors"] != tiny.files(tmp_path / "whole")["metrics.safetensors"]
    )


def test_weights_and_data_may_have_seeds_of_their_own():
    def start(seed, data_seed):
        own = dataclasses.replace(recipe(data_seed=data_seed), seed=seed)
        return initial_state((own,), image_shape=(4, 4, 1), classes=tiny.CLASSES)

    one, other, own = start(1, 7), start(2, 7), start(1, None)
    same = [np.array_equal(a, b) for a, b in zip(*map(jax.tree.leaves, (one.network, other.network)), strict=True)]
    assert not any(same)
    jax.tree.map(np.testing.assert_array_equal, one.network, own.network)
    np.testing.assert_array_equal(jax.random.key_data(one.key), jax.random.key_data(other.key))
    assert not np.array_equal(jax.random.key_data(one.key), jax.random.key_data(own.key))
    np.testing.assert_array_equal(jax.random.key_data(start(7, None).key), jax.random.key_data(one.key))
