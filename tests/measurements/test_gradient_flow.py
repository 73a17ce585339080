"""The gradient flow without a box, against the speed and its gradient in plain NumPy."""

import dataclasses

import jax
import numpy as np

from slowpoints.measurements import Subject
from slowpoints.measurements._slow_points import _slow_points, SlowPointSettings
from slowpoints.training import History
from tests.study.tiny import finished, STEPS


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_the_flow_without_a_box_ends_where_speed_is_least(tmp_path_factory):
    study = finished(tmp_path_factory)
    name, planned = next(iter(study.networks.items()))
    corpus = study.open_corpus()
    subject = Subject.of(planned.recipe, History(study.network_folder(name), (STEPS,)), corpus)
    settings = dataclasses.replace(
        SlowPointSettings(delay=5, images_per_class=4, newton_iterations=5, adam_steps=5),
        gradient_flow_without_box=True,
    )
    found = _slow_points(subject, settings, {}, print).sel(search="gradient flow, no box")
    network = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), subject.network)
    weights, units = network.unit.weights, network.unit.weights.recurrent.shape[0]
    drive = np.full(weights.input.shape[0], corpus.mean) @ weights.input + weights.bias

    def speed(h):
        z, r = np.split(sigmoid(drive[: 2 * units] + h @ weights.recurrent[:, : 2 * units]), 2)
        candidate = np.tanh(drive[2 * units :] + (r * h) @ weights.recurrent[:, 2 * units :])
        return float((((1 - z) * h + z * candidate - h) ** 2).sum())

    ended = np.flatnonzero(np.isin(found["outcome"].values.astype(str), ["fixed point", "slow point"]))
    assert ended.size
    assert not (found["outcome"] == "edge").any()
    for k in ended:
        h = found["state"].values[k]
        np.testing.assert_allclose(found["speed"].values[k], speed(h), atol=1e-12)
        # No state nearby is slower.
        nearby = h + 1e-3 * np.random.default_rng(0).normal(size=(200, units))
        assert min(map(speed, nearby)) >= speed(h) - 1e-12
