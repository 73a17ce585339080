"""Engines for tests: work that is done in this process, and work that must not begin."""

from concurrent.futures import Future

import jax

from slowpoints.engines import Serial


class Here(Serial):
    """Work is done in this process, which takes less time than to start another."""

    def submit(self, function, /, *arguments) -> Future:
        with jax.numpy_dtype_promotion("standard"):  # optax' Adam needs it
            return super().submit(function, *arguments)


class Nowhere(Serial):
    """An engine that can do nothing."""

    def submit(self, function, /, *arguments) -> Future:
        raise AssertionError("work was started")
