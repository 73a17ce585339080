"""A network trained on real digits, followed back at two spacings of its checkpoints."""

import jax
import numpy as np
import pytest

from slowpoints.data import Corpus, load_corpus
from slowpoints.dynamics import EventKind, find_slow_points, Newton, track
from slowpoints.dynamics._outcome import ISOLATED
from slowpoints.measurements.tracks._following import Maps
from slowpoints.protocols import Protocol, Schedule
from slowpoints.recall import class_trials
from slowpoints.task import DelayedRecall, ImagesByClass, TaskSettings
from slowpoints.training import History, NetworkRecipe, snapshot_steps, train, TrainingSettings
from tests.dynamics.maps import numpy_gru

UNITS, STEPS, EVERY = 24, 700, 10
BOX = (-1.0, 1.0)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return load_corpus("digits")


@pytest.fixture(scope="module")
def maps(corpus, tmp_path_factory) -> Maps:
    """The last nine snapshots, after the rate has dropped."""
    folder = tmp_path_factory.mktemp("digits")
    settings = TrainingSettings(steps=STEPS, batch=64, rate=5e-3, noise_bank=64)
    protocol = Protocol("growing", Schedule((6, 12, 20), (200, 400)), Schedule((corpus.classes,)))
    recipe = NetworkRecipe("gru", UNITS, "sigmoid", protocol, 0, TaskSettings(), settings)
    with jax.numpy_dtype_promotion("standard"):  # optax's Adam needs it
        train((recipe,), corpus, (folder,), record_every=100, snapshot_every=EVERY)
    steps = [step for step in snapshot_steps(folder) if step % EVERY == 0]
    return Maps(History(folder, steps[-9:]), lambda network: network.under(corpus.mean))


def test_both_spacings_lead_along_the_same_points(maps, corpus):
    task = DelayedRecall.of(TaskSettings(), corpus).in_noise(1 / 3)
    trials = class_trials(
        maps.history[-1],
        task,
        ImagesByClass.of(corpus.train),
        delay=15,
        images_per_class=20,
        key=jax.random.key(0),
    )
    starts = np.asarray(trials.means().state)[trials.means().known]
    ends = find_slow_points(maps[-1], starts, domain=BOX)
    points = ends.state[np.isin(ends.outcome, ISOLATED)]
    assert len(points) >= 5

    every, second = (
        track(each, points, domain=BOX, solver=Newton(max_iterations=300), splits=3)
        for each in (maps, maps.some(slice(0, None, 2)))
    )
    assert np.isin(every.outcome, ISOLATED).mean() > 0.8
    followed = [
        i
        for i in range(len(points))
        if all(event.kind == EventKind.CONTINUES for tracks in (every, second) for event in tracks.events_of(i))
    ]
    assert len(followed) >= 3
    np.testing.assert_allclose(every.state[followed][:, ::2], second.state[followed], atol=1e-5)
    # They are points of the networks as NumPy computes them, and they have moved.
    for k in range(len(maps)):
        here = maps.history[k]
        weights = {
            "recurrent": np.asarray(here.unit.weights.recurrent, float),
            "drive": np.full(here.features, corpus.mean) @ np.asarray(here.unit.weights.input, float)
            + np.asarray(here.unit.weights.bias, float),
        }
        motion = np.array([numpy_gru(weights, h) - h for h in every.state[:, k]])
        np.testing.assert_allclose(np.linalg.norm(motion, axis=1), every.root_speed[:, k], atol=1e-10)
    assert np.abs(every.state[followed, 0] - every.state[followed, -1]).max() > 1e-3
