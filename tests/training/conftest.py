"""Optax's Adam takes a float to an integer power, which strict promotion refuses; all else here is strict-clean."""

import jax
import pytest


@pytest.fixture(autouse=True, scope="package")
def standard_promotion():
    with jax.numpy_dtype_promotion("standard"):
        yield
