"""Strict settings for the whole test run; the package itself never touches a global setting."""

import gc
import itertools
import warnings
from pathlib import Path

import jax
import jaxtyping
import pytest

import tests.checked  # noqa: F401, the hook below finds it by name

SOURCE = Path(__file__).parents[1] / "src" / "slowpoints"

PARTS = sorted(path.parent.name for path in SOURCE.glob("*/__init__.py"))
"""Whose annotations are checked while tests run: every argument, result and field, with its shape and dtype."""

# Before the package is imported.
jaxtyping.install_import_hook([f"slowpoints.{part}" for part in PARTS], "tests.checked.check")

# Tracing makes many small objects, hardly any of them garbage: a seventh of the time went into looking for it.
gc.set_threshold(20_000)

jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")


def pytest_configure(config: pytest.Config):
    config.addinivalue_line("markers", "unchecked: gives what annotations forbid, to see what the package says of it")


@pytest.fixture(autouse=True)
def unchecked_where_marked(request: pytest.FixtureRequest):
    """Lets a marked test through to the package's own errors, as in production, where nothing checks annotations."""
    before = jaxtyping.config.jaxtyping_disable
    jaxtyping.config.update("jaxtyping_disable", request.node.get_closest_marker("unchecked") is not None)
    yield
    jaxtyping.config.update("jaxtyping_disable", before)


@pytest.fixture(autouse=True, scope="module")
def programs_are_let_go():
    """Frees what a file's tests compiled: a program takes tens of memory mappings, and a process that has more than
    Linux allows, 65,530, is killed. The whole suite in one process would have more.

    What lives longer than a file's tests, libraries above all, is not searched for garbage again and again.
    """
    gc.freeze()
    yield
    jax.clear_caches()
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):  # of files that a library left open
        gc.collect()


@pytest.fixture
def getkey():
    """A source of fresh random keys, the same in every run."""
    counter = itertools.count()
    return lambda: jax.random.key(next(counter))
