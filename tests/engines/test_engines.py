"""One contract for every engine: results, exceptions, slots, and life after a worker's death."""

import os
import signal
import subprocess
import sys
import time

import pytest

from slowpoints._errors import InputError
from slowpoints.engines import Dask, gpus, Processes, Serial, Share, shares, WorkerDied
from slowpoints.engines._stopping import wait_for
from tests.engines.work import careful, die, fail, slow_process_id, slow_share, threads
from tests.study.commands import gone, workers_of

ENGINES = {"serial": Serial, "processes": lambda: Processes(2), "dask": lambda: Dask(workers=2)}
each = pytest.mark.parametrize("make", ENGINES.values(), ids=ENGINES)


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
            futures = [engine.submit(slow_process_id) for _ in range(engine.slots)]
            assert len({future.result(timeout=60) for future in futures}) == engine.slots


with_workers = pytest.mark.parametrize(
    "make", [make for name, make in ENGINES.items() if name != "serial"], ids=[n for n in ENGINES if n != "serial"]
)


@with_workers
def test_workers_compute_with_one_thread(make):
    with make() as engine:
        assert set(engine.submit(threads).result(timeout=60).values()) == {"1"}


@with_workers
def test_a_worker_that_dies_costs_its_task_only(make):
    with make() as engine:
        dying, living = engine.submit(die), engine.submit(pow, 2, 3)
        end = time.monotonic() + 60
        while not dying.done() and time.monotonic() < end:
            assert engine.slots >= 1
            time.sleep(0.1)
        assert isinstance(dying.exception(timeout=0), WorkerDied)
        assert living.result(timeout=60) == 8
        while engine.slots < 2 and time.monotonic() < end:
            time.sleep(0.1)
        # Both slots work again.
        futures = [engine.submit(slow_process_id) for _ in range(2)]
        assert len({future.result(timeout=60) for future in futures}) == 2


def test_a_worker_that_dies_with_nothing_to_do_is_replaced():
    with Processes(1, devices=()) as engine:
        first = engine.submit(os.getpid).result(timeout=60)
        os.kill(first, signal.SIGKILL)
        time.sleep(1)
        assert engine.submit(os.getpid).result(timeout=60) != first
        assert engine.submit(os.getpid).result(timeout=60) != first


@with_workers
def test_a_worker_that_gets_sigterm_lets_its_work_end(make, tmp_path):
    with make() as engine:
        running = engine.submit(careful, tmp_path)
        assert wait_for(lambda: any(tmp_path.iterdir()), 60)
        os.kill(int(next(tmp_path.iterdir()).name), signal.SIGTERM)
        assert wait_for(lambda: engine.slots > 0 and running.done(), 60)
        assert isinstance(running.exception(timeout=0), WorkerDied)
    assert {"saved", "said"} < {path.name for path in tmp_path.iterdir()}


@with_workers
def test_a_worker_that_gets_sigterm_as_its_work_begins_does_not_just_die(make, tmp_path):
    with make() as engine:
        running = engine.submit(careful, tmp_path, True)
        assert wait_for(lambda: engine.slots > 0 and running.done(), 60)
        assert isinstance(running.exception(timeout=0), WorkerDied)
    assert {"saved", "said"} < {path.name for path in tmp_path.iterdir()}


def interrupted(make) -> None:
    with make() as engine:
        assert engine.submit(pow, 2, 2).result(timeout=60) == 4
        running = engine.submit(time.sleep, 3600)
        time.sleep(0.5)
        assert not running.done()
        assert workers_of(os.getpid())
        raise KeyboardInterrupt


@with_workers
def test_an_exception_ends_what_is_running(make):
    before, began = set(workers_of(os.getpid())), time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        interrupted(make)
    assert gone(list(set(workers_of(os.getpid())) - before), seconds=60)
    assert time.monotonic() - began < 60


def test_dask_listens_on_loopback_only():
    before = set(workers_of(os.getpid()))
    with Dask(workers=1) as engine:
        engine.submit(pow, 2, 2).result(timeout=60)
        mine = {os.getpid(), *workers_of(os.getpid())} - before
        listed = subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True, check=True).stdout.splitlines()
    at = [line.split()[3] for line in listed if any(f"pid={process}," in line for process in mine)]
    assert at
    assert [address for address in at if not address.startswith(("127.0.0.1:", "[::1]:"))] == []


def test_a_scheduler_that_is_not_there_is_said_not_to_be():
    with (
        pytest.raises(InputError, match=r"There is no Dask scheduler at tcp://127\.0\.0\.1:9 "),
        Dask("tcp://127.0.0.1:9", patience=1),
    ):
        pass


STARTING_DASK = """
import sys, time
from slowpoints.engines import Dask
try:
    with Dask(workers=2):
        time.sleep(60)
except KeyboardInterrupt:
    sys.exit(130)
"""


def test_dask_interrupted_while_its_workers_start_leaves_nothing_and_no_warning():
    process = subprocess.Popen([sys.executable, "-c", STARTING_DASK], stderr=subprocess.PIPE)
    assert wait_for(lambda: len(workers_of(process.pid)) == 2, 60)
    workers = workers_of(process.pid)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[1] == b""
    assert process.returncode == 130
    assert gone(workers, seconds=60)


def test_dask_says_that_its_workers_do_not_start(tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text("raise SystemExit(3)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr("slowpoints.engines._dask.STARTING", 5)
    with (
        pytest.raises(InputError, match=r"Not all of 2 Dask workers started within 5 s on this machine"),
        Dask(workers=2),
    ):
        pass


def test_workers_share_the_memory_of_their_gpu():
    assert shares(2, ()) == (None, None)
    assert shares(1, ("0",)) == (Share("0", 0.9),)
    assert shares(4, ("0", "1")) == (Share("0", 0.45), Share("1", 0.45)) * 2
    environment = Share("1", 0.45).environment
    assert environment == {"CUDA_VISIBLE_DEVICES": "1", "XLA_PYTHON_CLIENT_MEM_FRACTION": "0.450"}


@pytest.mark.parametrize("make", [Processes, Dask])
def test_a_worker_sees_its_share_of_a_gpu_only(make):
    with make(workers=2, devices=("GPU-7",)) as engine:
        futures = [engine.submit(slow_share) for _ in range(engine.slots)]
        assert [future.result(timeout=60) for future in futures] == [("GPU-7", "0.450")] * 2


def test_there_is_a_worker_a_gpu():
    assert Processes(devices=("0", "1", "2")).slots == 3
    assert Dask(devices=("0", "1", "2")).slots == 3


def test_gpus_are_those_that_jax_would_use(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name == "jax_cuda13_plugin")
    assert gpus({"CUDA_VISIBLE_DEVICES": "2,3"}) == ("2", "3")
    assert gpus({"CUDA_VISIBLE_DEVICES": "2,3", "JAX_PLATFORMS": "cpu"}) == ()
    assert gpus({"CUDA_VISIBLE_DEVICES": ""}) == ()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert gpus({"CUDA_VISIBLE_DEVICES": "2,3"}) == ()


def test_where_there_is_no_gpu_there_is_a_worker_a_processor():
    assert Processes(devices=()).slots == Dask(devices=()).slots == len(os.sched_getaffinity(0))
