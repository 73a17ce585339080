"""A network trained to add up one of two inputs by context: what its slow mode must take up is known from the task."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints.dynamics import find_slow_points, integration, linear_prediction, Outcome, sample_states
from slowpoints.interop import states_on_trials
from tests.context import context, GAIN, trained, trials


@pytest.fixture(scope="module")
def network():
    return trained(32)


@pytest.fixture(scope="module")
def tried(network):
    """Some trials: inputs, sums and the network's states, time first."""
    inputs, sums = trials(jax.random.key(1), 150, 40)
    return np.asarray(inputs), np.asarray(sums), np.asarray(network.hidden(inputs))


@pytest.fixture(scope="module")
def found(network, tried):
    """For each context, its points and how inputs and readout lie to their modes."""
    inputs, _, states = tried
    imported, readout = network.imported(), np.asarray(network.readout, np.float64)
    points = []
    for number in (0, 1):
        mine = states[:, inputs[0, :, 2 + number] == 1].swapaxes(0, 1)
        starts = sample_states(mine, 16, key=jax.random.key(2))
        ends = find_slow_points(imported.at(context(number)), starts, domain=imported.domain())
        ends = ends[ends.outcome != Outcome.UNFINISHED]
        outputs = lambda x: (jnp.asarray(readout) @ x)[None]
        points.append((ends, integration(imported.step, ends.state, context(number), readout=outputs)))
    return points


def test_the_network_has_learned_it(network, tried):
    _, sums, states = tried
    assert np.mean((states @ np.asarray(network.readout) - sums) ** 2) < 0.1 * np.var(sums)


@pytest.mark.parametrize("number", [0, 1])
def test_the_slow_mode_takes_up_the_evidence_of_its_context_and_not_the_other(found, number):
    """One unit of evidence must move the output by `GAIN`, here to within a factor of two, and the other channel must
    not: by less than a third of that."""
    ends, there = found[number]
    assert len(ends) >= 12
    np.testing.assert_array_less(np.abs(there.stability.eigenvalues[:, 0] - 1), 0.05)
    moved = (there.readout_gain[:, 0, 0, None] * there.input_projection[:, 0, :2]).real
    relevant, irrelevant = moved[:, number], moved[:, 1 - number]
    assert ((relevant > GAIN / 2) & (relevant < 2 * GAIN)).all()
    assert (np.abs(irrelevant) < relevant / 3).all()
    # Of all modes it is the one that the readout sees best.
    assert (np.argmin(there.hidden_share[:, :5], axis=1) == 0).all()


@pytest.mark.parametrize("number", [0, 1])
def test_a_pulse_does_to_the_network_what_its_modes_say(network, found, number):
    """A small pulse on each channel, and then the network itself, run for 30 steps beside one without a pulse."""
    ends, _ = found[number]
    step, point = network.imported().step, ends.state[np.argmin(ends.root_speed)]
    size = 1e-3
    inputs = np.tile(context(number), (3, 30, 1))
    inputs[1, 0, 0] += size
    inputs[2, 0, 1] += size
    path = states_on_trials(step, inputs, point)
    path = np.concatenate([np.tile(point, (3, 1, 1)), path], axis=1)
    all_modes = linear_prediction(step, point, context(number), path, inputs)
    change = path - path[:1]
    np.testing.assert_allclose(all_modes.state - all_modes.state[:1], change, atol=1e-2 * np.abs(change).max())
    slow = linear_prediction(step, point, context(number), path, inputs, modes=1)
    outputs = (slow.state - slow.state[:1])[:, -1] @ np.asarray(network.readout, np.float64)
    true = change[:, -1] @ np.asarray(network.readout, np.float64)
    np.testing.assert_allclose(outputs, true, atol=0.05 * np.abs(true).max())
