"""What training leaves on disk, and what it does when that is damaged."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from slowpoints._errors import InputError
from slowpoints.networks import MemoryNetwork, UNITS
from slowpoints.protocols import Schedule
from slowpoints.training import (
    _loop as loop,
    load_metrics,
    load_network,
    NonFiniteLoss,
    save_network,
    snapshot_steps,
)
from slowpoints.training._checkpoints import state_steps
from tests.training import tiny


def drawn(unit="gru", readout="sigmoid"):
    return MemoryNetwork.draw(UNITS[unit], image_shape=(4,), units=5, classes=3, readout=readout, key=jax.random.key(0))


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("readout", ["sigmoid", "linear"])
def test_a_network_is_read_as_it_was_written(tmp_path, unit, readout):
    network, path = drawn(unit, readout), tmp_path / "deep" / "network.safetensors"
    save_network(path, network, step=3)
    read = load_network(path)
    assert jax.tree.structure(read) == jax.tree.structure(network)
    for a, b in zip(jax.tree.leaves(read), jax.tree.leaves(network), strict=True):
        assert a.dtype == b.dtype
        assert np.asarray(a).tobytes() == np.asarray(b).tobytes()
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_the_same_network_gives_the_same_file(tmp_path):
    """The safetensors library shuffles the metadata."""
    contents = set()
    for i in range(10):
        save_network(tmp_path / str(i), drawn(), step=3)
        contents.add((tmp_path / str(i)).read_bytes())
    assert len(contents) == 1


def test_a_missing_or_damaged_network_is_said_to_be_so(tmp_path):
    path = tmp_path / "network.safetensors"
    with pytest.raises(InputError, match=r"network\.safetensors does not exist; give a file that training wrote"):
        load_network(path)
    save_network(path, drawn(), step=0)
    whole = path.read_bytes()
    for damaged in (b"", whole[:5], whole[:-3], b"\xff" * 40):
        path.write_bytes(damaged)
        with pytest.raises(InputError, match=r"network\.safetensors is damaged .*; restore it, or run"):
            load_network(path)


def test_metrics_are_not_a_network(tmp_path):
    tiny.run([tmp_path])
    with pytest.raises(InputError, match="is not a network of slowpoints"):
        load_network(tmp_path / "metrics.safetensors")


@pytest.mark.unchecked
@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"readout": "softmax"}, r"\(kind must be one of sigmoid, linear; got 'softmax'\); give a snapshot"),
        ({"unit": "elman"}, r"\(its unit is 'elman'; known are gru, .*tanh.*\); give a snapshot"),
        ({"readout": None}, r"\(it lacks 'readout'\); give a snapshot"),
        ({"unit": None}, r"\(it lacks 'unit'\); give a snapshot"),
    ],
)
def test_a_network_of_another_kind_is_said_to_be_so(tmp_path, changed, sentence):
    path = tmp_path / "network.safetensors"
    save_network(path, drawn(), step=0)
    with safe_open(path, framework="numpy") as file:
        metadata = {name: value for name, value in (file.metadata() | changed).items() if value is not None}
    save_file(load_file(path), path, metadata=metadata)
    with pytest.raises(InputError, match=r"network\.safetensors is not a network of slowpoints " + sentence):
        load_network(path)


def test_a_state_of_another_network_is_refused(tmp_path):
    tiny.run([tmp_path])
    (tmp_path / "state" / "step-0000012.safetensors").unlink()
    with pytest.raises(
        InputError, match=r"should hold network\.unit\.weights\.input of shape \(4, 3\), but holds \(4, 5\)"
    ):
        tiny.run([tmp_path], (tiny.recipe(0, units=3),))


def test_what_is_written_when(tmp_path):
    recipe = tiny.recipe(0, vocabulary=Schedule((2, 3), (5,)))
    progress = []
    tiny.run([tmp_path], (recipe,), record_every=4, snapshot_every=6, report=progress.append)
    assert snapshot_steps(tmp_path) == (0, 5, 6, 12)
    assert state_steps(tmp_path) == (8, 12)
    metrics = load_metrics(tmp_path)
    assert metrics["step"].tolist() == [4, 5, 6, 8, 12]
    assert [p.step for p in progress] == [4, 5, 6, 8, 12]
    assert {p.steps for p in progress} == {12}
    np.testing.assert_allclose(metrics["loss"], [p.loss for p in progress])
    np.testing.assert_allclose(metrics["class_accuracy"], [p.class_accuracy for p in progress])
    assert ((metrics["null_accuracy"] >= 0) & (metrics["null_accuracy"] <= 1)).all()
    assert load_metrics(tmp_path, until=6)["step"].tolist() == [4, 5, 6]
    assert load_metrics(tmp_path / "nowhere")["step"].size == 0


def test_a_finished_run_does_nothing_when_started_again(tmp_path):
    tiny.run([tmp_path])
    before, progress = tiny.files(tmp_path), []
    tiny.run([tmp_path], report=progress.append)
    assert not progress
    assert tiny.files(tmp_path) == before


def test_an_ensemble_goes_on_from_the_newest_state_common_to_all(tmp_path):
    folders = [tmp_path / "0", tmp_path / "1"]
    tiny.run(folders)
    undisturbed = tiny.files(tmp_path)
    (folders[1] / "state" / "step-0000012.safetensors").unlink()
    progress = []
    tiny.run(folders, report=progress.append)
    assert [p.step for p in progress] == [12]
    assert tiny.files(tmp_path) == undisturbed


def test_a_loss_that_is_not_finite_names_network_and_step(tmp_path, monkeypatch):
    folders = [tmp_path / "sound", tmp_path / "sick"]
    recipes = (tiny.recipe(0), tiny.recipe(7))
    tiny.run(folders, recipes)
    for folder in folders:
        (folder / "state" / "step-0000012.safetensors").unlink()
    resume = loop._resume

    def with_nan(*arguments):
        state, metrics = resume(*arguments)
        leaves, structure = jax.tree.flatten(state.network)
        leaves = [leaf.at[1].set(jnp.nan) for leaf in leaves]
        return dataclasses.replace(state, network=jax.tree.unflatten(structure, leaves)), metrics

    monkeypatch.setattr(loop, "_resume", with_nan)
    before = tiny.files(tmp_path)
    with pytest.raises(
        NonFiniteLoss, match=r"network sick \(tanh, tiny, seed 7\) was not finite at step 10; .*than 0\.01"
    ):
        tiny.run(folders, recipes)
    assert {name: tiny.files(tmp_path)[name] for name in before if "state" in name} == {
        name: before[name] for name in before if "state" in name
    }
    assert set(tiny.files(tmp_path)) == set(before)
