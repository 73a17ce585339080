"""Other packages' searches for fixed points, each given the same map, the same starts and so many iterations."""

import warnings
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float

from benchmarks.problems import Problem

Search: TypeAlias = Callable[[int], tuple[Float[np.ndarray, "point unit"], int]]
"""Searches for a number of iterations: the last states, and how many were made."""


def fixed_point_finder(problem: Problem) -> Search:
    """Adam by FixedPointFinder's rules, on PyTorch."""
    from benchmarks.fixed_point_finder import search

    return lambda iterations: search(problem.unit, np.asarray(problem.drive), problem.starts, iterations=iterations)


def brainpy(problem: Problem) -> Search:
    """brainpy's SlowPointFinder by gradient descent, with its default optimiser, going on past its tolerance."""
    import jax.numpy as jnp
    from brainpy.analysis import SlowPointFinder  # pyright: ignore[reportMissingImports]

    finder = SlowPointFinder(lambda state: problem.unit.step(state, problem.drive), f_type="discrete", verbose=False)
    starts = jnp.asarray(problem.starts, jnp.float32)

    def run(iterations: int):
        batches = max(1, round(iterations / 100))
        finder.find_fps_with_gd_method(starts, tolerance=0.0, num_batch=100, num_opt=100 * batches)
        return np.asarray(finder._fixed_points), 100 * batches

    return run


def canns(problem: Problem) -> Search:
    """canns' FixedPointFinder with its default settings, without Jacobians and without discarding points."""
    # Its optimiser is brainpy's, and its model must be one of brainpy's.
    import brainpy  # pyright: ignore[reportMissingImports]
    from canns.analyzer.slow_points import FixedPointFinder  # pyright: ignore[reportMissingImports]

    class Model(brainpy.DynamicalSystem):
        def __call__(self, inputs: Any, hidden: Any) -> tuple[Any, Any]:
            moved = problem.unit.step(hidden, problem.drive[None])
            return moved[:, None], moved

    finder = FixedPointFinder(Model(), do_compute_jacobians=False, final_q_threshold=0.0, verbose=False)
    states, no_input = np.asarray(problem.starts, np.float32)[None], np.zeros((1, 1), np.float32)

    def run(iterations: int):
        finder.max_iters = iterations
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it advises against 1,024 starts at once
            _, found = finder.find_fixed_points(states, no_input, n_inits=states.shape[1])
        return np.asarray(found.xstar), int(np.max(np.asarray(found.n_iters)))

    return run
