"""Accuracies beyond training, of networks whose answers are known."""

import dataclasses
import re

import jax
import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.measurements import MEASUREMENTS
from slowpoints.measurements._extrapolation import accuracies, accuracy_in_noise, ExtrapolationSettings
from slowpoints.recall import class_trials
from slowpoints.task import TaskSettings
from tests.recall import hand_built

SETTINGS = ExtrapolationSettings(
    delays=(1, 5, 300), noise=(1.0, 4.0), trials_per_class=5, first_trigger=7, second_trigger=9
)


def measured(network):
    task = hand_built.TASK
    in_noise = [task.in_noise(factor) for factor in SETTINGS.noise]
    return accuracies(network, task, hand_built.images(), SETTINGS, in_noise=in_noise, key=jax.random.key(0))


def test_a_perfect_network_is_right_in_every_condition():
    found = measured(hand_built.perfect())
    shapes = {
        "nominal_accuracy": (3,),
        "null_accuracy": (),
        "delay_accuracy": (3, 3),
        "noise_accuracy": (2, 3),
        "retrieval_accuracy": (2, 3),
        "same_time_accuracy": (2, 3),
    }
    assert set(found) == set(shapes) == set(MEASUREMENTS["extrapolation"].variables)
    for name, shape in shapes.items():
        np.testing.assert_array_equal(found[name], np.ones(shape), name)


@pytest.mark.parametrize("output", [0, 1, 3])
def test_a_network_with_one_answer_is_right_for_it_alone(output):
    found = measured(hand_built.always(output))
    right = np.arange(3) == output - 1
    assert found["null_accuracy"] == (output == 0)
    np.testing.assert_array_equal(found["nominal_accuracy"], right)
    np.testing.assert_array_equal(found["delay_accuracy"], np.tile(right, (3, 1)))
    np.testing.assert_array_equal(found["noise_accuracy"], np.tile(right, (2, 1)))
    np.testing.assert_array_equal(found["retrieval_accuracy"], np.tile(right, (2, 1)))
    np.testing.assert_array_equal(found["same_time_accuracy"], np.tile(right, (2, 1)))


def test_a_network_that_forgets_when_it_is_asked_fails_at_the_second_retrieval_in_both_readings():
    """The trigger resets the latches of `perfect`; without any latch it names class 0, whatever was shown."""
    network = hand_built.perfect()
    weights = network.unit.weights
    asked = hand_built.CLASSES  # the unit that is 1 just after a trigger and −1 otherwise
    recurrent = weights.recurrent.at[asked, :asked].set(-4.0)
    bias = weights.bias.at[:asked].add(-4.0)
    network = dataclasses.replace(
        network,
        unit=type(network.unit)(dataclasses.replace(weights, recurrent=recurrent, bias=bias)),
        readout=dataclasses.replace(network.readout, bias=network.readout.bias.at[1].set(1.0)),
    )
    found = measured(network)
    for reading in ("retrieval_accuracy", "same_time_accuracy"):
        np.testing.assert_array_equal(found[reading], [[1, 1, 1], [1, 0, 0]])


def test_classes_that_were_not_shown_are_neither_answers_nor_counted():
    """A network that always names the last class, and next to it class 0, names class 0 while two are shown."""
    network = hand_built.always(3)
    network = dataclasses.replace(
        network, readout=dataclasses.replace(network.readout, bias=network.readout.bias.at[1].set(0.5))
    )
    task, images = hand_built.TASK, hand_built.images()
    options = {"trials_per_class": 5, "key": jax.random.key(0)}
    np.testing.assert_array_equal(accuracy_in_noise(network, task, images, **options), [0, 0, 1])
    np.testing.assert_array_equal(accuracy_in_noise(network, task, images, **options, shown=2), [1, 0, np.nan])
    for shown, right in ((None, [0, 0, 1]), (2, [1, 0, 0])):
        trials = class_trials(
            network, task, images, delay=4, images_per_class=3, key=jax.random.key(1), shown=shown
        )  # fmt: skip
        np.testing.assert_array_equal(trials.means().correct, right)


@pytest.mark.parametrize(
    ("network", "factor", "expected"),
    [(hand_built.perfect(), 1.0, [1, 1, 1]), (hand_built.always(2), 3.0, [0, 1, 0])],
)
def test_accuracy_in_noise_is_of_the_right_class(network, factor, expected):
    accuracy = accuracy_in_noise(
        network,
        hand_built.TASK.in_noise(factor),
        hand_built.images(),
        trials_per_class=5,
        key=jax.random.key(0),
    )
    np.testing.assert_array_equal(accuracy, expected)


def test_more_noise_is_more_noise():
    """Noise of ten times the distance to the thresholds of the latches sets them at random."""
    loud = accuracy_in_noise(
        hand_built.perfect(),
        hand_built.TASK.in_noise(1000.0),
        hand_built.images(),
        trials_per_class=200,
        key=jax.random.key(1),
    )
    assert (loud < 0.8).all()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"delays": (5, 3)}, "delays must increase."),
        ({"delays": (3, 3)}, "delays names something twice: 3, 3."),
        ({"delays": (0, 3)}, "delays must be from 1 to 10,000,000; got 0."),
        ({"noise": (1.0, 2.0, 1.0)}, "noise names something twice: 1.0, 2.0, 1.0."),
        ({"first_trigger": 19}, "first_trigger must be below second_trigger (19); got 19."),
    ],
)
def test_conditions_that_make_no_sense_are_refused(options, sentence):
    with pytest.raises(InputError, match=f"^{re.escape(sentence)}$"):
        ExtrapolationSettings(**options)


def test_a_first_retrieval_before_the_shortest_delay_is_refused():
    check = MEASUREMENTS["extrapolation"].check
    assert check is not None
    check(ExtrapolationSettings(first_trigger=4), TaskSettings(shortest_delay=4))
    with pytest.raises(InputError, match=r"first_trigger must be at least task\.shortest_delay \(5\); got 4\."):
        check(ExtrapolationSettings(first_trigger=4), TaskSettings(shortest_delay=5))
