"""Two commands on one study: who works on a network, and when that is over."""

import json
import os
import socket
import subprocess
import sys
import time

import pytest

from slowpoints.study._lease import Lease, Leases


def held_by(folder, *, host: str, process: int, age: float = 0.0):
    """Lays down the lease of another command, whose last sign of life is so many seconds old."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "lease.json"
    path.write_text(json.dumps({"host": host, "process": process, "since": "2030-01-01T00:00:00+00:00", "nonce": "n"}))
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_of_two_commands_one_has_the_network_and_the_other_names_it(tmp_path):
    with Leases() as mine, Leases() as theirs:
        assert mine.take(tmp_path) is None
        other = theirs.take(tmp_path)
        assert other is not None
        assert other.holder == f"process {os.getpid()} on {socket.gethostname()}"
        theirs.give_back(tmp_path)  # not theirs to give
        assert theirs.take(tmp_path) is not None
        mine.give_back(tmp_path)
        assert theirs.take(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_a_lease_of_a_dead_process_of_this_machine_is_anybody_s(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    held_by(tmp_path, host=socket.gethostname(), process=dead.pid)
    with Leases() as mine:
        assert mine.take(tmp_path) is None


@pytest.mark.parametrize(("age", "free"), [(0, False), (50, False), (70, True)])
def test_a_lease_of_another_machine_expires_without_a_sign_of_life(age, free, tmp_path):
    held_by(tmp_path, host="elsewhere", process=1, age=age)
    with Leases() as mine:
        assert (mine.take(tmp_path) is None) == free
    assert [path.name for path in tmp_path.iterdir()] == ([] if free else ["lease.json"])


def test_a_lease_shows_signs_of_life(tmp_path):
    with Leases(beat=0.01) as mine:
        mine.take(tmp_path)
        path = tmp_path / "lease.json"
        os.utime(path, (0, 0))
        while path.stat().st_mtime == 0:
            time.sleep(0.01)
        assert mine.taken == set()
        # Another command took it over while this one slept.
        held_by(tmp_path, host="elsewhere", process=1)
        while not mine.taken:
            time.sleep(0.01)
    assert path.exists()


def test_of_two_that_take_over_an_expired_lease_one_can(tmp_path):
    path = held_by(tmp_path, host="elsewhere", process=1, age=100)
    expired = Lease(**json.loads(path.read_text()))
    with Leases() as first, Leases() as second:
        assert first.take(tmp_path) is None
        # The second had read the old lease before the first wrote its own.
        assert not second._take_over(path, expired, b"{}")
        assert json.loads(path.read_text())["process"] == os.getpid()


def test_a_damaged_lease_expires_like_any_other(tmp_path):
    path = tmp_path / "lease.json"
    path.write_bytes(b"")
    with Leases() as mine:
        assert mine.take(tmp_path) is not None
        os.utime(path, (0, 0))
        assert mine.take(tmp_path) is None
