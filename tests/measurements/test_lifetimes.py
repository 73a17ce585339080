"""Lifetimes against a plain loop in NumPy over the network's own equations."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints.measurements._lifetimes import _in_noise, ORIGINS
from slowpoints.networks import MemoryNetwork
from slowpoints.study import results_of, Study
from slowpoints.study._datasets import load_dataset
from slowpoints.task import DelayedRecall, Timing
from slowpoints.training import load_network, snapshot_path
from tests.study.tiny import CLASSES, finished, STEPS


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Read only."""
    return finished(tmp_path_factory)


def final_network(study: Study, network: str) -> MemoryNetwork:
    return load_network(snapshot_path(study.network_folder(network), STEPS))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gru(weights, drive, h):
    """The paper's equation 2; gates in the order z, r, candidate."""
    units = h.size
    z, r = np.split(sigmoid(drive[: 2 * units] + h @ weights[:, : 2 * units]), 2)
    candidate = np.tanh(drive[2 * units :] + (r * h) @ weights[:, 2 * units :])
    return (1 - z) * h + z * candidate


def named(network, h):
    return h @ network.readout.weight + network.readout.bias


def test_lifetimes_are_those_of_a_plain_loop(study):
    group = results_of(study)["lifetimes"].to_dataset()
    assert list(group["origin"].values) == list(ORIGINS)
    compared = 0
    for name in study.networks:
        network = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), final_network(study, name))
        weights = network.unit.weights
        starts = load_dataset(study.dataset_paths(name, study.record(name))["slow_points"])["start"].values
        known = np.isfinite(starts).all(1)
        drive = np.full(weights.input.shape[0], study.corpus.mean) @ weights.input + weights.bias
        for k in np.flatnonzero(known):
            h = starts[k]
            here = group.sel(network=name, origin="mean").isel({"class": k})
            time = 0
            while time < 200 and np.argmax(named(network, gru(weights.recurrent, drive + weights.trigger, h))) == k + 1:
                h, time = gru(weights.recurrent, drive, h), time + 1
            assert min(int(here["lifetime"]), 200) == time
            compared += 1
        rest = group.sel(network=name).isel({"class": np.flatnonzero(~known)})
        assert (rest["lifetime"] == -1).all()
        assert rest["noise_drift"].isnull().all()
    assert compared
    assert group.sizes["class"] == CLASSES


def test_without_noise_the_drift_is_the_way_of_a_plain_loop_and_little_noise_spreads_in_proportion(study):
    mean = study.corpus.mean
    trained = final_network(study, next(iter(study.networks)))
    states = np.random.default_rng(0).uniform(-0.5, 0.5, (CLASSES, trained.unit.units)).astype(np.float32)

    def measured(std):
        task, labels = DelayedRecall(6, Timing(), mean, std), jnp.arange(1, CLASSES + 1)
        features = jnp.full(trained.features, mean, jnp.float32)
        rows = _in_noise(trained, task, jnp.asarray(states), labels, features, jax.random.key(0), draws=5)
        return [np.asarray(of, np.float64) for of in rows]

    drift, spread, margin = measured(0.0)
    network = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), trained)
    weights = network.unit.weights
    drive = np.full(weights.input.shape[0], np.float32(mean), np.float64) @ weights.input + weights.bias
    for k, start in enumerate(states.astype(np.float64)):
        h = start
        for _ in range(6):
            h = gru(weights.recurrent, drive, h)
        scores = sigmoid(named(network, gru(weights.recurrent, drive + weights.trigger, h)))
        np.testing.assert_allclose(drift[k], np.linalg.norm(h - start) / 6, rtol=1e-4)
        np.testing.assert_allclose(margin[k], scores[k + 1] - np.delete(scores, k + 1).max(), atol=1e-5)
    np.testing.assert_allclose(spread, 0, atol=1e-6)
    (_, little, _), (_, twice, _) = measured(1e-2), measured(2e-2)
    assert (little > 1e-4).all()
    np.testing.assert_allclose(twice / little, 2, rtol=0.05)
