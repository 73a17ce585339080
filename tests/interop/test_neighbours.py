"""Batches of trials in other tools' orders, and trajectories compared by dsa-metric."""

import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.interop import dynamical_similarity, from_torch, states_on_trials

RNG = np.random.default_rng(0)
BATCH = RNG.normal(size=(4, 6, 2)).astype(np.float32)
WEIGHTS = {"weight_ih_l0": RNG.normal(size=(3, 2)), "weight_hh_l0": RNG.normal(size=(3, 3))}


def test_states_are_those_of_the_network_run_by_hand():
    network = from_torch(WEIGHTS, unit="tanh")
    states = states_on_trials(network.step, BATCH, network.initial_state())
    assert states.dtype == np.float64
    for trial in range(4):
        h = np.zeros(3)
        for time in range(6):
            h = np.tanh(WEIGHTS["weight_ih_l0"] @ BATCH[trial, time] + WEIGHTS["weight_hh_l0"] @ h)
            np.testing.assert_allclose(states[trial, time], h, atol=1e-14)
    turned = states_on_trials(network.step, BATCH.swapaxes(0, 1), network.initial_state(), time_first=True)
    np.testing.assert_array_equal(turned, states)


def test_a_tuple_state_keeps_its_form():
    h, count = states_on_trials(lambda s, u: (s[0] + u, s[1] + 1), BATCH, (np.zeros(2), np.zeros(1)))
    np.testing.assert_allclose(h, np.cumsum(BATCH.astype(float), axis=1))
    np.testing.assert_array_equal(count[..., 0], [np.arange(1, 7)] * 4)


def test_batches_that_are_none_are_named():
    with pytest.raises(InputError, match=r"inputs must be an array \(trial, time, feature\), not of shape \(4, 6\)"):
        states_on_trials(lambda x, u: x, BATCH[..., 0], np.zeros(1))
    with pytest.raises(InputError, match="inputs must be finite"):
        states_on_trials(lambda x, u: x, np.full((1, 1, 1), np.nan), np.zeros(1))
    with pytest.raises(InputError, match="on trial 0 it does not at time 1"):
        states_on_trials(lambda x, u: (x + 1) ** 400, np.ones((1, 5, 1)), np.ones(1))


@pytest.mark.filterwarnings("ignore")
def test_the_same_dynamics_in_other_coordinates_are_at_no_distance():
    """Two rotations by 0.3, one seen through random axes, and one by 0.8."""
    pytest.importorskip("DSA")

    def runs(angle, axes):
        turn = 0.98 * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        states = [RNG.normal(size=(10, 2))]
        for _ in range(30):
            states.append(states[-1] @ turn.T)
        return np.stack(states, axis=1) @ axes

    there = [runs(0.3, np.eye(2)), runs(0.3, RNG.normal(size=(2, 2))), runs(0.8, np.eye(2))]
    distance = dynamical_similarity(there, n_delays=1, rank=2)
    assert distance.shape == (3, 3)
    assert distance[0, 1] < 1e-3
    # The eigenvalues are 0.98 e^{±0.3i} and 0.98 e^{±0.8i}: by DSA, the square of the chord between them.
    assert distance[0, 2] == pytest.approx((2 * 0.98 * np.sin(0.25)) ** 2, rel=1e-2)


def test_states_without_times_are_named():
    with pytest.raises(InputError, match=r"trajectories\[1\] must have leading axes trial and time"):
        dynamical_similarity([np.zeros((1, 3, 2)), np.zeros(3)])
