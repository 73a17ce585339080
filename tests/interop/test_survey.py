"""A network's points from the network alone."""

import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.dynamics import Outcome, StabilityLabel
from slowpoints.interop import from_torch, Imported, survey


def network(*w: float) -> Imported:
    """Bistable tanh units, one feature to drive them all."""
    weights = {"weight_ih_l0": np.ones((len(w), 1)), "weight_hh_l0": np.diag(w)}
    return from_torch(weights, unit="tanh")


def test_all_points_of_bistable_units():
    found = survey(network(1.5, 2.0), starts=48)
    points = found.exploration.distinct.points
    assert len(points) == 9
    assert set(points.outcomes) == {Outcome.FIXED_POINT}
    assert found.stability is not None
    assert sum(label == StabilityLabel.ATTRACTOR for label in found.stability.labels) == 4
    assert found.unfinished == 0
    assert found.unseen is not None
    assert found.trajectories.shape == (32, 101, 2)


def test_the_input_moves_them():
    """x = tanh(w x + u) has one root where u is large."""
    found = survey(network(1.5), input=2.0, starts=16)
    points = found.exploration.distinct.points
    (x,) = points.state[points.outcome == Outcome.FIXED_POINT]
    np.testing.assert_allclose(x, np.tanh(1.5 * x + 2.0), rtol=1e-12)


def test_a_seed_decides():
    one, same, other = (survey(network(1.5, 2.0), starts=8, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.exploration.start, same.exploration.start)
    assert not np.array_equal(one.exploration.start[:8], other.exploration.start[:8])


def test_a_wrong_input_is_named():
    with pytest.raises(InputError, match="input must be a vector of 1 numbers or one number"):
        survey(network(1.5), input=[1.0, 2.0])
