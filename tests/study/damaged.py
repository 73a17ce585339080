"""Studies with one damaged, lost, renamed or doubled file, and what every command may do with one.

A command says what is wrong in one sentence, or does its work as if nothing were wrong, or does without what is
missing. Nothing that was good is lost, and nothing that is damaged is used.
"""

import contextlib
import io
import itertools
import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import jax
import pytest

import slowpoints.cli
from slowpoints.study import _tasks, run_study, Study
from slowpoints.training import state_steps
from tests.study.commands import lasting
from tests.study.here import Here
from tests.study.tiny import STEPS

KINDS = {
    "study": "study.json",
    "record": "networks/{first}/network.json",
    "log": "networks/{first}/tasks.json",
    "checksums": "networks/{first}/SHA256SUMS",
    "metrics": "networks/{first}/metrics.safetensors",
    "first snapshot": "networks/{first}/snapshots/step-0000000.safetensors",
    "last snapshot": f"networks/{{first}}/snapshots/step-{STEPS:07d}.safetensors",
    "learning": "networks/{first}/measurements/learning-*.nc.gz",
    "extrapolation": "networks/{first}/measurements/extrapolation-*.nc.gz",
    "slow points": "networks/{first}/measurements/slow_points-*.nc.gz",
    "record in training": "networks/{last}/network.json",
    "checksums in training": "networks/{last}/SHA256SUMS",
    "metrics in training": "networks/{last}/metrics.safetensors",
    "snapshot in training": "networks/{last}/snapshots/step-0000020.safetensors",
    "state": "networks/{last}/state/step-*.safetensors",
    "list of the copy": "results.zarr/.zmetadata",
    "chunk of the copy": "results.zarr/slow_points/root_speed/0.0.0",
    "checksum of the copy": "results.zarr/SHA256",
    "page": "report.html",
}
"""A file of every kind that a study has, as a pattern below its folder; `first` is a network that is done, `last` one
whose training was stopped."""


def flip(path: Path, another: bytes) -> None:
    content, draw = bytearray(path.read_bytes()), random.Random(path.name)
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    path.write_bytes(content)


def truncate(path: Path, another: bytes) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: random.Random(path.name).randrange(1, len(content))])


def empty(path: Path, another: bytes) -> None:
    path.write_bytes(b"")


def delete(path: Path, another: bytes) -> None:
    path.unlink()


def rename(path: Path, another: bytes) -> None:
    path.rename(path.with_name(f"{path.name}.bak"))


def make_a_folder(path: Path, another: bytes) -> None:
    path.unlink()
    path.mkdir()


def mistake(path: Path, another: bytes) -> None:
    path.write_bytes(another)


def copy_in_conflict(path: Path, another: bytes) -> None:
    """What a program that synchronises folders leaves: another version of the file, beside it."""
    name, dot, rest = path.name.partition(".")
    path.with_name(f"{name} (conflicted copy 2026-11-28){dot}{rest}").write_bytes(another)


DAMAGES: dict[str, Callable[[Path, bytes], None]] = {
    "flip": flip,
    "truncate": truncate,
    "empty": empty,
    "delete": delete,
    "rename": rename,
    "folder": make_a_folder,
    "another's": mistake,
    "conflict": copy_in_conflict,
}
"""What happens to a file; they are given another file's content."""

CASES = [
    (kind, damage)
    for kind, damage in itertools.product(KINDS, DAMAGES)
    # Nobody can tell another study's, log's or page's from the right one.
    if not (damage == "another's" and kind in ("study", "log", "page"))
]

LESS = ("delete", "rename", "folder")
"""After these there is less, and a command may do without it."""


def run(*arguments: object) -> tuple[int, str, str]:
    """`slowpoints …` in this process: its exit code, and what it says on its two outputs."""
    out, error = io.StringIO(), io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(error),
        pytest.MonkeyPatch.context() as patch,
        jax.numpy_dtype_promotion("standard"),  # optax' Adam needs it
    ):
        patch.setattr(sys, "argv", ["slowpoints", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            slowpoints.cli.main()
    return int(left.value.code or 0), out.getvalue(), error.getvalue()


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


COMMANDS: dict[str, Callable[[Path, Path], tuple[object, ...]]] = {
    "status": lambda study, _: ("status", study),
    "claims": lambda study, _: ("claims", study, "--json"),
    "report": lambda study, _: ("report", study),
    "export": lambda study, output: ("export", study, "--weights", "--output", output),
    "gather": lambda study, output: ("gather", study, "--into", output),
    "find": lambda study, output: ("find", _weights(study), "--starts", 4, "--output", output / "points"),
    "extrapolate": lambda study, _: ("run", study, "--only", "extrapolation", "--engine", "serial"),
    "run": lambda study, _: ("run", study, "--engine", "serial"),
}
"""The words of each command, for a study's folder and a folder to write into."""


RUNS = ("extrapolate", "run")
"""Those that make what is missing."""


def _weights(study: Path) -> Path:
    return min(study.glob(f"networks/*/snapshots/step-{STEPS:07d}.safetensors"))


class Damaging:
    """A study to damage, and what every command makes of a copy of it.

    Args:
        whole: a finished study.
        folder: where to work.
    """

    def __init__(self, whole: Study, folder: Path):
        self._whole, self._folder = lasting(whole), folder
        self._first, self._second, self._last = whole.networks
        self._before = folder / "before"
        shutil.copytree(whole.folder, self._before)
        self._stop_training(Study.open(self._before))
        assert run("claims", self._before)[0] == 0  # makes the copy of the results
        (self._before / "report.html").write_text("an earlier page")
        self._known: dict[str, dict[str, bytes]] = {}

    def _stop_training(self, study: Study) -> None:
        """Leaves the last network where it was after some steps."""
        place = study.network_folder(self._last)
        shutil.rmtree(place)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_tasks, "asked_to_stop", lambda: (place / "snapshots/step-0000020.safetensors").exists())
            run_study(study, only=["learning"], engine=Here())
        assert state_steps(place)

    def check(self, kind: str, damage: str, name: str) -> None:
        """Runs a command on a copy of the study in which this happened to a file of this kind."""
        study = self._folder / "damaged"
        shutil.rmtree(study, ignore_errors=True)
        shutil.copytree(self._before, study)
        path = self._path(study, kind, self._first)
        if name in RUNS and kind in ("checksums", "metrics", "last snapshot"):
            shutil.rmtree(study / "networks" / self._first / "measurements")  # or nothing would read the file
        DAMAGES[damage](path, self._another(path, self._path(study, kind, self._second)))
        good = {file: content for file, content in contents(study).items() if study / file != path and _is_kept(file)}

        code, made, told = self._run(name, study)
        assert code in (0, 1, 2), told
        if code == 2:
            assert told.startswith("slowpoints: "), told
            assert told.endswith(".\n"), told
            assert told.count("\n") == 1, told
        # Nothing good is lost; what was in training goes on, and what is trained again has another date.
        after = contents(study)
        for file, content in good.items():
            if name in RUNS and (file.startswith(f"networks/{self._last}/") or file.endswith("network.json")):
                continue
            assert after.get(file) == content or content in after.values(), f"{file} is lost"
        # Without its last snapshot a network has another one that is searched.
        another = name == "find" and kind == "last snapshot"
        if code == 0 and name in ("claims", "export", "gather", "find") and not (another and damage in LESS):
            # Nothing damaged is used: what was made is what is made of the whole study, or less of it.
            if name not in self._known:
                self._known[name] = self._run(name, self._before)[1]
            known = self._known[name]
            if damage in LESS:
                # Claims and the copy of all results are then of what there is.
                kept = {file: content for file, content in made.items() if _is_kept(file)}
                assert kept.items() <= known.items()
            else:
                assert made == known
        if name in RUNS and kind != "study":
            # Only a measurement of the history, which this study has not, reads other snapshots than the last.
            unread = path.relative_to(study).as_posix() if kind in ("first snapshot", "snapshot in training") else ""
            self._check_that_it_is_made_anew(study, unread)

    def _check_that_it_is_made_anew(self, study: Path, unread: str) -> None:
        """Gives the commands that notice and repair until both end well. The study is then as it should be, but for a
        file that nothing has read.
        """
        for _ in range(4):
            told = [self._run(name, study) for name in ("claims", "run")]
            if all(code == 0 for code, *_ in told):
                break
        assert [code for code, *_ in told] == [0, 0], told
        found = lasting(Study.open(study))
        for file, content in self._whole.items():
            assert found.get(file) == content or file == unread, f"{file} was not made anew"

    def _run(self, name: str, study: Path) -> tuple[int, dict[str, bytes], str]:
        """The exit code, what the command made, and what it told of errors."""
        output = self._folder / "made"
        shutil.rmtree(output, ignore_errors=True)
        if name == "find":
            output.mkdir()
        code, out, told = run(*COMMANDS[name](study, output))
        made = {"said": out.encode()} if name == "claims" else contents(output) if output.exists() else {}
        # When a task was done and how long it took is nothing to compare.
        return code, {file: content for file, content in made.items() if not file.endswith("tasks.json")}, told

    def _path(self, study: Path, kind: str, first: str) -> Path:
        (path,) = study.glob(KINDS[kind].format(first=first, last=self._last))
        return path

    def _another(self, path: Path, same_of_another: Path) -> bytes:
        """The content of a file of the same kind."""
        if same_of_another != path:
            return same_of_another.read_bytes()
        beside = [file for file in sorted(path.parent.glob(f"*{path.suffix}")) if file != path and file.is_file()]
        return (beside[0] if beside else path).read_bytes()


def _is_kept(file: str) -> bool:
    """Whether a file can be made in no other way than by training and measuring."""
    return file.endswith((".safetensors", ".nc.gz", "network.json", "study.json"))
