"""A study through Dask whose client, workers and scheduler are really killed: the same bits, and no process left.

Not part of the tests, because it takes too long: `make torture`.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from slowpoints.study import config_to_yaml, Study
from tests.study.commands import (
    disturb,
    DISTURBANCES,
    gone,
    lasting,
    said,
    started,
    trained_to,
    wait_until,
    workers_of,
)
from tests.study.tiny import tiny_config, write_corpus


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> Study:
    """What everything else is compared with, trained and measured in one process."""
    folder = tmp_path_factory.mktemp("undisturbed")
    assert started(config_in(folder), "study", "--engine", "serial").wait(timeout=580) == 0
    return Study.open(folder / "study")


def config_in(folder: Path) -> Path:
    """A study that takes long enough for something to happen to it."""
    write_corpus(folder / "corpus.npz")
    longer = {"training": {"steps": 30_000}, "records": 100, "snapshots": 30}
    config = tiny_config(folder / "corpus.npz", protocol="naive", seeds=2, **longer)
    (folder / "tiny.yaml").write_text(config_to_yaml(config))
    return folder / "tiny.yaml"


class Cluster:
    """A Dask scheduler and two workers, started as a person starts them."""

    def __init__(self, folder: Path):
        self._file = folder / f"scheduler-{time.monotonic_ns()}.json"
        everywhere = ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0", "--scheduler-file", str(self._file))
        self.scheduler = _python("distributed.cli.dask_scheduler", "--port", "0", *everywhere)
        wait_until(lambda: self._file.exists() and self._file.read_text().endswith("}"), self.scheduler)
        self.nannies = _python("distributed.cli.dask_worker", "--nworkers", "2", "--nthreads", "1", *everywhere)

    @property
    def engine(self) -> tuple[str, str]:
        """The options by which a command uses it."""
        return "--engine", json.loads(self._file.read_text())["address"]

    @property
    def workers(self) -> list[int]:
        """The processes that work."""
        return workers_of(self.nannies.pid)

    def close(self) -> None:
        """Ends what there still is of it."""
        for process in (self.nannies, self.scheduler):
            process.terminate()
        for process in (self.nannies, self.scheduler):
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()


def _python(*module: str) -> subprocess.Popen:
    environment = {**os.environ, "JAX_PLATFORMS": "cpu", "NPROC": "1", "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, "-m", *module], env=environment, stderr=subprocess.DEVNULL)


@pytest.fixture
def clusters(tmp_path) -> Iterator[list[Cluster]]:
    """The clusters that a test has started; they end with it."""
    begun: list[Cluster] = []
    yield begun
    for cluster in begun:
        cluster.close()


@pytest.fixture
def begun(clusters, tmp_path) -> tuple[Path, Cluster, subprocess.Popen]:
    """A config, a cluster, and a command on it that has come some way through its training."""
    config = config_in(tmp_path)
    clusters.append(cluster := Cluster(tmp_path))
    command = started(config, "study", *cluster.engine)
    wait_until(lambda: len(list((tmp_path / "study").glob("networks/*/snapshots/*"))) > 8, command)
    time.sleep(random.uniform(0, 2))
    assert command.poll() is None, said(config)
    return config, cluster, command


def test_local_workers_and_the_client_are_killed_and_interrupted(undisturbed, tmp_path):
    disturb(config_in(tmp_path), "study", "--engine", "dask", times=len(DISTURBANCES))
    assert lasting(Study.open(tmp_path / "study")) == lasting(undisturbed)


def test_a_worker_is_killed(begun, undisturbed):
    config, cluster, command = begun
    os.kill(random.choice(cluster.workers), signal.SIGKILL)
    assert command.wait(timeout=580) == 0, said(config)
    assert lasting(Study.open(config.parent / "study")) == lasting(undisturbed)


def test_the_client_is_killed(begun, undisturbed):
    config, cluster, command = begun
    command.kill()
    command.wait()
    # The workers are the person's, and stay; but what they were doing ends.
    time.sleep(10)
    reached = trained_to(config.parent / "study")
    time.sleep(3)
    assert trained_to(config.parent / "study") == reached
    assert started(config, "study", *cluster.engine).wait(timeout=580) == 0, said(config)
    assert lasting(Study.open(config.parent / "study")) == lasting(undisturbed)


def test_the_scheduler_is_killed(begun, clusters, undisturbed):
    config, cluster, command = begun
    workers = cluster.workers
    cluster.scheduler.kill()
    assert command.wait(timeout=60) == 2
    assert "is gone; start one and run the same command again." in said(config)[-1]
    assert gone([*workers, cluster.nannies.pid], seconds=60)
    clusters.append(another := Cluster(config.parent))
    assert started(config, "study", *another.engine).wait(timeout=580) == 0, said(config)
    assert lasting(Study.open(config.parent / "study")) == lasting(undisturbed)
