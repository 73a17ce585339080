"""The search by FixedPointFinder's rules, on a GRU whose fixed points are known."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq

from slowpoints.networks import GRU
from slowpoints.networks._unit import Weights

pytest.importorskip("torch")

UNITS, WEIGHT = 3, 4.0


@pytest.fixture(scope="module")
def bistable():
    """Units that see only themselves, gates half open: h' = ½h + ½tanh(½·w·h), at rest where h = tanh(2h)."""
    recurrent = np.zeros((UNITS, 3 * UNITS), np.float32)
    recurrent[:, 2 * UNITS :] = WEIGHT * np.eye(UNITS)
    return GRU(Weights(jnp.zeros((1, 3 * UNITS)), jnp.zeros(3 * UNITS), jnp.asarray(recurrent), jnp.zeros(3 * UNITS)))


def test_it_finds_the_known_points(bistable):
    from benchmarks.fixed_point_finder import search

    # At the rate of its start it jumps far: which of the points it ends at is not said.
    starts = np.random.default_rng(0).uniform(-1, 1, (20, UNITS))
    states, made = search(bistable, np.zeros(3 * UNITS), starts)
    at_rest = brentq(lambda h: np.tanh(WEIGHT / 2 * h) - h, 0.1, 1.0)
    known = np.array([-at_rest, 0.0, at_rest])
    assert np.abs(states[..., None] - known).min(-1).max() < 1e-5
    assert len(np.unique(np.abs(states[..., None] - known).argmin(-1))) == 3
    assert made < 5000


def test_it_ends_at_once_where_all_is_at_rest_and_at_its_budget_elsewhere(bistable):
    from benchmarks.fixed_point_finder import search

    states, made = search(bistable, np.zeros(3 * UNITS), np.zeros((2, UNITS)))
    assert made <= 1
    np.testing.assert_allclose(states, 0, atol=1e-6)
    _, made = search(bistable, np.zeros(3 * UNITS), np.full((2, UNITS), 0.3), iterations=7)
    assert made == 7
