"""Trajectories are the map applied again and again."""

import re

import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.dynamics import trajectories

from ..maps import henon, logistic, numpy_gru, random_gru


def test_a_gru_runs_as_in_numpy():
    step, weights = random_gru(8, seed=1)
    starts = np.random.default_rng(0).uniform(-1, 1, size=(3, 8))
    path = trajectories(step, starts.astype(np.float32), 20)
    assert path.shape == (3, 21, 8)
    for start, mine in zip(starts.astype(np.float32).astype(np.float64), path, strict=True):
        h = start
        for at in mine:
            np.testing.assert_allclose(at, h, rtol=1e-11, atol=1e-13)
            h = numpy_gru(weights, h)


def test_states_may_be_any_pytree():
    x, y = trajectories(henon, (np.array([0.1, 0.2]), np.array([0.0, 0.3])), 2)
    np.testing.assert_allclose(x[:, 1], 1 - 1.4 * np.array([0.1, 0.2]) ** 2 + np.array([0.0, 0.3]))
    np.testing.assert_allclose(y[:, 2], 0.3 * x[:, 1])


@pytest.mark.parametrize(
    ("step", "states", "steps", "message"),
    [
        (logistic, np.array([0.5]), 0, "steps must be positive, not 0"),
        (logistic, np.array([0.5, 5.0]), 20, "step must lead to finite states; from state 1 it does not in"),
        (lambda x: jnp.stack([x, x]), np.array([0.5]), 3, "step must return"),
        (logistic, np.array([]), 3, "states must hold at least one state"),
    ],
)
def test_bad_input_is_named(step, states, steps, message):
    with pytest.raises(InputError, match=re.escape(message)):
        trajectories(step, states, steps)
