"""Accuracies and class means of networks whose answers are known, and against loops over trials."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from slowpoints.extrapolation import (
    accuracy_in_noise,
    balanced_images,
    class_trials,
    ClassTrials,
    ExtrapolationSettings,
    measure,
)

from slowpoints.networks import MemoryNetwork, UNITS
from slowpoints.task import Timing
from tests.extrapolation import hand_built
from tests.oracles import recurrent

SETTINGS = ExtrapolationSettings(
    delays=(1, 5, 300), noise=(1.0, 4.0), trials_per_class=5, first_trigger=7, second_trigger=9
)


def measured(network):
    return measure(
        network,
        hand_built.images(),
        SETTINGS,
        timing=Timing(),
        trial_steps=10,
        mean=hand_built.MEAN,
        std=hand_built.STD,
        key=jax.random.key(0),
    )


def test_a_perfect_network_is_right_in_every_condition():
    accuracies = measured(hand_built.perfect())
    for name, shape in [
        ("nominal", (3,)),
        ("null", ()),
        ("delay", (3, 3)),
        ("noise", (2, 3)),
        ("second_retrieval", (2, 3)),
    ]:
        np.testing.assert_array_equal(getattr(accuracies, name), np.ones(shape), name)


@pytest.mark.parametrize("output", [0, 1, 3])
def test_a_network_with_one_answer_is_right_for_it_alone(output):
    accuracies = measured(hand_built.always(output))
    right = np.arange(3) == output - 1
    assert accuracies.null == (output == 0)
    np.testing.assert_array_equal(accuracies.nominal, right)
    np.testing.assert_array_equal(accuracies.delay, np.tile(right, (3, 1)))
    np.testing.assert_array_equal(accuracies.noise, np.tile(right, (2, 1)))
    np.testing.assert_array_equal(accuracies.second_retrieval, np.tile(right, (2, 1)))


@pytest.mark.parametrize(
    ("network", "factor", "expected"),
    [(hand_built.perfect(), 1.0, [1, 1, 1]), (hand_built.always(2), 3.0, [0, 1, 0])],
)
def test_accuracy_in_noise_is_of_the_right_class(network, factor, expected):
    accuracy = accuracy_in_noise(
        network,
        hand_built.images(),
        factor=factor,
        trials_per_class=5,
        timing=Timing(),
        trial_steps=10,
        mean=hand_built.MEAN,
        std=hand_built.STD,
        key=jax.random.key(0),
    )
    np.testing.assert_array_equal(accuracy, expected)


def test_more_noise_is_more_noise():
    """Noise of ten times the distance to the thresholds of the latches sets them at random."""
    options = {"trials_per_class": 200, "timing": Timing(), "trial_steps": 10, "key": jax.random.key(1)}
    loud = accuracy_in_noise(
        hand_built.perfect(), hand_built.images(), factor=1000.0, mean=hand_built.MEAN, std=hand_built.STD, **options
    )
    assert (loud < 0.8).all()


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
    network = MemoryNetwork.draw(UNITS[name], pixels=3, units=4, classes=3, sigmoid=True, key=jax.random.key(1))
    network = jax.tree.map(lambda a: 3 * a, network)
    images, delay = hand_built.images(), 4
    # As many images a class as there are: the order does not matter. (Class 0 has 2, so every one counts twice.)
    means = class_trials(
        network, images, delay=delay, images_per_class=12, mean=0.4, std=0.0, key=jax.random.key(0)
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
        hand_built.always(2), hand_built.images(), delay=3, images_per_class=4, mean=0.5, std=0.1,
        key=jax.random.key(0),
    ).means()  # fmt: skip
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
        class_trials(network, same, delay=6, images_per_class=n, mean=0.0, std=1.0, key=jax.random.key(3)).means()
        for n in (8, 1)
    )
    np.testing.assert_allclose(several.state[0], one.state[0], atol=1e-6)


def test_the_first_right_trials_are_right_and_repeat_where_there_are_too_few():
    right = np.array([[0, 1, 0, 1], [1, 1, 1, 1], [0, 0, 1, 0]], bool)
    states = jnp.arange(12.0).reshape(3, 4, 1)
    (first,) = jax.tree.leaves(ClassTrials((states,), jnp.asarray(right)).first_right(3))
    np.testing.assert_array_equal(first[..., 0], [[1, 3, 1], [4, 5, 6], [10, 10, 10]])
