"""Studies and trainings that are really killed, again and again, in every way; and a disk that is really full.

Not part of the tests, because it takes too long: `make torture`. `tests/study/test_faults.py` and
`tests/training/test_kill.py` kill once.
"""

from pathlib import Path

import pytest

from slowpoints.study import config_to_yaml, missing_tasks, Study
from tests.study.commands import disturb, DISTURBANCES, lasting, said, started
from tests.study.test_faults import ALMOST_ALL, small_disk  # noqa: F401, a fixture
from tests.study.tiny import tiny_config, write_corpus
from tests.training import tiny
from tests.training.test_kill import (  # noqa: F401, with a fixture
    killed_at_write_and_started_again,
    started_again_until_done,
    undisturbed,
    WRITES,
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config in a folder to work in."""
    made = tiny_config(
        write_corpus(tmp_path / "corpus.npz"), protocol=["DeCu", "naive"], training={"steps": 20_000}, records=200
    )
    path = tmp_path / "tiny.yaml"
    path.write_text(config_to_yaml(made))
    return path


def test_killed_and_interrupted_in_every_way_it_ends_with_the_same_bits(config, tmp_path):
    assert started(config, "undisturbed").wait(timeout=580) == 0
    disturb(config, "disturbed", times=len(DISTURBANCES))
    assert lasting(Study.open(tmp_path / "disturbed")) == lasting(Study.open(tmp_path / "undisturbed"))


def test_a_training_killed_three_times_ends_with_the_same_bits(tmp_path):
    tiny.run([tmp_path / "left alone"])
    started_again_until_done(tmp_path / "killed", kill_at=(2, 6, 9))
    assert tiny.files(tmp_path / "killed") == tiny.files(tmp_path / "left alone")


@pytest.mark.parametrize("n", range(WRITES))
def test_whichever_file_was_being_written(n, tmp_path, monkeypatch, undisturbed):  # noqa: F811
    killed_at_write_and_started_again(n, tmp_path, monkeypatch, undisturbed)


def test_workers_on_a_full_disk_say_so_and_go_on_once_there_is_room(config, small_disk):  # noqa: F811
    (small_disk / "filler").write_bytes(b"\0" * ALMOST_ALL)
    assert started(config, str(small_disk / "study")).wait(timeout=580) == 2
    assert "No space left on device" in said(config)[-1]
    assert list(small_disk.rglob("*.partial")) == []
    (small_disk / "filler").unlink()
    assert started(config, str(small_disk / "study")).wait(timeout=580) == 0
    assert missing_tasks(Study.open(small_disk / "study"), ["learning"]) == []
