"""Strict settings for the whole test run; the package itself never touches a global setting."""

import itertools

import jax
import pytest

jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")


@pytest.fixture
def getkey():
    """A source of fresh random keys, the same in every run."""
    counter = itertools.count()
    return lambda: jax.random.key(next(counter))
