"""Lifetimes against a plain loop in NumPy over the network's own equations."""

import jax
import numpy as np
import pytest

from slowpoints.study import load_results, networks_in
from slowpoints.study.lifetimes import ORIGINS
from slowpoints.study.slow_points import starts_of
from slowpoints.study.stages import final_network, open_corpus
from tests.study.tiny import CLASSES, finished


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Read only."""
    return finished(tmp_path_factory)


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
    corpus, networks = open_corpus(study), networks_in(study)
    group = load_results(study)["lifetimes"].to_dataset()
    assert list(group["origin"].values) == list(ORIGINS)
    compared = 0
    for name, recipe in networks.items():
        network = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), final_network(study, name, recipe))
        weights = network.unit.weights
        states, known = starts_of(final_network(study, name, recipe), study.config, recipe, corpus)
        drive = np.full(weights.input.shape[0], np.float32(corpus.mean), np.float64) @ weights.input + weights.bias
        for h, k in zip(np.asarray(states, np.float64), np.flatnonzero(known), strict=True):
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


def test_drift_is_small_where_noise_is(study):
    group = load_results(study)["lifetimes"].to_dataset()
    there = group["noise_drift"].notnull()
    assert ((group["noise_drift"] > 0) & (group["noise_spread"] > 0)).where(there, True).all()
