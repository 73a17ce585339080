"""What the matrix products alone take: the time below which no arrangement of the rest can go."""

import importlib.util
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from benchmarks.timing import Run, seconds_each


class Product(NamedTuple):
    """[rows, inner] × [inner, columns] in float32, `times` times."""

    rows: int
    inner: int
    columns: int
    times: int = 1


def training_step(
    *, pixels: int, units: int, batch: int, outputs: int, images: int, trial_steps: int
) -> tuple[Product, ...]:
    """The products of one training step of a GRU: `images` of noise and target projected, and of each weight's
    gradient one product after the loop."""
    return (
        Product(images, pixels, 3 * units),
        Product(pixels, images, 3 * units),
        *recurrent_steps(units, batch, trial_steps),
        # Back through time: the same two, transposed.
        Product(batch, 2 * units, units, trial_steps),
        Product(batch, units, units, trial_steps),
        Product(units, trial_steps * batch, 3 * units),
        Product(trial_steps * batch, units, outputs),
        Product(trial_steps * batch, outputs, units),
        Product(units, trial_steps * batch, outputs),
    )


def recurrent_steps(units: int, batch: int, steps: int) -> tuple[Product, ...]:
    """The products of a GRU's loop: both gates at once, then the candidate, which waits for the reset gate."""
    return Product(batch, units, 2 * units, steps), Product(batch, units, units, steps)


def run_of(products: tuple[Product, ...]) -> Run:
    """Makes all the products a number of times, each with the faster of JAX and, if it is there, PyTorch."""
    libraries = (_jax, _torch) if importlib.util.find_spec("torch") else (_jax,)
    each = [(product.times, _fastest(product, libraries)) for product in products]

    def run(count: int) -> None:
        for times, multiply in each:
            multiply(times * count)

    return run


def _fastest(product: Product, libraries: tuple[Callable[..., Run], ...]) -> Run:
    generator = np.random.default_rng(0)
    left = generator.normal(size=(product.rows, product.inner)).astype(np.float32)
    right = generator.normal(size=(product.inner, product.columns)).astype(np.float32)
    runs = [prepare(left, right) for prepare in libraries]
    count = max(3, round(1e9 / (product.rows * product.inner * product.columns)))
    for run in runs:
        run(2)  # compiles
    return min(runs, key=lambda run: min(seconds_each(run, count, time.process_time) for _ in range(3)))


def _jax(left: np.ndarray, right: np.ndarray) -> Run:
    import jax
    import jax.numpy as jnp

    first, second = jnp.asarray(left), jnp.asarray(right)

    @jax.jit
    def many(count, first, second):
        # Each left side depends on the product before, by next to nothing, so that none can be left out.
        def once(_, carry):
            first, product = carry
            first = first.at[0, 0].add(1e-30 * product[0, 0])
            return first, first @ second

        return jax.lax.fori_loop(0, count, once, (first, jnp.zeros((first.shape[0], second.shape[1]))))[1]

    return lambda count: many(count, first, second).block_until_ready()


def _torch(left: np.ndarray, right: np.ndarray) -> Run:
    import torch  # pyright: ignore[reportMissingImports]

    first, second = torch.from_numpy(left), torch.from_numpy(right)
    product = torch.empty(first.shape[0], second.shape[1])

    def run(count: int) -> None:
        for _ in range(count):
            torch.mm(first, second, out=product)

    return run
