"""Where a study's work runs: anything with the interface of `concurrent.futures.Executor`."""

import concurrent.futures
import multiprocessing
import os


def process_pool(workers: int) -> concurrent.futures.Executor:
    """A pool of `workers` freshly spawned processes, one thread each.

    Linear algebra of this size gains
    nothing from more threads, and several processes with a thread each never ask for more cores than there are.
    """
    return concurrent.futures.ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=_one_thread
    )


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _one_thread() -> None:
    """Runs in a fresh worker before jax is imported there."""
    flags = os.environ.get("XLA_FLAGS", "")
    os.environ["XLA_FLAGS"] = f"{flags} --xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1".strip()
    for library in ("OPENBLAS", "OMP", "MKL"):
        os.environ[f"{library}_NUM_THREADS"] = "1"
