"""Where a study's work runs: anything with the interface of `concurrent.futures.Executor`."""

import concurrent.futures
import multiprocessing
import os

from slowpoints._worker import set_up


def process_pool(workers: int) -> concurrent.futures.Executor:
    """A pool of `workers` freshly spawned processes, one thread each.

    Linear algebra of this size gains nothing from more threads, and several processes with a thread each never ask
    for more cores than there are.
    """
    return concurrent.futures.ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=set_up
    )


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
