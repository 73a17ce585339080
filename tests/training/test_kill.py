"""A run killed at any moment and started again ends with the same bits as one that was left alone."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from slowpoints.training import (
    _sums as sums,
    load_metrics,
    snapshot_path,
    snapshot_steps,
)
from slowpoints.training._checkpoints import state_steps
from tests.training import tiny

ROOT = Path(__file__).parents[2]


OPTIONS = {"record_every": 4, "snapshot_every": 6}


class Killed(BaseException):
    pass


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    tiny.run([folder / "0", folder / "1"], **OPTIONS)
    return tiny.files(folder)


def kill_at_write(monkeypatch, n):
    """From now on the n-th file (from 0) is left half written and everything stops there."""
    writes = iter(range(10**6))

    def write(path, content):
        if next(writes) == n:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_name(f".{path.name}.{n}.partial").write_bytes(content[: len(content) // 2])
            raise Killed
        write_whole(path, content)

    write_whole = sums.write_atomically
    monkeypatch.setattr(sums, "write_atomically", write)


# 2 networks, each 3 snapshots, 4 metrics, 4 states, a checksum before each of them, and the checksums at the end.
WRITES = 2 * (2 * (3 + 4 + 4) + 1)


def killed_at_write_and_started_again(n, folder, monkeypatch, undisturbed):
    folders = [folder / "0", folder / "1"]
    with monkeypatch.context() as patch:
        kill_at_write(patch, n)
        with pytest.raises(Killed):
            tiny.run(folders, **OPTIONS)
    for one in folders:
        # Whoever finds the last snapshot takes the network for trained and its metrics for complete.
        if snapshot_path(one, 12).exists():
            assert load_metrics(one)["step"][-1] == 12
    tiny.run(folders, **OPTIONS)
    assert tiny.files(folder) == undisturbed, f"killed at write {n}"


def test_whichever_file_was_being_written(tmp_path, monkeypatch, undisturbed):
    """Some of them; each in `make torture`."""
    for n in (*random.sample(range(WRITES - 2), 8), WRITES - 2, WRITES - 1):
        killed_at_write_and_started_again(n, tmp_path / str(n), monkeypatch, undisturbed)
    with monkeypatch.context() as patch:
        kill_at_write(patch, WRITES)
        tiny.run([tmp_path / "whole" / "0", tmp_path / "whole" / "1"], **OPTIONS)


def test_killed_again_and_again(tmp_path, monkeypatch, undisturbed):
    folders = [tmp_path / "0", tmp_path / "1"]
    kills = 0
    while not all(snapshot_path(folder, 12).exists() for folder in folders):
        with monkeypatch.context() as patch:
            # Each run starts with two snapshots of step 0 at most, each after its checksum, and must get further than
            # the last one did.
            kill_at_write(patch, 10 + kills % 4)
            try:
                tiny.run(folders, **OPTIONS)
            except Killed:
                kills += 1
        assert kills < 50
    tiny.run(folders, **OPTIONS)
    assert kills > 3
    assert tiny.files(tmp_path) == undisturbed


def test_killed_between_the_states_of_an_ensemble_twice(tmp_path, monkeypatch):
    """The second time at an earlier step than the first: the state in common must not be lost."""
    folders = [tmp_path / "0", tmp_path / "1"]
    tiny.run(folders, **OPTIONS)
    assert [state_steps(folder) for folder in folders] == [(8, 12), (8, 12)]
    (folders[1] / "state" / "step-0000012.safetensors").unlink()
    with monkeypatch.context() as patch:
        # One more stop between 8 and 12, as when time and not the step says when to save.
        kill_at_write(patch, 7)  # two metrics, one state, a checksum before each and before the other state
        with pytest.raises(Killed):
            tiny.run(folders, record_every=1)
    steps = []
    tiny.run(folders, report=lambda progress: steps.append(progress.step), **OPTIONS)
    assert steps == [12]  # and not from the start


def started_again_until_done(folder, kill_at):
    environment = {**os.environ, "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-m", "tests.training.tiny", str(folder)]
    for step in kill_at:
        process = subprocess.Popen(command, cwd=ROOT, env=environment)
        while max(state_steps(folder), default=0) < step:
            assert process.poll() is None, "it should have been killed before its end"
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert max(snapshot_steps(folder)) < 12
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def test_kill_minus_nine(tmp_path):
    """At a random moment; more than once in `make torture`."""
    tiny.run([tmp_path / "left alone"])
    started_again_until_done(tmp_path / "killed", kill_at=(random.randint(1, 9),))
    alone, killed = tiny.files(tmp_path / "left alone"), tiny.files(tmp_path / "killed")
    assert set(alone) == set(killed)
    for name in alone:
        assert alone[name] == killed[name], name
