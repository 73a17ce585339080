"""An engine of Dask workers: those of a scheduler that is running somewhere, or some on this machine."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Any, Self

from slowpoints._errors import InputError
from slowpoints.engines._devices import gpus, shares
from slowpoints.engines._engine import WorkerDied
from slowpoints.engines._processes import GRACE, processors
from slowpoints.engines._stopping import ask_to_stop, watched
from slowpoints.engines._worker import environment

STARTING = 300
"""How many seconds the workers of this machine have to start."""


class Dask:
    """Runs functions in Dask workers, one at a time in each.

    Dask blames every function that a dead worker had, whether it ran or waited; so a worker is given one function, by
    name, when it is free. A worker that this command no longer waits for ends what it is doing.

    Args:
        address: a scheduler's, tcp://… or tls://…; by default it and its workers are started here, on 127.0.0.1.
        workers: how many are started here; by default one a GPU, or one a processor where there is no GPU. Those of one
            GPU share its memory, as with `Processes`.
        devices: see `Processes`.
        patience: how many seconds a scheduler has to answer at first.

    Example:
        >>> from slowpoints.engines import Dask
        >>> engine = Dask(workers=2)  # no worker starts before its `with` block
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        workers: int | None = None,
        devices: tuple[str, ...] | None = None,
        patience: float = 20.0,
    ):
        self._patience = patience
        devices = gpus() if devices is None else devices
        self._address, self._workers = address, workers or len(devices) or processors()
        self._shares = shares(self._workers, devices)
        self._given: dict[str, tuple[Any, Future[Any]]] = {}
        self._alive: list[str] = []
        self._client: Any = None
        self._cluster: Any = None
        self._nannies: list[Any] = []

    @property
    def slots(self) -> int:
        """See `Engine.slots`. Looks after functions whose workers are gone."""
        if self._client is None:  # a scheduler elsewhere has not been asked yet; it has one at least
            return self._workers if self._address is None else 1
        self._alive = self._workers_now()
        for worker in [worker for worker in list(self._given) if worker not in self._alive]:
            inner, outer = self._given.pop(worker, (None, None))
            if inner is not None and outer is not None:
                inner.cancel()
                outer.set_exception(WorkerDied(f"the Dask worker {worker} is gone"))
        return len(self._alive)

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        """See `Engine.submit`."""
        if not self._alive:
            self._alive = self._workers_now()
        worker = next(worker for worker in self._alive if worker not in self._given)
        outer: Future[Any] = Future()
        inner = self._client.submit(_in_worker, function, *arguments, workers=[worker], pure=False)
        self._given[worker] = inner, outer
        inner.add_done_callback(lambda done: self._hand_over(worker, done))
        return outer

    def _hand_over(self, worker: str, done: Any) -> None:
        inner, outer = self._given.get(worker, (None, None))
        # The main thread may have taken it back meanwhile, because the worker is gone.
        if inner is not done or outer is None or self._given.pop(worker, None) is None:
            return
        if done.status == "finished":
            outer.set_result(done.result())
        elif done.status == "error":
            error = done.exception()
            gone = type(error).__name__ in ("KilledWorker", "CommClosedError")
            outer.set_exception(WorkerDied(f"the Dask worker {worker} died") if gone else error)
        else:
            outer.set_exception(WorkerDied(f"Dask gave up what the worker {worker} had"))

    def _workers_now(self) -> list[str]:
        """The addresses of all workers, as the scheduler knows them now."""
        try:
            if self._client.status == "running":
                return sorted(self._client.scheduler_info(n_workers=-1)["workers"])
        except (OSError, TimeoutError):
            pass
        where = self._client.scheduler.address if self._client.scheduler else self._address
        raise InputError(f"The Dask scheduler at {where} is gone; start one and run the same command again.")

    def _start(self) -> Any:
        """What workers and scheduler there are to be: an address, or a cluster that is started here."""
        from distributed import Nanny, Scheduler, SpecCluster
        from distributed.system import MEMORY_LIMIT

        if self._address is not None:
            return self._address
        quiet: Any = logging.CRITICAL  # a level, though SpecCluster says bool
        here = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
        of_each = {**here, "nthreads": 1, "memory_limit": MEMORY_LIMIT // self._workers, "silence_logs": quiet}

        def nanny(scheduler: str, **options: Any) -> Nanny:
            self._nannies.append(started := Nanny(scheduler, **options))
            return started

        # First a cluster without workers: `SpecCluster` is not there to be closed if it is interrupted while it starts.
        scheduler = {"cls": Scheduler, "options": here}
        self._cluster = SpecCluster({}, scheduler, silence_logs=quiet, shutdown_on_close=False)
        for k, share in enumerate(self._shares):
            self._cluster.worker_spec[k] = {"cls": nanny, "options": {**of_each, "env": environment(share)}}
        self._cluster.scale(self._workers)
        try:
            self._cluster.wait_for_workers(self._workers, timeout=STARTING)
        except TimeoutError as error:
            raise InputError(
                f"Not all of {self._workers} Dask workers started within {STARTING} s on this machine; try fewer, with "
                "--workers."
            ) from error
        return self._cluster

    def __enter__(self) -> Self:
        try:
            from distributed import Client
        except ImportError as error:
            raise InputError("The engine dask needs Dask: pip install 'slowpoints[dask]'.") from error
        try:
            self._client = Client(self._start(), set_as_default=False, timeout=self._patience)
        except BaseException as error:
            self.__exit__(type(error), error, None)
            if self._address is None or not isinstance(error, (OSError, ValueError)):
                raise
            raise InputError(f"There is no Dask scheduler at {self._address} ({error}); give its address.") from error
        return self

    def __exit__(self, kind, error, traceback) -> None:
        given = list(self._given.values())
        self._given.clear()
        for inner, _ in given:
            inner.cancel()
        if kind is not None and self._cluster is not None:
            with suppress(TimeoutError, OSError):
                self._cluster.sync(_end, self._nannies, callback_timeout=GRACE)
        # Workers that are slow to leave end with this process, or when they miss their scheduler. If one is only
        # beginning, an assertion of Dask's fails.
        patience = 30 if kind is None else 0.6
        for one in (self._client, self._cluster):
            with suppress(TimeoutError, OSError, AssertionError), _quiet():
                if one is not None:
                    one.close(timeout=patience)
        if self._client is not None:
            # One that could not say goodbye in time would try again when it is collected, in a loop that is closed.
            self._client.status = "closed"
        self._client = self._cluster = None
        self._nannies.clear()


@contextmanager
def _quiet() -> Iterator[None]:
    """Where a scheduler is gone, Dask's client logs the traceback of its last attempt to reach it."""
    logger = logging.getLogger("distributed.client")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


async def _end(nannies: Sequence[Any]) -> None:
    """Ends workers of this machine. They have 0.8 of the time to save what they have; those that are only starting have
    nothing, and would not hear of it before they have started.
    """
    starting = [nanny for nanny in nannies if nanny.status.name in ("init", "starting")]
    closed = asyncio.gather(*(nanny.close(timeout=GRACE) for nanny in nannies), return_exceptions=True)
    while not closed.done():
        for pid in filter(None, (nanny.pid for nanny in starting)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await asyncio.wait([closed], timeout=0.05)


def _in_worker(function: Callable[..., Any], *arguments: Any) -> Any:
    """Runs a function in a Dask worker for as long as a client wants it and the worker is not leaving."""
    from distributed import get_worker

    worker = get_worker()
    heeded = threading.Event()
    worker.io_loop.add_callback(_heed_sigterm, heeded)
    # Work waits for that: until then SIGTERM ends the worker at once, with nothing saved.
    heeded.wait(timeout=GRACE)
    key = worker.get_current_task()

    def unwanted() -> bool:
        task = worker.state.tasks.get(key)
        return worker.status.name not in ("running", "paused") or task is None or task.state == "cancelled"

    with watched(unwanted):
        return function(*arguments)


def _heed_sigterm(heeded: threading.Event) -> None:
    """Lets SIGTERM ask this process' work to stop. Called in the worker's main thread, where its events are handled.

    Dask's nanny heeds the signal, but the worker beside it dies of it at once, and a batch system sends it to all
    processes of a job that has to go.
    """
    in_main = threading.current_thread() is threading.main_thread()
    if in_main and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda *_: ask_to_stop())
    heeded.set()
