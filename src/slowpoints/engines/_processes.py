"""An engine of worker processes on this machine."""

import multiprocessing.context
import os
import signal
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from typing import Any, Self

from slowpoints.engines._devices import gpus, Share, shares
from slowpoints.engines._engine import WorkerDied
from slowpoints.engines._stopping import wait_for
from slowpoints.engines._worker import set_up, SIGNALS

GRACE = 3.0
"""How many seconds workers have to save what they have when everything ends."""


class Processes:
    """Freshly spawned processes, one thread of computation each; on GPUs one a device, with most of its memory.

    Linear algebra of this size gains nothing from more threads, and several processes with a thread each never ask
    for more cores than there are. Every slot is a pool of one process: a pool of several is lost whole when one of
    them dies.

    Args:
        workers: how many; by default one a GPU, or one a processor where there is no GPU.
        devices: the GPUs, by their names for CUDA; by default those that jax would use.

    Example:
        >>> from slowpoints.engines import Processes
        >>> engine = Processes(2)  # no process starts before its `with` block
    """

    def __init__(self, workers: int | None = None, *, devices: tuple[str, ...] | None = None):
        devices = gpus() if devices is None else devices
        self.slots = workers or len(devices) or processors()
        self._shares = shares(self.slots, devices)
        self._pools: list[_Pool] = []
        self._free: list[int] = []

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        """See `Engine.submit`."""
        slot = self._free.pop()
        outer: Future[Any] = Future()
        try:
            inner = self._pools[slot].submit(function, *arguments)
        except BrokenExecutor:  # its process died while it had nothing to do
            self._renew(slot)
            inner = self._pools[slot].submit(function, *arguments)
        inner.add_done_callback(lambda done: self._hand_over(slot, done, outer))
        return outer

    def _hand_over(self, slot: int, done: Future[Any], outer: Future[Any]) -> None:
        error = None if done.cancelled() else done.exception()
        if isinstance(error, BrokenExecutor):
            self._renew(slot)
            error = WorkerDied(str(error))
        self._free.append(slot)
        if done.cancelled():
            outer.cancel()
        elif error is not None:
            outer.set_exception(error)
        else:
            outer.set_result(done.result())

    def _renew(self, slot: int) -> None:
        self._pools[slot].executor.shutdown(wait=False)
        self._pools[slot] = _Pool(self._shares[slot])

    def __enter__(self) -> Self:
        # A pool starts its process when it is first given work.
        self._pools = [_Pool(share) for share in self._shares]
        self._free = list(range(self.slots))[::-1]
        return self

    def __exit__(self, kind, error, traceback) -> None:
        pools = list(self._pools)
        if kind is not None:
            for pool in pools:
                pool.terminate()
            if not wait_for(lambda: not any(pool.is_alive() for pool in pools), GRACE):
                for pool in pools:
                    pool.kill()
        for pool in pools:
            pool.executor.shutdown(wait=kind is None, cancel_futures=True)


class _Pool:
    """An executor of one process, and a hand on that process."""

    def __init__(self, share: Share | None):
        self._context = _Context()
        self.executor = ProcessPoolExecutor(1, mp_context=self._context, initializer=set_up, initargs=(share,))

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        # A signal mask is inherited: the process that may be started here has these blocked from its beginning on.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            return self.executor.submit(function, *arguments)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def is_alive(self) -> bool:
        return any(process.is_alive() for process in self._context.processes)

    def terminate(self) -> None:
        for process in self._context.processes:
            process.terminate()

    def kill(self) -> None:
        for process in self._context.processes:
            process.kill()


class _Context(multiprocessing.context.SpawnContext):
    """Spawns processes and remembers them."""

    def __init__(self):
        super().__init__()
        self.processes: list[multiprocessing.context.SpawnProcess] = []

    def Process(self, *arguments: Any, **named: Any) -> multiprocessing.context.SpawnProcess:  # type: ignore[override]
        process = multiprocessing.context.SpawnProcess(*arguments, **named)
        self.processes.append(process)
        return process


def processors() -> int:
    """How many processors this process may use.

    Example:
        >>> from slowpoints.engines import processors
        >>> processors() >= 1
        True
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
