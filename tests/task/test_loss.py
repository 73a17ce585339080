"""Loss and score against loops over every trial, step and output."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints.task import DelayedRecall, loss_and_score, Timing, Trials
from tests.oracles import loss as oracle

BATCH, CLASSES = 5, 4


def task_of(steps):
    return DelayedRecall(steps, Timing(), 0.4, 0.3)


def trials_of(label, trigger):
    zeros = jnp.zeros(len(label), jnp.int32)
    return Trials(zeros, jnp.asarray(label, jnp.int32), zeros, jnp.asarray(trigger, jnp.int32))


@pytest.mark.parametrize("vocabulary", [2, 3, 4])
@pytest.mark.parametrize(("steps", "trial_steps"), [(8, 8), (6, 20)])
@pytest.mark.parametrize("retrievals", [1, 2])
def test_loss_and_score_are_the_loops(vocabulary, steps, trial_steps, retrievals):
    rng = np.random.default_rng(vocabulary)
    outputs = 3 * rng.normal(size=(steps, BATCH, CLASSES + 1)).astype(np.float32)
    label = rng.integers(vocabulary, size=BATCH)
    trigger = np.stack([rng.choice(steps, retrievals, replace=False) for _ in range(BATCH)])
    loss, score = loss_and_score(
        task_of(trial_steps), jnp.asarray(outputs), trials_of(label, trigger), vocabulary=vocabulary
    )
    expected = oracle.loss_and_score(outputs.astype(np.float64), label, trigger, vocabulary, trial_steps)
    np.testing.assert_allclose([loss, score.classes, score.null], expected, rtol=1e-5)


def test_the_report_weighs_as_much_as_a_whole_trial():
    """With equal outputs every step costs log(classes + 1): 19 null steps and a report of weight 20."""
    loss, _ = loss_and_score(task_of(20), jnp.zeros((20, 3, 11)), trials_of([0, 1, 2], [[9], [5], [19]]), vocabulary=10)
    assert float(loss) == pytest.approx((19 + 20) * np.log(11) / (11 * 20), rel=1e-6)


def test_the_report_may_weigh_as_much_as_the_trial_is_long_at_that_time():
    """Of trials of 6 steps out of 20, 5 null steps and a report of weight 6; the mean is over all 20 as ever."""
    task = dataclasses.replace(task_of(20), report_weight="longest_delay")
    loss, _ = loss_and_score(task, jnp.zeros((6, 3, 11)), trials_of([0, 1, 2], [[4], [5], [5]]), vocabulary=10)
    assert float(loss) == pytest.approx((5 + 6) * np.log(11) / (11 * 20), rel=1e-6)


def test_unseen_classes_take_no_part():
    rng = np.random.default_rng(0)
    outputs = jnp.asarray(rng.normal(size=(6, 2, CLASSES + 1)), jnp.float32)
    trials = trials_of([0, 1], [[4], [5]])

    def of(outputs):
        return loss_and_score(task_of(6), outputs, trials, vocabulary=2)[0]

    assert float(of(outputs)) == float(of(outputs.at[..., 3:].set(50.0)))
    gradient = np.asarray(jax.grad(of)(outputs))
    assert np.isfinite(gradient).all()
    assert (gradient[..., 3:] == 0).all()
    assert (gradient[..., :3] != 0).all()


def test_classes_and_null_are_counted_apart():
    outputs = np.zeros((4, 2, 3), np.float32)
    outputs[..., 0] = 1  # null always
    trials = trials_of([0, 1], [[3], [2]])
    _, score = loss_and_score(task_of(4), jnp.asarray(outputs), trials, vocabulary=2)
    assert (float(score.classes), float(score.null)) == (0.0, 1.0)
    outputs[3, 0, 1] = 2  # the first trial's report is right
    outputs[0, 1, 2] = 2  # one of six null steps is wrong
    _, score = loss_and_score(task_of(4), jnp.asarray(outputs), trials, vocabulary=2)
    assert float(score.classes) == 0.5
    assert float(score.null) == pytest.approx(5 / 6)
