"""An engine of worker processes on this machine."""

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from typing import Any, Self

from slowpoints.engines._worker import set_up


class Processes:
    """Freshly spawned processes, one thread of computation each.

    Linear algebra of this size gains nothing from more threads, and several processes with a thread each never ask
    for more cores than there are. Every slot is a pool of one process: a pool of several is lost whole when one of
    them dies.

    Args:
        workers: how many; by default one a processor.
    """

    def __init__(self, workers: int | None = None):
        self.slots = workers or processors()
        self._pools: list[ProcessPoolExecutor] = []
        self._free: list[int] = []

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        """See `Engine.submit`."""
        slot = self._free.pop()
        future = self._pools[slot].submit(function, *arguments)
        future.add_done_callback(lambda done: self._release(slot, done))
        return future

    def _release(self, slot: int, done: Future[Any]) -> None:
        if not done.cancelled() and isinstance(done.exception(), BrokenExecutor):
            self._pools[slot] = _pool()
        self._free.append(slot)

    def __enter__(self) -> Self:
        # A pool starts its process when it is first given work.
        self._pools = [_pool() for _ in range(self.slots)]
        self._free = list(range(self.slots))[::-1]
        return self

    def __exit__(self, kind, error, traceback) -> None:
        for pool in self._pools:
            pool.shutdown(wait=kind is None, cancel_futures=True)


def _pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=set_up)


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
