"""Several commands really at once on one study: each network is one's at a time, and the bits are those of one command.

Not part of the tests, because it takes too long: `make torture`.
"""

import signal
import subprocess
from pathlib import Path

import pytest

from slowpoints.study import config_to_yaml, missing_tasks, run_study, Study
from tests.study.commands import lasting, started, wait_until
from tests.study.here import Here
from tests.study.tiny import tiny_config, write_corpus


@pytest.fixture
def config(tmp_path) -> Path:
    """Six networks whose training takes some seconds each."""
    write_corpus(tmp_path / "corpus.npz")
    config = tiny_config(tmp_path / "corpus.npz", seeds=2, training={"steps": 10_000}, records=50)
    (tmp_path / "tiny.yaml").write_text(config_to_yaml(config))
    return tmp_path / "tiny.yaml"


def begun(config: Path, name: str, *options: str) -> subprocess.Popen:
    """One command of several on the study in `together`; what it says is its own folder's."""
    mine = config.parent / name
    mine.mkdir()
    (mine / config.name).write_text(config.read_text())
    return started(mine / config.name, "../together", *options, workers=1)


def said_by(config: Path, name: str) -> str:
    return (config.parent / name / "said").read_text()


def compare(config: Path) -> None:
    """With one command's bits."""
    study = Study.open(config.parent / "together")
    alone = Study.create(study.config, config.parent / "alone")
    assert run_study(alone, only=["learning"], engine=Here()) == ()
    assert lasting(study) == lasting(alone)
    assert list(study.folder.rglob("lease*")) == []
    assert list(study.folder.rglob("*.partial")) == []


def test_of_two_commands_each_leaves_the_other_s_networks_to_it(config, tmp_path):
    first = begun(config, "first")
    wait_until(lambda: list(tmp_path.glob("together/networks/*/lease.json")), first)
    second = begun(config, "second")
    codes = first.wait(timeout=240), second.wait(timeout=240)
    # Whoever came upon a network of the other's names it, and says that not all is known to be done.
    for code, name, other in zip(codes, ("first", "second"), (second, first), strict=True):
        told = f"Another command, process {other.pid} on " in said_by(config, name)
        assert (code, told) in ((0, False), (1, True)), said_by(config, name)
    assert 1 in codes
    assert missing_tasks(Study.open(tmp_path / "together"), ["learning"]) == []
    compare(config)


def test_parts_run_side_by_side(config):
    parts = [begun(config, f"part-{k}", "--part", f"{k}/2") for k in (1, 2)]
    assert [part.wait(timeout=240) for part in parts] == [0, 0]
    compare(config)


def test_what_a_killed_command_held_is_another_s_at_once(config, tmp_path):
    first = begun(config, "first")
    wait_until(lambda: list(tmp_path.glob("together/networks/*/snapshots/*")), first)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert list(tmp_path.glob("together/networks/*/lease.json"))
    second = begun(config, "second")
    assert second.wait(timeout=240) == 0, said_by(config, "second")
    compare(config)
