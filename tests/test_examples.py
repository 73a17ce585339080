"""Every example in a docstring runs and shows what it says, and everything public has one."""

import ast
import contextlib
import doctest
import importlib
import inspect
import io
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import jax
import pytest

import slowpoints
from stage import PARTS

SOURCE = Path(slowpoints.__file__).parent

RESULTS = Path(__file__).parent.parent / "examples" / "results"

NEEDS = {"from_torch": "torch", "Exported": "torch", "from_keras": "keras", "from_flax": "flax"}
"""The library that an object's example imports, where the package does not depend on it."""

KERAS_WARNS = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
"""Keras' variables do not yet know of NumPy 2's copy keyword."""


@contextlib.contextmanager
def settings_of(example: str) -> Iterator[None]:
    """The strict settings of tests/conftest.py, but for libraries that promote types and ranks themselves: Keras'
    layers, and Optax's Adam where an example trains.
    """
    if example not in {"advance", "from_keras", "run_study", "train"}:
        yield
        return
    os.environ.setdefault("KERAS_BACKEND", "jax")
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        yield


def docstrings(tree: ast.AST, name: str) -> Iterator[tuple[str, str]]:
    """The docstrings of a module and of everything defined in it, by the object's dotted name."""
    if text := ast.get_docstring(tree):  # pyright: ignore[reportArgumentType]
        yield name, text
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield from docstrings(node, f"{name}.{node.name}")


def examples() -> Iterator[doctest.DocTest]:
    """The examples of every docstring in the package. They are read from the source, so none depends on a decorator."""
    for path in sorted(SOURCE.rglob("*.py")):
        module = path.relative_to(SOURCE).with_suffix("").as_posix().replace("/", ".")
        for name, text in docstrings(ast.parse(path.read_text()), module):
            test = doctest.DocTestParser().get_doctest(text, {"__name__": "__main__"}, name, str(path), 0)
            if test.examples:
                yield test


def parameters() -> list:
    warning = {example.name: [KERAS_WARNS] for example in examples() if example.name.endswith("from_keras")}
    return [pytest.param(example, id=example.name, marks=warning.get(example.name, [])) for example in examples()]


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    """A copy of the repository's results: beside a study that is read a copy of its results is kept."""
    return Path(shutil.copytree(RESULTS, tmp_path_factory.mktemp("checkout") / "examples" / "results"))


@pytest.mark.parametrize("example", parameters())
def test_an_example_shows_what_it_says(example: doctest.DocTest, results: Path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(results.parent)
    name = example.name.rpartition(".")[2]
    library = NEEDS.get(name)
    said = io.StringIO()
    with settings_of(name):
        if library:
            pytest.importorskip(library)
        result = doctest.DocTestRunner().run(example, out=said.write)
    assert result.failed == 0, said.getvalue()


def public(part: str) -> Iterator[tuple[str, object]]:
    """The functions and classes, but for exceptions, that a subpackage exports, by name."""
    for name, value in vars(importlib.import_module(f"slowpoints.{part}")).items():
        shown = inspect.isroutine(value) or (inspect.isclass(value) and not issubclass(value, BaseException))
        if shown and not name.startswith("_"):
            yield name, value


@pytest.mark.parametrize("part", PARTS)
def test_everything_public_has_an_example(part: str):
    names = dict(public(part))
    assert names, f"slowpoints.{part} exports nothing"
    assert [name for name, value in names.items() if ">>>" not in (value.__doc__ or "")] == []


def test_an_example_that_says_something_else_is_seen():
    text = "Adds.\n\nExamples:\n    >>> 1 + 1\n    3\n"
    test = doctest.DocTestParser().get_doctest(text, {}, "wrong", None, 0)
    assert doctest.DocTestRunner().run(test, out=lambda _: None).failed == 1
