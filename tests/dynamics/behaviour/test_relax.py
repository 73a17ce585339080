"""Passages, escapes and rests known on paper or from a loop in NumPy."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.dynamics import Ending, relax

from ..maps import Ghost, henon, lstm_coordinates, numpy_gru, random_gru, random_lstm, TanhUnits


class Side(eqx.Module):
    """Scores of *left of the edge* and *right of it*; their lead is twice the distance."""

    edge: jax.Array

    def __call__(self, x):
        return jnp.stack([self.edge - x, x - self.edge])


EDGE = Side(jnp.asarray(0.5, jnp.float32))


@pytest.mark.parametrize("mu", [1e-2, 1e-4])
def test_the_passage_by_a_ghost(mu):
    """x + μ + x² passes from far left to far right in π/√μ steps, slowest at the ghost, where it moves by μ."""
    mu = float(np.float32(mu))
    found = relax(Ghost(jnp.asarray(mu, jnp.float32)), np.array([-0.5]), scores=EDGE, max_steps=10_000)
    path = [-0.5]
    while path[-1] < 0.5:
        path.append(path[-1] + mu + path[-1] ** 2)
    assert found.lifetime == len(path) - 1
    between = (2 / np.sqrt(mu)) * np.arctan(0.5 / np.sqrt(mu))  # the flow's time from −½ to ½, π/√μ less what is cut
    assert found.lifetime == pytest.approx(between, rel=0.05)
    assert not found.censored
    speeds = mu + np.square(path[:-1])
    assert found.pause == np.argmin(speeds)
    np.testing.assert_allclose(found.pause_root_speed, speeds.min(), rtol=1e-12)
    np.testing.assert_allclose(found.lowest_root_speed, speeds.min(), rtol=1e-12)
    np.testing.assert_allclose(found.lowest_margin, 2 * (0.5 - path[-2]), rtol=1e-12)
    assert found.endings == (Ending.DIVERGED,)
    assert np.isfinite(found.state).all()


def test_before_the_fold_states_settle_and_keep_their_readout():
    """From −0.4 and from 0.499 to the fixed point −0.5; from 0.501 off to the right."""
    found = relax(Ghost(jnp.asarray(-0.25, jnp.float32)), np.array([-0.4, 0.499, 0.501]), scores=EDGE, max_steps=300)
    assert found.endings == (Ending.SETTLED, Ending.SETTLED, Ending.DIVERGED)
    np.testing.assert_allclose(found.state[:2], -0.5, atol=1e-12)
    np.testing.assert_array_equal(found.censored, [True, True, True])
    np.testing.assert_array_equal(found.label, [0, 0, 1])
    np.testing.assert_array_equal(found.lifetime, [300, 300, found.steps[2]])
    np.testing.assert_array_equal(found.settled, [True, True, False])
    assert (found.steps[:2] < 300).all()
    # Both end at rest before any rise after a fall: from −0.4 speed only falls, from 0.499 it rises and then falls.
    np.testing.assert_array_equal(found.pause, [*found.steps[:2], -1])
    np.testing.assert_array_equal(found.pause_root_speed[:2], found.root_speed[:2])
    assert np.isnan(found.pause_root_speed[2])
    np.testing.assert_allclose(found.lowest_margin, [1.8, 0.002, 0.002], rtol=1e-6)


def test_lifetimes_count_from_the_start_and_are_censored_at_the_last_step():
    """x grows by one each step; the edge is at 9.5."""
    edge = Side(jnp.asarray(9.5, jnp.float32))
    for max_steps, lifetime, censored in ((20, 10, False), (10, 10, False), (9, 9, True)):
        found = relax(lambda x: x + 1.0, np.array([0.0]), scores=edge, max_steps=max_steps)
        assert (found.lifetime, found.censored) == (lifetime, censored)
        assert found.endings == (Ending.MOVING,)
        assert found.steps == max_steps == found.state
        assert found.pause == -1  # constant speed has no minimum
        np.testing.assert_array_equal(found.lowest_root_speed, 1)


def test_a_given_label_counts_from_the_first_state():
    found = relax(lambda x: x + 1.0, np.zeros(2), scores=EDGE, labels=np.array([0, 1]), max_steps=5)
    np.testing.assert_array_equal(found.lifetime, [1, 0])
    np.testing.assert_array_equal(found.label, [0, 1])
    np.testing.assert_array_equal(found.lowest_margin, [1.0, np.nan])
    np.testing.assert_array_equal(found.lowest_root_speed, [1.0, np.nan])


def test_without_scores_there_is_no_lifetime():
    found = relax(lambda x: 0.5 * x, np.array([1.0, -1.0]), max_steps=100)
    assert found.lifetime is found.censored is found.label is found.lowest_margin is None
    assert found.endings == (Ending.SETTLED,) * 2
    # 2^-(n+1) ≤ 1e-13 first at n = 43
    np.testing.assert_array_equal(found.steps, 43)
    np.testing.assert_array_equal(found.lowest_root_speed, found.root_speed)


def test_a_start_at_a_fixed_point_is_at_rest_at_once():
    step = TanhUnits(jnp.asarray([1.5, 2.0], jnp.float32))
    found = relax(step, step.fixed_points())
    np.testing.assert_array_equal(found.steps, 0)
    np.testing.assert_array_equal(found.pause, 0)
    assert set(found.endings) == {Ending.SETTLED}


def test_the_first_pause_is_the_first_minimum_after_a_fall():
    """A clock in the state sets the speed: up, down, up, deeper down, up."""
    speeds = np.array([1.0, 2.0, 1.5, 1.2, 1.2, 1.4, 0.5, 3.0, 4.0])

    def step(state):
        at = jnp.minimum(state["time"].astype(int), len(speeds) - 1)
        return {"time": state["time"] + 1, "x": state["x"] + jnp.asarray(speeds)[at]}

    states = {"time": np.zeros(1), "x": np.zeros(1)}
    found = relax(step, states, coordinates=lambda state: state["x"][None], max_steps=8)
    assert found.pause == 3
    np.testing.assert_allclose(found.pause_root_speed, 1.2)
    np.testing.assert_allclose(found.lowest_root_speed, 0.5)
    np.testing.assert_allclose(found.root_speed, 4.0)
    part = relax(step, states, coordinates=lambda state: state["x"][None], max_steps=4)
    assert part.pause == -1  # it has not been seen to rise


def test_saturated_coordinates_do_not_settle_while_the_state_moves():
    found = relax(lambda c: c + 0.5, np.array([[30.0]]), coordinates=jnp.tanh, max_steps=10)
    assert found.endings == (Ending.MOVING,)
    assert found.root_speed == 0


def test_divergence_ends_at_the_last_state_with_a_finite_one_before_it():
    found = relax(lambda x: x**2, np.array([2.0, 0.5, 1.0]), max_steps=50)
    assert found.endings == (Ending.DIVERGED, Ending.SETTLED, Ending.SETTLED)
    assert found.steps[0] == 9  # 2^512 is the first whose square overflows float64
    assert found.state[0] == 2.0**512


def test_a_gru_relaxes_as_in_numpy_and_no_batch_changes_a_bit():
    step, weights = random_gru(20, seed=4, gain=3.0)
    states = np.random.default_rng(0).uniform(-0.9, 0.9, (5, 20))
    scores = jax.tree_util.Partial(lambda readout, h: h @ readout, np.random.default_rng(1).normal(size=(20, 3)))
    found = relax(step, states, scores=scores, max_steps=60)
    for k, h in enumerate(states):
        path = [h]
        for _ in range(61):
            path.append(numpy_gru(weights, path[-1]))
        read = np.argmax(np.array(path[:61]) @ scores.args[0], axis=1)
        away = np.flatnonzero(read != read[0])
        assert found.lifetime is not None
        assert found.lifetime[k] == (away[0] if len(away) else 60)
        np.testing.assert_allclose(found.state[k], path[60], atol=1e-9)
        np.testing.assert_allclose(found.root_speed[k], np.linalg.norm(path[61] - path[60]), atol=1e-9)
    assert found.lifetime.min() < 60
    order = np.array([3, 1, 4, 0, 2])
    for chosen in (order, order[:2]):
        again = relax(step, states[chosen], scores=scores, max_steps=60)
        for one, other in zip(jax.tree.leaves(again), jax.tree.leaves(found), strict=True):
            np.testing.assert_array_equal(one, other[chosen])


def test_lstm_states_and_networks_in_float32():
    step = random_lstm(4, seed=1)
    states = (np.zeros((2, 4), np.float32), np.ones((2, 4), np.float32))
    found = relax(step, states, coordinates=lstm_coordinates, max_steps=3000)
    assert [leaf.dtype for leaf in found.state] == [np.float64, np.float64]
    assert found.settled.all()
    h, c = (leaf[0] for leaf in found.state)
    i, f, o, g = np.split(np.asarray(step.drive, np.float64) + h @ np.asarray(step.recurrent, np.float64), 4)
    logistic = lambda x: 1 / (1 + np.exp(-x))
    new_c = logistic(f) * c + logistic(i) * np.tanh(g)
    np.testing.assert_allclose(logistic(o) * np.tanh(new_c), h, atol=1e-12)
    np.testing.assert_allclose(new_c, c, atol=1e-8)


def test_another_network_or_number_of_steps_compiles_nothing():
    traces = []

    class Counting(eqx.Module):
        w: jax.Array

        def __call__(self, x):
            traces.append(1)
            return jnp.tanh(self.w * x)

    relax(Counting(jnp.asarray(0.5)), np.ones(3), max_steps=10)
    once = len(traces)
    found = relax(Counting(jnp.asarray(0.25)), np.ones(3), max_steps=1)
    assert len(traces) == once > 0
    np.testing.assert_allclose(found.state, np.tanh(0.25))


def test_the_result_is_read_only_and_every_ending_has_a_sentence():
    found = relax(henon, (np.array([0.5]), np.array([0.1])), max_steps=10)
    for leaf in jax.tree.leaves(found):
        with pytest.raises(ValueError, match="read-only"):
            leaf[...] = 0
    assert [int(ending) for ending in Ending] == [0, 1, 2]
    assert all(ending.sentence.endswith(".") for ending in Ending)


@pytest.mark.unchecked
@pytest.mark.parametrize(
    ("step", "options", "message"),
    [
        (lambda x: x, {"max_steps": 0}, "max_steps must be positive, not 0"),
        (lambda x: x, {"labels": np.array([0])}, "labels are answers of a readout: give its scores too"),
        (lambda x: x, {"scores": lambda x: x}, "scores must return one vector with a score for each of two answers"),
        (lambda x: x, {"scores": lambda x: x[None]}, "two answers or more"),
        (lambda x: x, {"scores": lambda x: (x, x)}, "scores must return one vector"),
        (lambda x: x, {"scores": EDGE, "labels": np.array([2])}, "labels must be indices of the 2 scores"),
        (lambda x: x, {"scores": EDGE, "labels": np.array([0, 1])}, "labels must be one whole number a state"),
        (lambda x: x, {"scores": EDGE, "labels": np.array([0.0])}, "one whole number a state, not float64"),
        (jnp.log, {}, "step must return finite values at every state; at state 0"),
        (lambda x: x, {"scores": lambda x: jnp.log(jnp.stack([x, x]))}, "step and scores must return finite values"),
        (lambda x: x[None], {}, "step must return state as float64"),
    ],
)
def test_bad_input_is_named_in_one_sentence(step, options, message):
    with pytest.raises(InputError, match=message) as error:
        relax(step, np.array([0.0]), **options)
    assert str(error.value).endswith(".")


def test_a_creeping_state_does_not_settle_while_its_coordinates_stand_still():
    """c ↦ c − 1e-5 from 20 crosses 19.9 after 10,000 steps, give or take the rounding of their sum."""
    scores = jax.tree_util.Partial(lambda c: jnp.array([c[0] - 19.9, 19.9 - c[0]]))
    found = relax(lambda c: c - 1e-5, np.array([[20.0]]), coordinates=jnp.tanh, scores=scores)
    assert not found.censored
    assert found.lifetime == pytest.approx(10_000, abs=1)
