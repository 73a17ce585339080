"""Setting up a worker process. Imports nothing heavy, so that it runs before jax and numpy start their threads."""

import os


def use_one_thread() -> None:
    """Limits this process to one thread of computation.

    XLA sizes its thread pool by NPROC. Two workers of one thread each train at 32 ms a step (MNIST, GRU of 200) on
    two cores where two workers of two threads each take 47; and LAPACK called from several threads under load was
    seen 40 times slower.
    """
    for variable in ("NPROC", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"
