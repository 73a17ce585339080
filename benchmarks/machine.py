"""The machine, and the processes that benchmarks run in."""

import importlib.metadata
import importlib.util
import multiprocessing
import os
import platform
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from benchmarks.settings import Settings
from slowpoints.engines import end_with_parent

P = ParamSpec("P")
Result = TypeVar("Result")

VERSIONS = ("slowpoints", "jax", "numpy", "torch", "brainpy", "canns")


def limit_threads(threads: int) -> None:
    """Sets how many threads the libraries of processes started from here on use. XLA sizes its pool by NPROC.

    LAPACK stays at one: see `find_slow_points`.
    """
    for variable in ("NPROC", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = str(threads)
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    os.environ["JAX_PLATFORMS"] = "cpu"
    os.environ.pop("JAX_COMPILATION_CACHE_DIR", None)  # or compilation would cost nothing the second time


def in_a_process(function: Callable[P, Result], *args: P.args, **options: P.kwargs) -> Result:
    """The function's result, computed in a process of its own: its threads and its peak memory are its own."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, initializer=end_with_parent) as pool:
        return pool.submit(function, *args, **options).result()


def peak_memory() -> float:
    """The most memory this process has held so far, in MiB."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def lacks(package: str) -> str | None:
    """A sentence if the package is not installed."""
    if importlib.util.find_spec(package):
        return None
    return f"Skipped: {package} is not installed; pip install 'slowpoints[bench]'."


def run_conditions(settings: Settings) -> dict[str, Any]:
    """What numbers depend on besides the code: versions, processor, threads, clock, load."""
    return {
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in VERSIONS if importlib.util.find_spec(name)},
        "processor": processor(),
        "processors": os.cpu_count(),
        "threads": settings.threads,
        "clock": settings.clock,
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
    }


def processor() -> str:
    """The processor's name."""
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
