"""A thousand malformed inputs at every command: each gives one sentence and exit code 2, and nothing is written over.

Not part of the tests, because it takes too long: `make torture`.
"""

import shutil
import sys
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, HealthCheck, settings
from ruamel.yaml import YAML

import slowpoints.cli
from slowpoints.study import results_of, Study
from tests.study.tiny import finished, write_corpus

EXAMPLES = settings(
    max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
"""Four kinds of input, as many of each."""

READERS = {
    "status": (),
    "plan": (),
    "claims": (),
    "report": (),
    "export": ("--weights", "--output", "made"),
    "gather": ("--into", "made"),
    "compare": ("whole", "--output", "made/comparison.html"),
}
"""Commands that take a study's folder and train nothing, with what else they are given; `whole` is a whole study."""


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Study:
    """Read only. Its copy of the results is there, so that the examples are of the same files whichever came before."""
    made = finished(tmp_path_factory)
    results_of(made)
    return made


@pytest.fixture
def command(capsys, monkeypatch, tmp_path):
    """Runs `slowpoints …` in this process and a folder of its own: exit code, and what it says of an error."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["slowpoints", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            slowpoints.cli.main()
        return int(left.value.code or 0), capsys.readouterr().err

    return run


def one_sentence(code: int, told: str) -> None:
    assert code == 2, (code, told)
    assert told.startswith("slowpoints: "), told
    assert told.endswith("\n"), told
    assert told.count("\n") == 1, told
    assert len(told) < 2000, told


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


scalars = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=20) | st.dates()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = ("name", "corpus", "units", "networks", "schedules", "task", "training", "ensemble", "records", "snapshots",
         "snapshots_around", "keep", "measurements", "unit", "readout", "protocol", "seeds", "nonsense")  # fmt: skip


@EXAMPLES
@given(mapping=st.dictionaries(st.sampled_from(NAMES), values, min_size=1, max_size=3), known=st.booleans())
def test_configs(mapping, known, command, tmp_path):
    """`plan` of a config either says what would be done or what is wrong with it."""
    write_corpus(tmp_path / "corpus.npz")
    base = {"corpus": "arrays", "corpus_file": "corpus.npz", "seeds": 1} if known else {}
    with open(tmp_path / "mine.yaml", "w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump({**base, **mapping}, file)
    before = contents(tmp_path)
    code, told = command("plan", "mine.yaml")
    if code != 0:
        one_sentence(code, told)
    assert contents(tmp_path) == before


@EXAMPLES
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_files_of_anything(content, command, tmp_path):
    """Bytes of any kind where a config, weights, options of jobs, a corpus or a study are expected."""
    for name in ("mine.yaml", "mine.safetensors", "mine.npz", "study.json"):
        (tmp_path / name).write_bytes(content)
    before = contents(tmp_path)
    for arguments in (
        ("find", "mine.safetensors", "--starts", 2),
        ("run", ".", "--part", "1/2"),
        ("config", content.decode("utf-8", "ignore").replace("\0", "") or "none"),
        *((name, ".", *more) for name, more in READERS.items()),
    ):
        one_sentence(*command(*arguments))
    assert command("data", "verify", "arrays", "--file", "mine.npz")[0] == 2
    # Nothing at all, or a comment, is a config, and options of jobs.
    for arguments in (("plan", "mine.yaml"), ("slurm", "mine.yaml")):
        code, told = command(*arguments)
        if code != 0:
            one_sentence(code, told)
    assert {name: there for name, there in contents(tmp_path).items() if name in before} == before


@EXAMPLES
@given(data=st.data())
def test_studies_with_a_damaged_file(data, command, study, tmp_path_factory):
    """A changed byte or a cut in any file: it is named, or does not matter to that command."""
    folder = tmp_path_factory.mktemp("study") / "copy"
    shutil.copytree(study.folder, folder)
    files = sorted(
        path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".png", ".svg", ".html")
    )
    path = data.draw(st.sampled_from(files))
    content = bytearray(path.read_bytes())
    if content:
        at = data.draw(st.integers(0, len(content) - 1))
        content = content[:at] if data.draw(st.booleans()) else content
        if at < len(content):
            content[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    name = data.draw(st.sampled_from(sorted(READERS)))
    code, told = command(name, folder, *(study.folder if word == "whole" else word for word in READERS[name]))
    if code != 0:
        one_sentence(code, told)
    shutil.rmtree(folder.parent)
    shutil.rmtree("made", ignore_errors=True)


@EXAMPLES
@given(
    shape=st.lists(st.integers(0, 4), max_size=4), labels=st.lists(st.integers(-2, 3), max_size=5),
    value=st.floats(width=32) | st.just(0.5), names=st.sampled_from([("images", "labels"), ("images",), ("a", "b")]),
)  # fmt: skip
def test_corpora(shape, labels, value, names, command, tmp_path):
    """Arrays of any shape where images and labels are expected."""
    arrays = dict(zip(names, (np.full(shape, value, np.float32), np.array(labels, int)), strict=False))
    np.savez(tmp_path / "mine.npz", **arrays)
    (tmp_path / "mine.yaml").write_text("corpus: arrays\ncorpus_file: mine.npz\n")
    before = contents(tmp_path)
    code, told = command("plan", "mine.yaml")
    if code != 0:
        one_sentence(code, told)
    assert contents(tmp_path) == before
