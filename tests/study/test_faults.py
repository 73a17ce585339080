"""What a study does when workers die, disks are full, files are damaged, and other commands work beside it."""

import contextlib
import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from slowpoints._errors import InputError
from slowpoints.engines import Serial, WorkerDied
from slowpoints.study import (
    _run as run_module,
    _tasks as tasks_module,
    config_to_yaml,
    missing_tasks,
    Part,
    read_config,
    results_of,
    run_study,
    status_of,
    Study,
    TRAINING,
)
from slowpoints.training import NonFiniteLoss, snapshot_path
from tests.study.commands import disturb, lasting
from tests.study.damaged import run
from tests.study.here import Here
from tests.study.test_lease import held_by
from tests.study.tiny import finished, STEPS, tiny_config

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Study:
    """Read only."""
    return finished(tmp_path_factory)


@pytest.fixture
def copy(study, tmp_path: Path) -> Study:
    shutil.copytree(study.folder, tmp_path / "copy")
    return Study.open(tmp_path / "copy")


def flip(path: Path) -> None:
    """Changes one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


class Dying(Serial):
    """An engine whose workers die as they are told to; the rest is done here."""

    def __init__(self, dies):
        self.dies, self.tried = dies, []

    def submit(self, function, /, *arguments):
        task = arguments[1]
        self.tried.append(task.kind)
        if self.dies(task, len(self.tried)):
            future: Future = Future()
            future.set_exception(WorkerDied("killed"))
            return future
        return Here().submit(function, *arguments)


def without_learning(study: Study) -> list[str]:
    """Removes a small measurement of every network."""
    for network in study.networks:
        shutil.rmtree(study.network_folder(network) / "measurements")
    return list(study.networks)


def test_a_task_that_always_kills_its_worker_is_given_up_after_three_tries(copy):
    networks = without_learning(copy)
    engine = Dying(lambda task, _: networks[1] in task.networks)
    (failure,) = run_study(copy, only=["learning"], engine=engine)
    assert (failure.network, failure.kind) == (networks[1], "learning")
    assert "its worker died 3 times before it got any further" in failure.sentence
    assert engine.tried == ["learning"] * 5
    marks = {status.network: status.tasks["learning"] for status in status_of(copy)}
    assert marks == {networks[0]: "done", networks[1]: "failed", networks[2]: "done"}


def test_a_task_whose_worker_dies_twice_is_done(copy):
    without_learning(copy)
    assert run_study(copy, only=["learning"], engine=Dying(lambda _, tries: tries <= 2)) == ()


def test_a_training_that_gets_further_each_time_is_never_given_up(copy, monkeypatch):
    network = next(iter(copy.networks))
    shutil.rmtree(copy.network_folder(network))
    reached = iter([0, 0, 5, 5, 10, 15, 15])
    monkeypatch.setattr(run_module, "state_steps", lambda _: (next(reached),))
    engine = Dying(lambda task, tries: task.kind == TRAINING and tries <= 7)
    assert run_study(copy, only=[], engine=engine) == ()
    assert engine.tried == [TRAINING] * 8


def test_a_worker_that_was_asked_to_stop_costs_no_try(copy):
    networks = without_learning(copy)

    def dies(task, tries):
        if tries <= 10:
            folder = copy.network_folder(next(iter(task.networks)))
            (folder / "progress.json").write_text(json.dumps({"now": tasks_module.STOPPED_NOTE}))
        return tries <= 10

    assert run_study(copy, only=["learning"], engine=Dying(dies)) == ()
    assert len(networks) == 3


def test_whatever_exception_a_task_ends_with_is_a_failure(copy, monkeypatch):
    class Odd(Exception):
        def __init__(self, one, two):  # cannot be unpickled
            super().__init__(f"{one} {two}")

    without_learning(copy)

    def fail(*_):
        raise Odd("a", "b")

    monkeypatch.setattr(tasks_module, "_measure", fail)
    failures = run_study(copy, only=["learning"], engine=Here())
    assert [failure.sentence.partition(": ")[2] for failure in failures] == ["Odd: a b"] * 3


def test_a_full_disk_ends_the_run_with_one_sentence(copy, monkeypatch):
    without_learning(copy)
    tried = []

    def fail(*_):
        tried.append(1)
        raise OSError(errno.ENOSPC, "No space left on device", "somewhere")

    monkeypatch.setattr(tasks_module, "_measure", fail)
    with pytest.raises(OSError, match=r"somewhere: No space left on device; make room and run the same command again"):
        run_study(copy, only=["learning"], engine=Here())
    assert tried == [1]
    assert not list(copy.folder.rglob("lease.json"))


class Elsewhere(Here):
    """An engine whose workers were started in another folder than the command."""

    def submit(self, function, /, *arguments):
        (folder := Path("elsewhere")).mkdir(exist_ok=True)
        with contextlib.chdir(folder):
            return super().submit(function, *arguments)


def test_a_study_named_by_a_relative_path_is_the_same_for_workers_elsewhere(copy, tmp_path, monkeypatch):
    without_learning(copy)
    monkeypatch.chdir(tmp_path)
    assert run_study(Study.open(Path("copy")), only=["learning"], engine=Elsewhere()) == ()
    assert missing_tasks(copy, ["learning"]) == []
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_networks_of_another_command_are_left_to_it_and_the_rest_is_done(copy):
    networks = without_learning(copy)
    held_by(copy.network_folder(networks[0]), host="elsewhere", process=4711)
    (left,) = run_study(copy, only=["learning"], engine=Here())
    assert (left.network, left.kind) == (networks[0], "")
    assert left.sentence.startswith("Another command, process 4711 on elsewhere, is working on 1 network (")
    assert {next(iter(task.networks)) for task in missing_tasks(copy, ["learning"])} == {networks[0]}


class HereWhileAnotherEnds(Here):
    """An engine at whose first task another command finishes what it had taken."""

    def __init__(self, study, network):
        super().__init__()
        self.study, self.theirs = study, network

    def submit(self, function, /, *arguments):
        if self.theirs is not None:
            (task,) = (task for task in missing_tasks(self.study, ["learning"]) if self.theirs in task.networks)
            self.theirs = None
            super().submit(function, self.study, task)
        return super().submit(function, *arguments)


def test_what_another_command_has_finished_meanwhile_is_not_said_to_be_left(copy):
    networks = without_learning(copy)
    held_by(copy.network_folder(networks[0]), host="elsewhere", process=4711)
    assert run_study(copy, only=["learning"], engine=HereWhileAnotherEnds(copy, networks[0])) == ()
    assert missing_tasks(copy, ["learning"]) == []


def test_parts_are_the_whole_study(copy):
    networks = without_learning(copy)
    for number, left in ((2, 2), (1, 1), (3, 0), (3, 0)):
        assert run_study(copy, only=["learning"], part=Part(number, 3), engine=Here()) == ()
        assert len(missing_tasks(copy, ["learning"])) == left
    assert len(networks) == 3


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "a/b", "1/0", "-1/3", "1/3/5", "", "²/3"])
def test_a_part_that_is_none_is_said_to_be_so(text):
    with pytest.raises(InputError, match="part must be K/N"):
        Part.of(text)


def test_what_a_dead_process_left_half_written_goes(copy):
    without_learning(copy)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    host = os.uname().nodename.partition(".")[0]
    folder = copy.network_folder(next(iter(copy.networks)))
    mine = copy.folder / f".study.json.{host}-{os.getpid()}.partial"
    for path in (
        copy.folder / f".study.json.{host}-{dead.pid}.partial",
        folder / "snapshots" / f".step-0000060.safetensors.{host}-{dead.pid}.partial",
        folder / ".network.json.elsewhere-5.partial",
        mine,
    ):
        path.write_bytes(b"half")
    assert run_study(copy, only=["learning"], engine=Here()) == ()
    assert list(copy.folder.rglob("*.partial")) == [mine]


@pytest.mark.parametrize("spoil", [flip, truncate])
def test_a_damaged_measurement_is_set_aside_and_made_anew(spoil, copy, study):
    network = next(iter(copy.networks))
    path = copy.dataset_paths(network, copy.record(network))["slow_points"]
    spoil(path)
    shutil.rmtree(copy.results_path, ignore_errors=True)
    with pytest.raises(InputError, match=rf"{path.name} cannot be used, being damaged .*set aside as {path.name}.dam"):
        results_of(copy)
    assert path.with_name(f"{path.name}.damaged").exists()
    assert run_study(copy, engine=Here()) == ()
    assert lasting(copy) == lasting(study)


def test_a_measurement_under_another_s_name_is_not_used(copy):
    first, second, _ = (copy.dataset_paths(n, copy.record(n))["learning"] for n in copy.networks)
    first.write_bytes(second.read_bytes())
    shutil.rmtree(copy.results_path, ignore_errors=True)
    with pytest.raises(InputError, match=rf"it was written as {second.name}"):
        results_of(copy)


@pytest.mark.parametrize("name", ["last snapshot", "metrics", "record", "checksums"])
def test_what_is_damaged_of_a_training_is_made_anew_by_the_same_command(name, copy, study):
    network = next(iter(copy.networks))
    folder = copy.network_folder(network)
    path = {
        "last snapshot": snapshot_path(folder, STEPS),
        "metrics": folder / "metrics.safetensors",
        "record": folder / "network.json",
        "checksums": folder / "SHA256SUMS",
    }[name]
    shutil.rmtree(folder / "measurements")
    truncate(path)
    remarks = []
    assert run_study(copy, only=["learning", "slow_points"], engine=Here(), remark=remarks.append) == ()
    assert any(f"{path.name} was damaged" in remark for remark in remarks)
    assert path.with_name(f"{path.name}.damaged").exists()
    expected = {name: content for name, content in lasting(study).items() if name in lasting(copy)}
    assert lasting(copy) == expected


@pytest.mark.parametrize("name", ["study.json", "network.json"])
def test_a_changed_digit_in_a_small_file_is_noticed(name, copy):
    folder = copy.network_folder(next(iter(copy.networks)))
    path = {"study.json": copy.folder, "network.json": folder}[name] / name
    path.write_text(path.read_text().replace('"batch": 4', '"batch": 5'))
    with pytest.raises(InputError, match=r"json is damaged \(its checksum is not the one it names\)"):
        Study.open(copy.folder).record(folder.name)


def test_small_files_of_an_earlier_version_have_no_checksum(copy):
    for path in (copy.folder / "study.json", *copy.folder.glob("networks/*/network.json")):
        content = json.loads(path.read_text())
        del content["sha256"]
        path.write_text(json.dumps(content))
    assert missing_tasks(Study.open(copy.folder)) == []


def test_a_network_that_failed_is_tried_again_by_the_next_command(copy, monkeypatch):
    network = next(iter(copy.networks))
    shutil.rmtree(copy.network_folder(network))
    with monkeypatch.context() as patch:

        def fail(*_):
            raise NonFiniteLoss("It was not finite.")

        patch.setattr(tasks_module, "_train", fail)
        (failure,) = run_study(copy, only=[], engine=Here())
    assert failure.kind == TRAINING
    assert run_study(copy, only=[], engine=Here()) == ()


@pytest.fixture
def begun(study, tmp_path: Path) -> Path:
    """The config of the finished study, longer to train, in a folder to work in."""
    config = tiny_config(Path(study.config.corpus_file or ""), protocol=["DeCu", "naive"], training={"steps": 600})
    path = tmp_path / "tiny.yaml"
    path.write_text(config_to_yaml(config))
    return path


def test_killed_or_interrupted_at_random_it_ends_with_the_same_bits(begun, tmp_path):
    """The command, really started and really killed; once, and again and again in `make torture`."""
    disturb(begun, "disturbed", times=1)
    undisturbed = Study.create(read_config(begun), tmp_path / "undisturbed")
    assert run_study(undisturbed, only=["learning"], engine=Here()) == ()
    assert lasting(Study.open(tmp_path / "disturbed")) == lasting(undisturbed)


ALMOST_ALL = 20 * 2**20 - 24 * 2**10
"""Bytes that leave too little room on `small_disk` for a study."""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 20 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("a small disk cannot be mounted here: it needs root")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_on_a_full_disk_it_says_so_and_goes_on_once_there_is_room(begun, small_disk):
    (small_disk / "filler").write_bytes(b"\0" * ALMOST_ALL)
    command = ("run", begun, "--output", small_disk / "study", "--only", "learning", "--engine", "serial")
    code, _, told = run(*command)
    assert code == 2
    assert "No space left on device" in told.splitlines()[-1]
    assert list(small_disk.rglob("*.partial")) == []
    (small_disk / "filler").unlink()
    assert run(*command)[0] == 0
    assert missing_tasks(Study.open(small_disk / "study"), ["learning"]) == []


@pytest.fixture
def read_only(copy, tmp_path: Path) -> Iterator[Study]:
    """A study in a folder that cannot be written, whoever tries."""
    folder = tmp_path / "read only"
    folder.mkdir()
    if subprocess.run(["mount", "--bind", "-o", "ro", copy.folder, folder], capture_output=True).returncode:
        pytest.skip("a folder cannot be mounted read-only here: it needs root")
    yield Study.open(folder)
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_read_only_study_is_read(read_only, study):
    assert results_of(read_only).identical(results_of(study))
    assert {mark for status in status_of(read_only) for mark in status.tasks.values()} == {"done"}
    network = next(iter(read_only.networks))
    with pytest.raises(OSError, match="Read-only file system"):
        (read_only.network_folder(network) / "test").touch()
