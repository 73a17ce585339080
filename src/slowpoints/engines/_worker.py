"""Setting up a worker process. Imports nothing heavy, so that it runs before jax and numpy start their threads."""

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading

from slowpoints.engines._devices import Share
from slowpoints.engines._stopping import ask_to_stop

ONE_THREAD = dict.fromkeys(("NPROC", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1") | {
    "JAX_DEFAULT_MATMUL_PRECISION": "float32"
}
"""The environment of a worker: one thread of computation; products in float32 on a GPU too, but for training that asks
for less.

XLA sizes its thread pool by NPROC. Two workers of one thread each train at 32 ms a step (MNIST, GRU of 200) on two
cores where two workers of two threads each take 47; and LAPACK called from several threads under load was seen 40 times
slower.
"""

SIGNALS = {signal.SIGINT, signal.SIGTERM}


def environment(share: Share | None) -> dict[str, str]:
    """What a worker with this share of a GPU, or with none, finds in its environment."""
    return ONE_THREAD | (share.environment if share else {})


def set_up(share: Share | None) -> None:
    """Sets up this process, which was started with `SIGNALS` blocked, as a worker.

    It has one thread of computation, and a share of a GPU if one is given. It ends when the process that started it
    ends: a worker that outlived a killed command would go on in the same files as its successor. On SIGTERM its work is
    asked to stop. SIGINT is left to the process that started it, because a terminal sends that to all of them.
    """
    os.environ.update(environment(share))
    end_with_parent()
    threading.Thread(target=_listen, daemon=True).start()


def end_with_parent() -> None:
    """From now on this process ends when the process that started it ends.

    Example:
        >>> from slowpoints.engines import end_with_parent
        >>> end_with_parent()  # nothing, in a process that no other one of Python's started
    """
    threading.Thread(target=_watch_parent, daemon=True).start()


def _watch_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def _listen() -> None:
    while True:
        if signal.sigwait(SIGNALS) == signal.SIGTERM:
            ask_to_stop()
