"""What workers of the engines' tests do. A worker imports this and nothing heavy."""

import os
import signal
import time
from pathlib import Path

from slowpoints.engines._stopping import asked_to_stop, work


def fail(message: str) -> None:
    raise ValueError(message)


def die() -> None:
    os._exit(9)


def threads() -> dict[str, str | None]:
    return {name: os.environ.get(name) for name in ("NPROC", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}


def slow_process_id() -> int:
    """Takes so long that the slot is not free again when the next task is given out."""
    time.sleep(1)
    return os.getpid()


def slow_share() -> tuple[str | None, str | None]:
    time.sleep(0.5)
    return os.environ.get("CUDA_VISIBLE_DEVICES"), os.environ.get("XLA_PYTHON_CLIENT_MEM_FRACTION")


def careful(folder: Path, asked_at_once: bool = False) -> None:
    """Names its process; saves, and says so, when it is asked to stop: by itself, at its beginning, or by others."""
    with work((folder / "said").touch):
        asked_to_stop()  # from now on it is waited for
        if asked_at_once:
            os.kill(os.getpid(), signal.SIGTERM)
        (folder / str(os.getpid())).touch()
        while not asked_to_stop():
            time.sleep(0.1)
        (folder / "saved").touch()
