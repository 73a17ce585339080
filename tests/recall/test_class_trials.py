"""Trials of each class and their means: of networks whose answers are known, and against loops over trials."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints.networks import MemoryNetwork, UNITS
from slowpoints.recall import balanced_images, class_trials, ClassTrials
from slowpoints.task import DelayedRecall, Timing
from tests.oracles import recurrent
from tests.recall import hand_built


def task(mean, std):
    return DelayedRecall(20, Timing(), mean, std)


@pytest.mark.parametrize("per_class", [1, 3, 9])
def test_balanced_images_repeat_none_before_all_were_shown(per_class):
    images = hand_built.images()
    image, label = map(np.asarray, balanced_images(images, per_class, key=jax.random.key(0)))
    np.testing.assert_array_equal(label, np.repeat(np.arange(3), per_class))
    for k, (first, count) in enumerate(zip(images.first.tolist(), images.count.tolist(), strict=True)):
        shown = image[label == k]
        times = np.bincount(shown - first, minlength=count)
        assert len(times) == count
        assert times.max() - times.min() <= 1
        for start in range(0, per_class, count):
            turn = shown[start : start + count]
            assert len(set(turn.tolist())) == len(turn)


def test_balanced_images_come_in_an_order_of_the_key():
    orders = {
        tuple(balanced_images(hand_built.images(), 4, key=jax.random.key(seed))[0][4:8].tolist()) for seed in range(8)
    }
    assert len(orders) > 1


@pytest.mark.parametrize("name", ["gru", "lstm"])
def test_class_means_are_means_over_the_right_trials(name):
    network = MemoryNetwork.draw(UNITS[name], image_shape=(3,), units=4, classes=3, key=jax.random.key(1))
    network = jax.tree.map(lambda a: 3 * a, network)
    images, delay = hand_built.images(), 4
    # As many images a class as there are: the order does not matter. (Class 0 has 2, so every one counts twice.)
    means = class_trials(
        network, task(0.4, 0.0), images, delay=delay, images_per_class=12, key=jax.random.key(0)
    ).means()
    for k, (first, count) in enumerate(zip(images.first.tolist(), images.count.tolist(), strict=True)):
        right = []
        for picture in np.asarray(images.pixels)[first : first + count]:
            inputs = recurrent.trial_inputs(np.full((delay + 1, 3), np.float32(0.4)), picture, 0, {delay})
            outputs, states = recurrent.rollout(name, network, inputs)
            if outputs[-1].argmax() == k + 1:
                right.append(np.ravel(states[-2]))
        assert means.correct[k] == pytest.approx(len(right) / count)
        assert means.known[k] == bool(right)
        state = np.concatenate([np.asarray(leaf)[k] for leaf in jax.tree.leaves(means.state)])
        np.testing.assert_allclose(state, np.mean(right, axis=0) if right else 0 * state, atol=1e-5)


def test_a_class_without_a_right_trial_is_unknown_and_not_nan():
    means = class_trials(
        hand_built.always(2), task(0.5, 0.1), hand_built.images(), delay=3, images_per_class=4, key=jax.random.key(0)
    ).means()
    np.testing.assert_array_equal(means.known, [False, True, False])
    np.testing.assert_array_equal(means.correct, [0, 1, 0])
    assert np.isfinite(means.state).all()
    np.testing.assert_array_equal(np.asarray(means.state)[[0, 2]], np.zeros((2, 2)))
    assert np.abs(means.state[1]).max() > 0


def test_all_trials_of_the_class_means_share_one_noise_sequence():
    """With one picture for all, every trial is in the same state, so their mean is a state the network can be in."""
    images = hand_built.images()
    same = type(images)(0 * images.pixels + 0.5, images.first, images.count)
    network = hand_built.always(1)
    several, one = (
        class_trials(network, task(0.0, 1.0), same, delay=6, images_per_class=n, key=jax.random.key(3)).means()
        for n in (8, 1)
    )
    np.testing.assert_allclose(several.state[0], one.state[0], atol=1e-6)


def test_the_first_right_trials_are_right_and_repeat_where_there_are_too_few():
    right = np.array([[0, 1, 0, 1], [1, 1, 1, 1], [0, 0, 1, 0]], bool)
    states = jnp.arange(12.0).reshape(3, 4, 1)
    (first,) = jax.tree.leaves(ClassTrials((states,), jnp.asarray(right)).first_right(3))
    np.testing.assert_array_equal(first[..., 0], [[1, 3, 1], [4, 5, 6], [10, 10, 10]])
