"""A training whose machine lost its power at any moment ends, started again, with the same bits.

What a disk then holds is modelled at its worst: a file that was not flushed is empty, and of the renames and removals
in a folder since it was last flushed any may be missing.
"""

import os
import random
from pathlib import Path

import pytest

from slowpoints._atomic import write_atomically
from slowpoints.training._sums import SUMS
from tests.training import tiny

OPTIONS = {"record_every": 4, "snapshot_every": 6}

MOMENTS = 8
"""How many of a hundred or so are tried, because each takes a training."""


class Disk:
    """Notes all that happens to the files below a folder, in order, and lays out what a failure leaves of it.

    - `events`: a path, and its content from then on (None: it is removed); or a folder that is flushed.
    """

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch):
        self.folder, self.events, self._flushed = folder, [], set()
        self._replace, self._fsync, self._unlink = os.replace, os.fsync, Path.unlink
        patch.setattr(os, "replace", self.replace)
        patch.setattr(os, "fsync", self.fsync)
        patch.setattr(Path, "unlink", lambda path, missing_ok=False: self.unlink(path, missing_ok))

    def replace(self, source: Path, target: Path) -> None:
        content = source.read_bytes() if source.stat().st_ino in self._flushed else b""
        self._flushed.discard(source.stat().st_ino)  # another file may have the number later
        self._replace(source, target)
        self.events.append((target.relative_to(self.folder), content))

    def fsync(self, descriptor: int) -> None:
        self._fsync(descriptor)
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        if path.is_dir():
            self.events.append((path.relative_to(self.folder), ...))
        else:
            self._flushed.add(os.fstat(descriptor).st_ino)

    def unlink(self, path: Path, missing_ok: bool) -> None:
        self._unlink(path, missing_ok)
        self.events.append((path.relative_to(self.folder), None))

    def after(self, moment: int, draw: random.Random, into: Path) -> None:
        """Lays out, in another folder, what is left if the power fails after so many events."""
        there: dict[Path, bytes] = {}
        since: dict[Path, list[tuple[Path, bytes | None]]] = {}

        def do(path: Path, content: bytes | None) -> None:
            if content is None:
                there.pop(path, None)
            else:
                there[path] = content

        for path, content in self.events[:moment]:
            if content is ...:
                for one in since.pop(path, []):
                    do(*one)
            else:
                since.setdefault(path.parent, []).append((path, content))
        for one in (one for pending in since.values() for one in pending):
            if draw.random() < 0.5:
                do(*one)
        for path, content in there.items():
            (into / path).parent.mkdir(parents=True, exist_ok=True)
            (into / path).write_bytes(content)


def lasting(folder: Path) -> dict[str, bytes]:
    """What a training leaves; of old states one more or less may be there."""
    files = tiny.files(folder).items()
    return {name: content for name, content in files if "state" not in name and not name.endswith(SUMS)}


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="what is flushed cannot be told here")
def test_the_power_fails_at_any_moment(tmp_path, monkeypatch):
    whole = tmp_path / "whole"
    with monkeypatch.context() as patch:
        disk = Disk(whole, patch)
        tiny.run([whole / "0", whole / "1"], **OPTIONS)
    draw = random.Random(0)
    for moment in draw.sample(range(1, len(disk.events) + 1), MOMENTS):
        left = tmp_path / str(moment)
        disk.after(moment, draw, left)
        tiny.run([left / "0", left / "1"], **OPTIONS)
        assert lasting(left) == lasting(whole), f"the power failed after {disk.events[moment - 1]}"


def test_what_is_not_flushed_may_be_empty_then(tmp_path, monkeypatch):
    """The model can fail: it would notice what is written without flushing."""
    with monkeypatch.context() as patch:
        disk = Disk(tmp_path / "disk", patch)
        write_atomically(tmp_path / "disk" / "a", b"flushed")
        write_atomically(tmp_path / "disk" / "b", b"not flushed", flush=False)
    left = {}
    for seed in range(10):
        disk.after(len(disk.events), random.Random(seed), tmp_path / str(seed))
        left |= {path.name: path.read_bytes() for path in (tmp_path / str(seed)).iterdir()}
    assert left == {"a": b"flushed", "b": b""}
