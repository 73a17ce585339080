"""Snapshots of our own networks, as training writes them."""

import jax
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from slowpoints._errors import InputError
from slowpoints.interop import from_file
from slowpoints.networks import MemoryNetwork, UNITS
from slowpoints.training import save_network
from tests.oracles import recurrent

from .runs import run

FEATURES, N, STEPS = 3, 5, 50
every_unit = pytest.mark.parametrize("name", UNITS)


def snapshot(folder, name):
    network = MemoryNetwork.draw(UNITS[name], image_shape=(FEATURES,), units=N, classes=2, key=jax.random.key(0))
    path = folder / "step-0000001.safetensors"
    save_network(path, network, step=1)
    return path, network


@every_unit
def test_a_snapshot_runs_by_the_papers_equations_its_trigger_the_last_input(tmp_path, name):
    path, network = snapshot(tmp_path, name)
    imported = from_file(path)
    assert imported.features == FEATURES + 1
    inputs = np.random.default_rng(0).normal(size=(STEPS, FEATURES + 1))
    _, expected = recurrent.rollout(name, network, inputs)
    got = run(imported, inputs)
    for t, state in enumerate(expected):
        jax.tree.map(lambda g, e, t=t: np.testing.assert_allclose(g[t], e, rtol=0, atol=1e-13), got, state)


@every_unit
def test_the_unit_need_not_be_given_but_must_not_contradict(tmp_path, name):
    path, _ = snapshot(tmp_path, name)
    jax.tree.map(np.testing.assert_array_equal, from_file(path, unit=name), from_file(path))
    other = "tanh" if name != "tanh" else "lstm"
    with pytest.raises(InputError, match=f"holds a unit '{name}', not '{other}'; leave unit out"):
        from_file(path, unit=other)


def test_what_a_snapshot_lacks_is_said(tmp_path):
    path, _ = snapshot(tmp_path, "gru")
    with pytest.raises(InputError, match="is a snapshot, with one unit; leave prefix out"):
        from_file(path, prefix="unit")
    arrays = load_file(path)
    bare, part, odd = (tmp_path / f"{name}.safetensors" for name in ("bare", "part", "odd"))
    save_file(arrays, bare)
    with pytest.raises(InputError, match="does not say which unit its weights are of"):
        from_file(bare)
    save_file({name: array for name, array in arrays.items() if "bias" not in name}, part, metadata={"unit": "gru"})
    with pytest.raises(InputError, match=r"not a whole snapshot \('unit\.weights\.bias'\)"):
        from_file(part)
    save_file(arrays, odd, metadata={"unit": "lstm"})
    with pytest.raises(InputError, match="a unit of 4 gates cannot have weights of shapes"):
        from_file(odd)
