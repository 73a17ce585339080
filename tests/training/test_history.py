"""A network through its training."""

import re
from collections.abc import Sequence

import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.training import History, load_metrics, load_network, snapshot_path, snapshot_steps
from tests.training import tiny


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("history")
    tiny.run([folder])
    return folder


def weights(network):
    return np.asarray(network.unit.weights.recurrent)


def test_it_is_the_networks_in_order(folder):
    steps = snapshot_steps(folder)
    history = History(folder, steps)
    assert isinstance(history, Sequence)
    assert len(history) == len(steps) == 5
    in_order = [weights(load_network(snapshot_path(folder, step))) for step in steps]
    assert len({each.tobytes() for each in in_order}) == 5  # training moved it
    np.testing.assert_array_equal([weights(network) for network in history], in_order)
    np.testing.assert_array_equal([weights(network) for network in reversed(history)], in_order[::-1])
    for k in range(-5, 5):
        np.testing.assert_array_equal(weights(history[k]), in_order[k])
    for k in (5, -6):
        with pytest.raises(IndexError):
            history[k]


def test_it_may_be_of_some_steps_only(folder):
    history = History(folder, [3, 12])
    assert (history.steps, len(history)) == ((3, 12), 2)
    np.testing.assert_array_equal(weights(history[0]), weights(load_network(snapshot_path(folder, 3))))
    np.testing.assert_array_equal(weights(history[-1]), weights(load_network(snapshot_path(folder, 12))))


def test_it_has_the_metrics(folder):
    found, want = History(folder, (12,)).metrics, load_metrics(folder)
    assert found["step"][-1] == 12
    for name in want:
        np.testing.assert_array_equal(found[name], want[name])


def test_a_snapshot_that_is_missing_is_named(tmp_path):
    tiny.run([tmp_path])
    history = History(tmp_path, (0, 3, 6, 9, 12))
    history.check()
    for step in (9, 6):
        snapshot_path(tmp_path, step).unlink()
    said = (
        f"{snapshot_path(tmp_path, 6)} is missing, one of 2 of the network's 5 snapshots that are; put it back, "
        f"or delete {tmp_path} and train the network again."
    )
    with pytest.raises(InputError, match=f"^{re.escape(said)}$"):
        history.check()
    History(tmp_path, (0, 3, 12)).check()
