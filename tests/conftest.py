"""Strict settings for the whole test run; the package itself never touches a global setting."""

import itertools

import jax
import pytest

jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")


@pytest.fixture(autouse=True, scope="module")
def programs_are_let_go():
    """Frees what a file's tests compiled: a program takes tens of memory mappings, and a process that has more than
    Linux allows, 65,530, is killed. The whole suite in one process would have more.
    """
    yield
    jax.clear_caches()


@pytest.fixture
def getkey():
    """A source of fresh random keys, the same in every run."""
    counter = itertools.count()
    return lambda: jax.random.key(next(counter))
