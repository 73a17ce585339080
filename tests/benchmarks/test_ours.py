"""Our side of the timings runs, at sizes that take no time."""

import jax
import numpy as np
import pytest
from benchmarks.evaluation import ours as evaluation
from benchmarks.problems import digits
from benchmarks.settings import Settings
from benchmarks.timing import interleaved
from benchmarks.training import ours as training

from slowpoints.recall import MirroredNoise, OwnNoise

SETTING = {"pixels": 4, "units": 3, "batch": 2, "classes": 2, "trial_steps": 6}


@pytest.mark.parametrize("networks", [1, 2])
def test_a_training_step_in_any_noise(networks):
    with jax.numpy_dtype_promotion("standard"):  # for Optax, as in tests/training
        runs = {kind: training(SETTING, kind, networks) for kind in ("shared", "independent")}
        times = interleaved(runs, Settings(rounds=2, seconds=1e-9))
    assert [len(seconds) for seconds in times.values()] == [2, 2]
    assert min(map(min, times.values())) > 0


@pytest.mark.parametrize("noise", [MirroredNoise(8, 4), OwnNoise()], ids=["mirrored", "own"])
def test_an_evaluation(noise, monkeypatch):
    monkeypatch.setattr("benchmarks.evaluation.PIXELS", 4)
    monkeypatch.setattr("benchmarks.evaluation.UNITS", 3)
    times = interleaved({"ours": evaluation(noise, delay=5, trials=2)}, Settings(rounds=1, seconds=1e-9))
    assert times["ours"][0] > 0


def test_the_shipped_network_s_map_is_in_float64():
    problem = digits()
    assert problem.unit.units == 100
    assert {np.asarray(problem.drive).dtype, problem.unit.weights.recurrent.dtype} == {np.dtype(np.float64)}
