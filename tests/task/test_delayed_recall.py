"""The task as an object: from its options and a corpus, as part of a program and as an argument of one."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.data import make_corpus, split_by_class
from slowpoints.task import DelayedRecall, IndependentNoise, SharedNoise, TaskSettings, Timing

TASK = DelayedRecall(20, Timing(), 0.4, 0.3)


def noise_of(task):
    return IndependentNoise().drives(lambda images: images, task, steps=6, batch=4, pixels=3, key=jax.random.key(0))


def test_it_is_made_of_options_and_a_corpus():
    images = np.random.default_rng(0).uniform(size=(6, 4)).astype(np.float32)
    split = split_by_class(images, np.arange(6) % 2, 2)
    corpus = make_corpus("drawn", split, split, (2, 2))
    task = DelayedRecall.of(TaskSettings(trial_steps=12, shortest_delay=3, joint_timing=True), corpus)
    assert (task.steps, task.timing) == (12, Timing(3, joint=True))
    assert task.mean == pytest.approx(images.mean(dtype=np.float64), rel=1e-12)
    assert task.std == pytest.approx(images.std(dtype=np.float64), rel=1e-12)


def test_noise_is_scaled_about_its_mean():
    louder = TASK.in_noise(3.0)
    assert (louder.steps, louder.timing, louder.mean) == (TASK.steps, TASK.timing, TASK.mean)
    assert louder.std == pytest.approx(0.9)
    np.testing.assert_allclose(noise_of(louder) - 0.4, 3 * (noise_of(TASK) - 0.4), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(noise_of(TASK.in_noise(0.0)), np.full((6, 4, 3), np.float32(0.4)))


def test_as_static_equal_tasks_share_a_program():
    traced = []

    @functools.partial(jax.jit, static_argnames="task")
    def draw(*, task):
        traced.append(task)
        return noise_of(task)

    first = draw(task=TASK)
    np.testing.assert_array_equal(draw(task=DelayedRecall(20, Timing(4, joint=False), 0.4, 0.3)), first)
    assert traced == [TASK]
    louder = draw(task=TASK.in_noise(2.0))
    assert traced == [TASK, TASK.in_noise(2.0)]
    np.testing.assert_allclose(first, noise_of(TASK), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(louder, noise_of(TASK.in_noise(2.0)), rtol=1e-5, atol=1e-6)


def test_as_traced_one_program_serves_noise_of_any_strength():
    traced = []

    @jax.jit
    def draw(task):
        traced.append((task.steps, task.timing))
        return noise_of(task)

    for factor in (1.0, 0.5, 4.0):
        np.testing.assert_allclose(draw(TASK.in_noise(factor)), noise_of(TASK.in_noise(factor)), rtol=1e-5, atol=1e-6)
    assert traced == [(20, Timing())]
    draw(DelayedRecall(21, Timing(), 0.4, 0.3))  # how long a trial is belongs to the program
    assert len(traced) == 2


def test_its_leaves_are_the_moments():
    assert jax.tree.leaves(TASK) == [0.4, 0.3]
    both = jax.vmap(noise_of)(DelayedRecall(20, Timing(), jnp.array([0.4, 0.4]), jnp.array([0.3, 0.6])))
    for found, factor in zip(both, (1.0, 2.0), strict=True):
        np.testing.assert_allclose(found, noise_of(TASK.in_noise(factor)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"trial_steps": 4}, "A trial of 4 steps has no room for a delay of 4; make trial_steps at least 5"),
        ({"trial_steps": 9, "shortest_delay": 9}, "make trial_steps at least 10"),
        ({"trial_steps": 1}, "trial_steps must be from 2 to 10,000; got 1"),
        ({"shortest_delay": 0}, "shortest_delay must be from 1 to 10,000; got 0"),
    ],
)
def test_options_that_make_no_task_are_refused(options, sentence):
    with pytest.raises(InputError, match=sentence):
        TaskSettings(**options)


def test_each_pixel_may_have_moments_of_its_own():
    images = np.random.default_rng(1).uniform(size=(40, 4)).astype(np.float32) * [1, 0.5, 0.1, 0]
    split = split_by_class(images.astype(np.float32), np.arange(40) % 2, 2)
    corpus = make_corpus("drawn", split, split, (2, 2))
    task = DelayedRecall.of(TaskSettings(noise_moments="pixel"), corpus)
    np.testing.assert_allclose(task.mean, images.mean(0), rtol=1e-6)
    np.testing.assert_allclose(task.std, images.std(0), rtol=1e-6)
    for noise in (IndependentNoise(), SharedNoise(500)):
        drawn = noise.drives(lambda x: x, task.in_noise(2.0), steps=100, batch=50, pixels=4, key=jax.random.key(0))
        rows = np.asarray(drawn, np.float64).reshape(-1, 4)
        np.testing.assert_allclose(rows.mean(0), images.mean(0), atol=5 * 2 * images.std(0).max() / 500**0.5)
        np.testing.assert_allclose(rows.std(0), 2 * images.std(0), rtol=0.2)
    # As a part of a program and an argument of it, it is the same task.
    static, moments = task.split()
    assert hash(static) == hash(static)
    np.testing.assert_array_equal(static.with_moments(moments).mean, task.mean)
    assert TASK.split() == (TASK, None)
