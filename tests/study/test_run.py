"""A whole study, from the config to the labelled results, and what is done again when something changes."""

import concurrent.futures
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import jax
import numpy as np
import pytest
import xarray as xr

from slowpoints._errors import InputError
from slowpoints.study import (
    load_results,
    networks_in,
    REPRODUCED,
    run_stages,
    save_results,
    status_of,
    Study,
)
from slowpoints.training import snapshot_steps
from tests.study.tiny import CLASSES, finished, STEPS, tiny_config

PROTOCOLS = ["DeCu", "VoCu", "naive"]


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Study:
    """Read only."""
    return finished(tmp_path_factory)


@pytest.fixture(scope="module")
def results(study) -> xr.DataTree:
    return load_results(study)


@pytest.fixture
def copy(study, tmp_path: Path) -> Study:
    """The finished study somewhere else, to be changed."""
    shutil.copytree(study.folder, tmp_path / "copy")
    return Study.open(tmp_path / "copy")


@pytest.fixture
def here(monkeypatch):
    """Work is done in this process, which takes less time than to start another."""
    monkeypatch.setattr("slowpoints.study.run.process_pool", lambda workers: concurrent.futures.ThreadPoolExecutor(1))


@pytest.fixture
def nowhere(monkeypatch):
    """Work cannot be done at all."""

    def refuse(workers: int):
        raise AssertionError("work was started")

    monkeypatch.setattr("slowpoints.study.run.process_pool", refuse)


def changed(study: Study, **changes) -> Study:
    """The study in the same folder with another config."""
    config = tiny_config(Path(study.config.corpus_file or ""), **changes)
    return Study(config, study.folder)


def files(study: Study, pattern: str = "networks/*/**/*") -> dict[str, tuple[int, bytes]]:
    """Time of change and content of every file."""
    return {
        path.relative_to(study.folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in study.folder.glob(pattern)
        if path.is_file()
    }


def touched(before: dict, after: dict) -> set[str]:
    return {Path(name).name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def test_every_network_has_its_files(study):
    networks = networks_in(study)
    assert [recipe.protocol.name for recipe in networks.values()] == PROTOCOLS
    for network, recipe in networks.items():
        folder = study.network_folder(network)
        steps = snapshot_steps(folder)
        assert {0, 20, 40, STEPS} <= set(steps)
        assert set(recipe.protocol.breakpoints) <= set(steps)
        written = json.loads((folder / "network.json").read_text())
        assert written["recipe"]["protocol"]["name"] == recipe.protocol.name
        assert written["recipe"]["seed"] == recipe.seed
        assert {"metrics.safetensors", "extrapolation.safetensors", "slow_points.safetensors"} <= {
            path.name for path in folder.iterdir()
        }
    assert not list(study.folder.rglob("*.partial"))


def test_every_stage_is_done(study):
    statuses = status_of(study, networks_in(study))
    assert [status.done for status in statuses] == [REPRODUCED] * len(PROTOCOLS)


def test_the_results_are_labelled(study, results):
    assert set(results.children) == {
        "training",
        "nominal",
        "delay",
        "noise",
        "second_retrieval",
        "slow_points",
        "slow_points_other_input",
        "slow_points_trials",
        "lifetimes",
    }
    assert results.attrs["name"] == "tiny"
    assert results.attrs["corpus"] == "arrays"
    assert results.attrs["networks"] == len(PROTOCOLS)
    assert (results.attrs["steps"], results.attrs["steps_per_trial"]) == (STEPS, 8)
    for group in results.children.values():
        assert list(group.network.values) == list(networks_in(study))
        assert list(group.protocol.values) == PROTOCOLS
        assert set(group.unit.values) == {"gru"}
        assert set(group.readout.values) == {"sigmoid"}
        assert set(group.corpus.values) == {"arrays"}
        assert set(group.seed.values) == {0}


def test_the_results_have_their_dimensions(results):
    sizes = {"network": 3, "split": 2, "class": CLASSES}
    assert dict(results["nominal"].digit_accuracy.sizes) == sizes
    assert dict(results["nominal"].null_accuracy.sizes) == {"network": 3, "split": 2}
    assert list(results["nominal"].split.values) == ["train", "test"]
    for name, values in (("delay", [5, 8]), ("noise", [1.0, 2.0])):
        accuracy = results[name].accuracy
        assert dict(accuracy.sizes) == {"network": 3, "split": 2, name: 2, "class": CLASSES}
        assert list(accuracy[name].values) == values
        assert 0 <= accuracy.min() <= accuracy.max() <= 1
        np.testing.assert_array_equal(accuracy * 4, np.round(accuracy * 4))  # of four trials a class
    assert dict(results["second_retrieval"].accuracy.sizes) == {**sizes, "retrieval": 2}
    found = results["slow_points"]
    for variable in ("speed", "outcome", "gradient_norm", "error_bound", "readout_class", "duplicate_of"):
        assert dict(found[variable].sizes) == {"network": 3, "method": 2, "class": CLASSES}
    assert list(found.method.values) == ["newton", "adam"]


def test_classes_without_a_start_say_so(results):
    found = results["slow_points"].to_dataset()
    correct = found.correct_at_start.broadcast_like(found.speed) > 0
    assert ((found.outcome == "no start") == ~correct).all()
    for variable in ("speed", "root_speed", "gradient_norm", "error_bound", "leading_eigenvalue", "start_root_speed"):
        assert (found[variable].isnull() == ~correct).all()
    np.testing.assert_allclose(found.root_speed**2, found.speed, rtol=1e-6)
    assert correct.any()  # or nothing was searched


def test_training_tells_of_its_curriculum(results):
    training = results["training"].to_dataset()
    last = training.sel(step=STEPS)
    assert last.longest_delay.values.tolist() == [8, 8, 8]
    assert last.vocabulary.values.tolist() == [3, 3, 3]
    decu, vocu, naive = (training.sel(network=training.protocol == name).isel(network=0) for name in PROTOCOLS)
    assert decu.longest_delay.dropna("step").values[0] == 6
    assert vocu.vocabulary.dropna("step").values[0] == 2
    assert set(naive.vocabulary.dropna("step").values) == {3}
    assert (training.loss.dropna("step", how="all") > 0).any()
    assert set(range(10, STEPS + 1, 10)) <= set(training.step.values.tolist())


def test_what_is_loaded_is_what_was_saved(copy, results):
    xr.testing.assert_identical(save_results(copy), load_results(copy))
    xr.testing.assert_identical(load_results(copy), results)


def test_results_are_replaced_whole(copy, monkeypatch):
    before = load_results(copy)

    def cut_off(self, store, **_):
        Path(store).mkdir()
        raise KeyboardInterrupt

    monkeypatch.setattr(xr.DataTree, "to_zarr", cut_off)
    with pytest.raises(KeyboardInterrupt):
        save_results(copy)
    xr.testing.assert_identical(load_results(copy), before)
    monkeypatch.undo()
    (copy.results_path / "stale").touch()
    save_results(copy)
    assert not (copy.results_path / "stale").exists()
    assert [path.name for path in copy.folder.glob(".results*")] == []


def test_running_again_does_nothing(copy, nowhere):
    before = files(copy)
    seen: list[Sequence] = []
    assert run_stages(copy, watch=seen.append) == ()
    assert files(copy) == before
    assert [len(status.done) for status in seen[-1]] == [3, 3, 3]


def test_another_extrapolation_does_that_stage_only(copy, here):
    before = files(copy)
    other = changed(copy, extrapolation={"delays": [5, 6, 8]})
    assert {stage for status in status_of(other, networks_in(other)) for stage in status.done} == {"train", "find"}
    assert run_stages(other) == ()
    assert touched(before, files(other)) == {"extrapolation.safetensors", "progress.json"}
    assert list(save_results(other)["delay"].delay.values) == [5, 6, 8]


def test_another_search_does_that_stage_only(copy, here):
    before = files(copy)
    other = changed(copy, slow_points={"adam_steps": 6})
    assert run_stages(other, ("find",)) == ()
    made = {f"{name}.safetensors" for name in ("slow_points", "lifetimes", "robustness")}
    assert touched(before, files(other)) == made | {"progress.json"}


def test_more_networks_leave_the_others_alone(copy, nowhere):
    other = changed(copy, seeds=2)
    statuses = status_of(other, networks_in(other))
    assert sorted(len(status.done) for status in statuses) == [0, 0, 0, 3, 3, 3]
    with pytest.raises(InputError, match=r"3 of the 6 networks in .* are not trained yet; run `slowpoints train"):
        run_stages(other, ("extrapolate",))


def test_what_was_deleted_or_damaged_is_made_anew_to_the_bit(copy):
    before = files(copy, "networks/*/**/*.safetensors")
    first, second, third = map(copy.network_folder, networks_in(copy))
    shutil.rmtree(first)
    (second / "extrapolation.safetensors").unlink()
    damaged = third / "slow_points.safetensors"
    damaged.write_bytes(damaged.read_bytes()[:-9])
    assert run_stages(copy, workers=1) == ()
    after = files(copy, "networks/*/**/*.safetensors")
    assert {name: content for name, (_, content) in after.items()} == {
        name: content for name, (_, content) in before.items()
    }
    untouched = f"networks/{second.name}/metrics.safetensors"
    assert after[untouched] == before[untouched]


def test_a_network_that_fails_is_reported_and_the_others_are_done(copy, here, monkeypatch):
    from slowpoints.study import run
    from slowpoints.training import NonFiniteLoss

    bad, *others = networks_in(copy)
    for network in (bad, others[0]):
        shutil.rmtree(copy.network_folder(network))
    train_group = run.train_group

    def fail(study, group, corpus):
        if bad in group:
            raise NonFiniteLoss(f"The loss of network {bad} was not finite at step 7.")
        with jax.numpy_dtype_promotion("standard"):  # optax' Adam needs it
            train_group(study, group, corpus)

    monkeypatch.setattr(run, "train_group", fail)
    assert run_stages(copy) == (f"The loss of network {bad} was not finite at step 7.",)
    done = {status.network: status.done for status in status_of(copy, networks_in(copy))}
    assert done == {bad: (), others[0]: REPRODUCED, others[1]: REPRODUCED}
    assert list(save_results(copy)["training"].network.values) == others


def test_a_study_without_any_network_yet_has_empty_results(tmp_path: Path, study):
    begun = Study.create(study.config, tmp_path / "begun")
    assert set(save_results(begun).children) == set()
    assert set(load_results(begun).children) == set()
