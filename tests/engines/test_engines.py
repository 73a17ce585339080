"""One contract for every engine: results, exceptions, slots, and life after a worker's death."""

import os
import time

import pytest

from slowpoints.engines import Processes, Serial

ENGINES = {"serial": Serial, "processes": lambda: Processes(2)}
each = pytest.mark.parametrize("make", ENGINES.values(), ids=ENGINES)


def fail(message: str) -> None:
    raise ValueError(message)


def die() -> None:
    os._exit(9)


def threads() -> dict[str, str | None]:
    return {name: os.environ.get(name) for name in ("NPROC", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}


@each
def test_a_function_s_result_and_its_exception_come_back(make):
    with make() as engine:
        assert engine.submit(pow, 2, 10).result(timeout=60) == 1024
        assert isinstance(engine.submit(fail, "no").exception(timeout=60), ValueError)
        assert engine.submit(pow, 3, 2).result(timeout=60) == 9


@each
def test_as_many_run_at_once_as_there_are_slots(make):
    with make() as engine:
        for _ in range(2):
            futures = [engine.submit(os.getpid) for _ in range(engine.slots)]
            assert len({future.result(timeout=60) for future in futures}) == engine.slots
            # A future is done a moment before its slot is free.
            time.sleep(0.05)


def test_workers_compute_with_one_thread():
    with Processes(1) as engine:
        assert set(engine.submit(threads).result(timeout=60).values()) == {"1"}


def test_a_worker_that_dies_costs_its_task_only():
    with Processes(2) as engine:
        dying, living = engine.submit(die), engine.submit(pow, 2, 3)
        assert dying.exception(timeout=60) is not None
        assert living.result(timeout=60) == 8
        time.sleep(0.05)
        # Both slots work again.
        futures = [engine.submit(os.getpid) for _ in range(2)]
        assert len({future.result(timeout=60) for future in futures}) == 2


def test_by_default_there_is_a_worker_a_processor():
    assert Processes().slots == len(os.sched_getaffinity(0))
