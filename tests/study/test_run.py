"""A whole study, from the config to the labelled results, and what is done again when something changes."""

import dataclasses
import json
import shutil
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from slowpoints.engines import Processes, Serial
from slowpoints.measurements import by_default, MEASUREMENTS
from slowpoints.study import (
    _tasks as tasks_module,
    missing_tasks,
    plan_of,
    results_of,
    run_study,
    status_of,
    Study,
    TRAINING,
    Watched,
)
from slowpoints.study._datasets import load_dataset
from slowpoints.study._progress import TaskLog
from slowpoints.study._tasks import Ended
from slowpoints.training import NonFiniteLoss, snapshot_path, snapshot_steps
from tests.study.here import Here, Nowhere
from tests.study.tiny import CLASSES, finished, STEPS, tiny_config

PROTOCOLS = ["DeCu", "VoCu", "naive"]


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Study:
    """Read only."""
    return finished(tmp_path_factory)


@pytest.fixture(scope="module")
def results(study) -> xr.DataTree:
    return results_of(study)


@pytest.fixture
def copy(study, tmp_path: Path) -> Study:
    """The finished study somewhere else, to be changed."""
    shutil.copytree(study.folder, tmp_path / "copy")
    return Study.open(tmp_path / "copy")


def changed(study: Study, **changes) -> Study:
    """The study in the same folder, grown by another config."""
    return study.grown(tiny_config(Path(study.config.corpus_file or ""), **changes))


def files(study: Study, pattern: str = "networks/*/**/*") -> dict[str, tuple[int, bytes]]:
    """Time of change and content of every file."""
    return {
        path.relative_to(study.folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in study.folder.glob(pattern)
        if path.is_file()
    }


def touched(before: dict, after: dict) -> set[str]:
    """The names of files that are new, changed or gone, without the fingerprints of measurements."""
    names = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    return {Path(name).name.partition("-")[0] for name in names}


def lacking(study: Study) -> set[str]:
    return {task.kind for task in missing_tasks(study)}


def test_every_network_has_its_files(study):
    assert [planned.recipe.protocol.name for planned in study.networks.values()] == PROTOCOLS
    for network, planned in study.networks.items():
        folder = study.network_folder(network)
        steps = snapshot_steps(folder)
        assert {0, 20, 40, STEPS} <= set(steps)
        assert set(planned.recipe.protocol.breakpoints) <= set(steps)
        written = json.loads((folder / "network.json").read_text())
        assert written["network"] == network
        assert written["recipe"]["protocol"]["name"] == planned.recipe.protocol.name
        assert written["recipe"]["seed"] == planned.recipe.seed
        made = {path.name.partition("-")[0] for path in (folder / "measurements").iterdir()}
        assert made == set(by_default())
        # What only resuming and watching need is gone.
        assert {path.name for path in folder.iterdir()} == {
            "network.json", "tasks.json", "metrics.safetensors", "snapshots", "measurements", "SHA256SUMS",
        }  # fmt: skip
    assert not list(study.folder.rglob("*.partial"))


def test_everything_is_done(study):
    for status in status_of(study):
        assert status.tasks == dict.fromkeys((TRAINING, *by_default()), "done")
        assert (status.failures, status.progress) == ({}, {})
    assert missing_tasks(study) == []


def test_the_results_are_labelled(study, results):
    assert set(results.children) == set(by_default())
    assert results.attrs["name"] == "tiny"
    assert results.attrs["corpus"] == "arrays"
    assert results.attrs["networks"] == len(PROTOCOLS)
    assert (results.attrs["steps"], results.attrs["trial_steps"]) == (STEPS, 8)
    for group in results.children.values():
        assert list(group.network.values) == list(study.networks)
        assert list(group.protocol.values) == PROTOCOLS
        assert set(group.unit.values) == {"gru"}
        assert set(group.readout.values) == {"sigmoid"}
        assert set(group.corpus.values) == {"arrays"}
        assert set(group.seed.values) == {0}
        assert all("jax 0." in text for text in group.versions.values)
        assert all(group.processor.values)


def test_the_results_have_their_dimensions(results):
    found = results["extrapolation"].to_dataset()
    assert dict(found.nominal_accuracy.sizes) == {"network": 3, "split": 2, "class": CLASSES}
    assert dict(found.null_accuracy.sizes) == {"network": 3, "split": 2}
    assert list(found.split.values) == ["train", "test"]
    for name, values in (("delay", [5, 8]), ("noise", [1.0, 2.0]), ("retrieval", [1, 2])):
        accuracy = found[f"{name}_accuracy"]
        assert dict(accuracy.sizes) == {"network": 3, "split": 2, name: 2, "class": CLASSES}
        assert list(accuracy[name].values) == values
        assert 0 <= accuracy.min() <= accuracy.max() <= 1
        np.testing.assert_array_equal(accuracy * 4, np.round(accuracy * 4))  # of four trials a class
    points = results["slow_points"].to_dataset()
    for variable in ("speed", "outcome", "gradient_norm", "error_bound", "readout_class", "duplicate_of"):
        assert dict(points[variable].sizes) == {"network": 3, "search": 2, "class": CLASSES}
    assert list(points.search.values) == ["newton", "adam"]


def test_what_is_not_collected_is_in_the_network_s_own_file(study, results):
    network = next(iter(study.networks))
    path = study.dataset_paths(network, study.record(network))["slow_points"]
    own = load_dataset(path)
    assert own["state"].sizes["coordinate"] == own["eigenvalue_real"].sizes["eigenvalue"] == 6
    assert {"state", "start", "eigenvalue_real"} & set(results["slow_points"].data_vars) == set()
    assert own["root_speed"].attrs["units"] == results["slow_points"]["root_speed"].attrs["units"] == "1/step"


def test_classes_without_a_start_say_so(results):
    found = results["slow_points"].to_dataset()
    correct = found.correct_at_start.broadcast_like(found.speed) > 0
    assert ((found.outcome == "no start") == ~correct).all()
    for variable in ("speed", "root_speed", "gradient_norm", "error_bound", "leading_eigenvalue", "start_root_speed"):
        assert (found[variable].isnull() == ~correct).all()
    np.testing.assert_allclose(found.root_speed**2, found.speed, rtol=1e-6)
    assert correct.any()  # or nothing was searched


def test_learning_tells_of_its_curriculum(results):
    learning = results["learning"].to_dataset()
    last = learning.sel(step=STEPS)
    assert last.longest_delay.values.tolist() == [8, 8, 8]
    assert last.vocabulary.values.tolist() == [3, 3, 3]
    decu, vocu, naive = (learning.sel(network=learning.protocol == name).isel(network=0) for name in PROTOCOLS)
    assert decu.longest_delay.dropna("step").values[0] == 6
    assert vocu.vocabulary.dropna("step").values[0] == 2
    assert set(naive.vocabulary.dropna("step").values) == {3}
    assert (learning.loss.dropna("step", how="all") > 0).any()
    assert set(range(10, STEPS + 1, 10)) <= set(learning.step.values.tolist())


def test_the_copy_of_the_results_is_made_anew_when_it_is_not_what_it_should_be(copy, results):
    xr.testing.assert_identical(results_of(copy), results)
    damaged = next(copy.results_path.rglob("root_speed/0*"))
    for spoil in (
        lambda: damaged.write_bytes(b"nonsense"),
        lambda: shutil.rmtree(copy.results_path),
        lambda: (copy.results_path / ".zmetadata").write_bytes(b"{"),
    ):
        spoil()
        xr.testing.assert_identical(results_of(copy), results)
    stale = changed(copy, measurements={"lifetimes": {"draws": 9}})
    assert set(results_of(stale).children) == set(by_default()) - {"lifetimes"}
    assert [path.name for path in copy.folder.glob(".results*")] == []


def test_results_need_neither_the_corpus_nor_the_weights(copy, results):
    for network in copy.networks:
        shutil.rmtree(copy.network_folder(network) / "snapshots")
        (copy.network_folder(network) / "metrics.safetensors").unlink()
    shutil.rmtree(copy.results_path, ignore_errors=True)
    there = changed(copy)
    xr.testing.assert_identical(results_of(there), results)
    assert {mark for status in status_of(there) for mark in status.tasks.values()} == {"done"}


def test_running_again_does_nothing(copy):
    before = files(copy, "**/*")
    seen: list[Watched] = []
    assert run_study(copy, engine=Nowhere(), watch=seen.append) == ()
    assert files(copy, "**/*") == before
    assert seen[-1] == Watched(0, 0, ())


def test_another_extrapolation_does_that_measurement_only(copy):
    before = files(copy)
    other = changed(copy, measurements={"extrapolation": {"delays": [5, 6, 8]}})
    assert lacking(other) == {"extrapolation"}
    assert "To be done: extrapolation 3." in plan_of(other).sentences(1)
    assert run_study(other, engine=Here()) == ()
    assert touched(before, files(other)) == {"extrapolation", "tasks.json"}
    assert list(results_of(other)["extrapolation"].delay.values) == [5, 6, 8]
    assert Study.open(copy.folder) == other


def test_another_search_does_what_hangs_on_it_too(copy):
    before = files(copy)
    other = changed(copy, measurements={"slow_points": {"adam_steps": 6}})
    assert run_study(other, only=["slow_points"], engine=Here()) == ()
    assert touched(before, files(other)) == {"slow_points", "tasks.json"}
    assert lacking(other) == {"lifetimes", "robustness", "trajectories"}


def test_a_raised_revision_measures_again(copy, monkeypatch):
    raised = dataclasses.replace(MEASUREMENTS["slow_points"], revision=2)
    monkeypatch.setitem(MEASUREMENTS, "slow_points", raised)
    assert lacking(copy) == {"slow_points", "lifetimes", "robustness", "trajectories"}


def test_more_networks_leave_the_others_alone(copy):
    before = files(copy)
    other = changed(copy, seeds=2, protocol=["DeCu", "VoCu"])
    plan = plan_of(other)
    assert (plan.networks, plan.trained) == (5, 3)
    assert plan.tasks == dict.fromkeys((TRAINING, *by_default()), 2)
    assert plan.bytes > 0
    seen: list[Watched] = []
    assert run_study(other, only=["learning"], engine=Here(), watch=seen.append) == ()
    assert {name: content for name, content in files(other).items() if name in before} == before
    assert seen[-1].done == seen[-1].tasks == 4
    assert all(watched.done + sum(watched.left.values()) == 4 for watched in seen)
    assert seen[0].left == {TRAINING: 2, "learning": 2}
    logs = [TaskLog(other.network_folder(name)).entries for name in other.networks.keys() - copy.networks.keys()]
    assert len(logs) == 2
    for kind in (TRAINING, "learning"):
        assert seen[-1].seconds[kind] == pytest.approx(np.mean([log[kind]["seconds"] for log in logs]), abs=0.01)
    assert [task.kind for task in missing_tasks(other)] == list(by_default()[1:]) * 2


def test_the_order_is_one_network_after_the_other(study):
    grown = changed(study, seeds=2)
    tasks = missing_tasks(grown)
    kinds = (TRAINING, *by_default())
    assert [task.kind for task in tasks] == list(kinds) * 3
    for k, task in enumerate(tasks):
        done_before = {pair for earlier in tasks[:k] for pair in earlier.gives}
        assert task.after <= done_before


def test_an_ensemble_is_trained_together_and_measured_one_by_one(study):
    grown = changed_study(study, ensemble=2, seeds=2, protocol="naive")
    tasks = missing_tasks(grown)
    assert [len(task.networks) for task in tasks] == [2] + [1] * 2 * len(by_default())


class TenSeconds(Serial):
    """An engine whose tasks say that they took ten seconds, and do nothing."""

    def submit(self, function, /, *arguments):
        return super().submit(Ended, 10.0)


def test_the_time_of_an_ensemble_is_shared_by_its_networks(study, tmp_path: Path):
    grown = dataclasses.replace(changed_study(study, ensemble=2, seeds=2, protocol="naive"), folder=tmp_path / "mine")
    grown.save()
    run_study(grown, only=[TRAINING], engine=TenSeconds())
    for network in grown.networks:
        assert TaskLog(grown.network_folder(network)).entries[TRAINING]["seconds"] == 5.0


def changed_study(study: Study, **changes) -> Study:
    """Another study of the same corpus, not begun."""
    config = tiny_config(Path(study.config.corpus_file or ""), **changes)
    return dataclasses.replace(study, config=config, folder=study.folder / "none")


def test_what_was_deleted_or_damaged_is_made_anew_to_the_bit(copy):
    before = files(copy, "networks/*/*/*")
    first, second, third = map(copy.network_folder, copy.networks)
    shutil.rmtree(first)
    next((second / "measurements").glob("extrapolation*")).unlink()
    next((third / "measurements").glob("lifetimes*")).unlink()
    assert run_study(copy, engine=Processes(1)) == ()
    after = files(copy, "networks/*/*/*")
    assert {name: content for name, (_, content) in after.items()} == {
        name: content for name, (_, content) in before.items()
    }
    untouched = [name for name in before if f"networks/{second.name}/" in name and "extrapolation" not in name]
    assert all(after[name] == before[name] for name in untouched)


def failing(kinds: dict[str, Exception], monkeypatch) -> None:
    """Lets tasks of these networks' training, or of these kinds, fail."""
    train, measure = tasks_module._train, tasks_module._measure

    def fail_to_train(study, recipes, corpus, remark):
        for network in recipes:
            if network in kinds:
                raise kinds[network]
        train(study, recipes, corpus, remark)

    def fail_to_measure(study, name, network, recipe, corpus):
        if name in kinds:
            raise kinds[name]
        measure(study, name, network, recipe, corpus)

    monkeypatch.setattr(tasks_module, "_train", fail_to_train)
    monkeypatch.setattr(tasks_module, "_measure", fail_to_measure)


def test_a_network_that_fails_is_reported_and_the_others_are_done(copy, monkeypatch):
    bad, *others = copy.networks
    for network in (bad, others[0]):
        shutil.rmtree(copy.network_folder(network))
    failing({bad: NonFiniteLoss(f"The loss of network {bad} was not finite at step 7.")}, monkeypatch)
    (failure,) = run_study(copy, engine=Here())
    assert (failure.network, failure.kind) == (bad, TRAINING)
    assert failure.sentence == f"{bad}, training: The loss of network {bad} was not finite at step 7."
    done = {status.network: status for status in status_of(copy)}
    assert done[bad].tasks == {TRAINING: "failed"} | dict.fromkeys(by_default(), "missing")
    assert done[bad].failures == {TRAINING: f"The loss of network {bad} was not finite at step 7."}
    assert all(set(done[other].tasks.values()) == {"done"} for other in others)
    assert list(results_of(copy)["learning"].network.values) == others
    # Tried again, it is done, and nothing tells of the failure any more.
    monkeypatch.undo()
    assert run_study(copy, engine=Here()) == ()
    assert all(status.failures == {} for status in status_of(copy))


def test_a_measurement_that_fails_takes_with_it_what_needs_it(copy, monkeypatch):
    for network in copy.networks:
        shutil.rmtree(copy.network_folder(network) / "measurements")
    failing({"slow_points": MemoryError("no room")}, monkeypatch)
    failures = run_study(copy, engine=Here())
    assert [failure.sentence for failure in failures] == [
        f"{network}, slow_points: MemoryError: no room" for network in copy.networks
    ]
    for status in status_of(copy):
        marks = {"slow_points": "failed", "lifetimes": "missing", "robustness": "missing", "trajectories": "missing"}
        assert status.tasks == dict.fromkeys((TRAINING, *by_default()), "done") | marks


def test_weights_that_are_not_kept_are_gone_once_a_network_is_measured(copy):
    kept = {}
    for keep in ("final", "nothing"):
        again = changed(copy, keep=keep, measurements={"lifetimes": {"draws": {"final": 5, "nothing": 6}[keep]}})
        assert run_study(again, engine=Here()) == ()
        kept[keep] = {snapshot_steps(again.network_folder(network)) for network in again.networks}
    assert kept == {"final": {(STEPS,)}, "nothing": {()}}
    # What needs them is preceded by training, and the plan says so.
    more = changed(copy, keep="nothing", measurements={"lifetimes": {"draws": 7}})
    assert plan_of(more).tasks[TRAINING] == 3
    assert lacking(again) == set()


def test_a_network_trained_elsewhere_is_measured_anew(copy):
    network = next(iter(copy.networks))
    record = copy.record(network)
    assert record is not None
    record.trained("0" * 64).write(copy.network_folder(network))
    assert {task.kind for task in missing_tasks(copy) if network in task.networks} == set(by_default())
    assert {network for task in missing_tasks(copy) for network in task.networks} == {network}


def test_a_plan_knows_how_long_tasks_took_on_this_processor(copy):
    first = next(iter(copy.networks))
    path = copy.network_folder(first) / "tasks.json"
    times = {kind: {"seconds": 10.0} for kind in (TRAINING, *by_default())}
    for network in copy.networks:
        (copy.network_folder(network) / "tasks.json").write_text(json.dumps(times))
    plan = plan_of(changed(copy, seeds=3))
    assert plan.seconds == pytest.approx(6 * 10.0 * (1 + len(by_default())))
    assert "about 4 minutes with 2 workers" in plan.sentences(2)
    (copy.folder.parent / "someone else's" / "study.json").mkdir(parents=True)  # cannot be read
    assert plan_of(changed(copy, seeds=3)) == plan
    assert plan.each == dict.fromkeys((TRAINING, *by_default()), pytest.approx(10.0))
    record = copy.record(first)
    assert record is not None
    for network in copy.networks:
        folder = copy.network_folder(network)
        content = json.loads((folder / "network.json").read_text()) | {"processor": "another"}
        (folder / "network.json").write_text(json.dumps(content))
    unknown = plan_of(changed(copy, seeds=3))
    assert (unknown.seconds, unknown.unknown, unknown.each) == (None, (TRAINING, *by_default()), {})
    assert path.exists()


def test_a_study_without_any_network_yet_has_empty_results(tmp_path: Path, study):
    begun = Study.create(study.config, tmp_path / "begun")
    assert set(results_of(begun).children) == set()
    assert set(results_of(begun).children) == set()
    assert {mark for status in status_of(begun) for mark in status.tasks.values()} == {"missing"}


def test_the_last_snapshot_is_the_network_that_is_measured(study):
    network, planned = next(iter(study.networks.items()))
    record = study.record(network)
    assert record is not None
    path = snapshot_path(study.network_folder(network), planned.recipe.training.steps)
    assert record.weights == sha256(path.read_bytes()).hexdigest()
