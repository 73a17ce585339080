"""Setting up a worker process. Imports nothing heavy, so that it runs before jax and numpy start their threads."""

import multiprocessing
import multiprocessing.connection
import os
import threading


def set_up() -> None:
    """Limits this process to one thread of computation, and ends it when the process that started it ends.

    Products are in float32 on a GPU too, but for training that asks for less.

    XLA sizes its thread pool by NPROC. Two workers of one thread each train at 32 ms a step (MNIST, GRU of 200) on
    two cores where two workers of two threads each take 47; and LAPACK called from several threads under load was
    seen 40 times slower. A worker that outlived a killed command would go on in the same files as its successor.
    """
    for variable in ("NPROC", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"
    os.environ["JAX_DEFAULT_MATMUL_PRECISION"] = "float32"
    end_with_parent()


def end_with_parent() -> None:
    """From now on this process ends when the process that started it ends."""
    threading.Thread(target=_watch_parent, daemon=True).start()


def _watch_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)
