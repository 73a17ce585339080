"""A network's points from the network alone."""

import jax.numpy as jnp
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


def test_any_step_is_surveyed_as_the_network_is():
    weights = np.array([1.5, 2.0])
    mine = survey(lambda h: jnp.tanh(weights * h), like=np.zeros(2), domain=(-1.0, 1.0), starts=48)
    theirs = survey(network(1.5, 2.0), starts=48)
    for one, other in zip(*(found.exploration.distinct.points.state for found in (mine, theirs)), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-10)


def test_a_survey_says_what_its_estimate_is_conditional_on():
    """All starts end at ±x; the saddle between them is found by a later round, and no start says that it is there."""
    found = survey(lambda h: jnp.tanh(2 * h), like=np.zeros(1), domain=(-1.0, 1.0), starts=48)
    assert found.unseen is not None
    assert len(found.exploration.distinct.points) == 3
    reached = np.count_nonzero(found.exploration.start_multiplicity)
    assert (found.unseen.seen, found.unseen.unreached) == (reached, 3 - reached)
    assert "starts drawn in the same way" in found.unseen.sentence
    assert ("No start ended at 1 points" in found.unseen.sentence) == (reached == 2)


def test_a_line_of_fixed_points_has_no_isolated_one_and_an_empty_stability(tmp_path):
    """(x, y) ↦ (x, y/2): every (x, 0) is a fixed point."""
    keeps = np.array([1.0, 0.5])
    found = survey(lambda h: keeps * h, like=np.zeros(2), domain=(-1.0, 1.0), starts=8)
    assert (len(found.exploration.distinct.points), found.stability.labels) == (0, ())
    assert [one.dimension for one in found.exploration.distinct.sets] == [1]
    assert found.explore().save(tmp_path / "points.html").stat().st_size > 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (lambda: ((lambda h: 0.5 * h,), {}), "a step needs like, one of its states"),
        (lambda: ((lambda h: 0.5 * h, 1.0), {"like": np.zeros(1)}), "takes no input"),
        (lambda: ((network(1.5),), {"like": np.zeros(1)}), "like and domain go with a step"),
    ],
)
def test_what_does_not_go_together_is_said(arguments, sentence):
    given, options = arguments()
    with pytest.raises(InputError, match=sentence):
        survey(*given, **options)


def test_a_wrong_input_is_named():
    with pytest.raises(InputError, match="input must be a vector of 1 numbers or one number"):
        survey(network(1.5), input=[1.0, 2.0])
