"""Drift from slow points, against a plain loop in NumPy over the network's own equations, and SciPy's eigenvectors."""

import jax
import numpy as np
import pytest
from scipy.linalg import eig

from slowpoints.measurements import Needed, Subject
from slowpoints.measurements._drift import _drift, DriftSettings
from slowpoints.measurements._slow_points import _slow_points, SlowPointSettings
from slowpoints.training import History
from tests.measurements.test_lifetimes import gru
from tests.study.tiny import finished, STEPS


def test_a_state_moves_from_its_slow_point_as_a_plain_loop_says(tmp_path_factory):
    study = finished(tmp_path_factory)
    name, planned = next(iter(study.networks.items()))
    corpus = study.open_corpus()
    subject = Subject.of(planned.recipe, History(study.network_folder(name), (STEPS,)), corpus)
    settings = SlowPointSettings(delay=5, images_per_class=4, newton_iterations=200, adam_steps=5)
    points = _slow_points(subject, settings, {}, print)
    found = _drift(subject, DriftSettings(times=(1, 4, 20)), {"slow_points": Needed(points, settings)}, print)
    network = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), subject.network)
    weights = network.unit.weights
    drive = np.full(weights.input.shape[0], corpus.mean) @ weights.input + weights.bias
    places = points["state"].sel(search="newton").values
    known = np.flatnonzero(np.isfinite(places).all(1))
    assert known.size
    for k in known:
        path = [places[k]]
        for _ in range(21):
            path.append(gru(weights.recurrent, drive, path[-1]))
        moved = [np.linalg.norm(path[t] - path[0]) for t in (1, 4, 20)]
        then = [np.linalg.norm(path[t + 1] - path[t]) for t in (1, 4, 20)]
        np.testing.assert_allclose(found["moved"].values[k], moved, rtol=1e-8, atol=1e-12)
        np.testing.assert_allclose(found["root_speed_then"].values[k], then, rtol=1e-8, atol=1e-12)
        small = 1e-6 * np.eye(places[k].size)
        columns = [
            gru(weights.recurrent, drive, places[k] + e) - gru(weights.recurrent, drive, places[k] - e) for e in small
        ]
        values, left, right = eig(np.stack(columns, axis=1) / 2e-6, left=True, right=True)
        slowest = np.abs(values - 1).argmin()
        overlap = np.vdot(left[:, slowest], right[:, slowest])
        norms = np.linalg.norm(left[:, slowest]) * np.linalg.norm(right[:, slowest])
        assert found["condition"].values[k] == pytest.approx(norms / abs(overlap), rel=1e-4)
