"""Jobs of a real one-node Slurm that another partition's preempt: they go on later, with the same bits, at no cost.

Not part of the tests, because it takes too long: `make torture`.
"""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from slowpoints.engines import SlurmOptions
from slowpoints.engines._stopping import wait_for
from slowpoints.study import config_to_yaml, run_study, settings_to_yaml, Study
from slowpoints.study._progress import read_progress
from slowpoints.study._run import TRIES
from slowpoints.study._tasks import STOPPED_NOTE
from tests.engines.test_slurm import jobs, slurm as slurm
from tests.study.commands import lasting, said, started, trained_to, wait_until
from tests.study.here import Here
from tests.study.tiny import tiny_config, write_corpus

pytestmark = pytest.mark.xdist_group("slurm")  # two at once would want the same ports

DOCS = Path(__file__).parents[2] / "docs" / "clusters.md"


@pytest.fixture
def config(tmp_path) -> Path:
    """A study with a training, and a measurement, that take some ten seconds each."""
    write_corpus(tmp_path / "corpus.npz")
    changes = {"training": {"steps": 40_000}, "measurements": {"extrapolation": {"delays": [5, 150_000]}}}
    # Nothing is compiled on the way, which cannot be interrupted.
    config = tiny_config(tmp_path / "corpus.npz", protocol="naive", seeds=2, records=200, snapshots=20, **changes)
    (tmp_path / "tiny.yaml").write_text(config_to_yaml(config))
    return tmp_path / "tiny.yaml"


@contextmanager
def urgent(folder: Path) -> Iterator[None]:
    """While the block runs, an urgent job has the whole node, and others had to go for it."""
    asked = ["sbatch", "--parsable", "--partition=urgent", "--exclusive", "--mem=100", "--output=/dev/null", "--wrap"]
    job = subprocess.run([*asked, "sleep 600"], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()
    try:
        assert wait_for(lambda: job in jobs(), 90)
        yield
    finally:
        subprocess.run(["scancel", job], check=True)


def all_jobs() -> list[str]:
    """The IDs of the jobs that wait or run."""
    return subprocess.run(["squeue", "-h", "-r", "-o", "%i"], capture_output=True, text=True, check=True).stdout.split()


def restarts(job: str) -> int:
    """How often a job has been requeued."""
    told = subprocess.run(["scontrol", "show", "job", job], capture_output=True, text=True, check=True).stdout
    return int(re.findall(r"Restarts=(\d+)", told)[0])


def notes(study: Path) -> list[str]:
    """What was last noted of each network that is worked on."""
    return [note["now"] for network in study.glob("networks/*") if (note := read_progress(network))]


def test_the_documented_array_goes_on_after_its_job_was_preempted(slurm, config, tmp_path):
    script = re.findall(r"```\n(#!/bin/bash\n.*?)```", DOCS.read_text(), re.DOTALL)[0]
    run = f"{sys.executable} -m slowpoints run {config.name} --output array --only learning"
    for documented, here in (("1-40", "1-2"), ("/40", "/2"), ("--mem=4G", "--mem=2G"), ("slowpoints run STUDY", run)):
        assert script.count(documented) == 1
        script = script.replace(documented, here)
    (tmp_path / "array.sh").write_text(script)
    subprocess.run(["sbatch", "array.sh"], cwd=tmp_path, check=True, capture_output=True)
    study = tmp_path / "array"
    assert wait_for(lambda: len(list(study.glob("networks/*/snapshots/*"))) > 3, 120)
    (job,) = jobs()
    with urgent(tmp_path):
        assert restarts(job) == 1
        assert trained_to(study) > 0
        assert notes(study) == [STOPPED_NOTE]
        assert list(study.glob("networks/*/lease.json")) == []
    assert wait_for(lambda: all_jobs() == [], 200)

    undisturbed = Study.create(Study.open(study).config, tmp_path / "here")
    assert run_study(undisturbed, only=["learning"], engine=Here()) == ()
    assert lasting(Study.open(study)) == lasting(undisturbed)


def test_a_measurement_that_is_preempted_as_often_as_it_has_tries_is_done(slurm, config, tmp_path):
    options = SlurmOptions(jobs=1, memory="1500MB", host="127.0.0.1", python=sys.executable)
    (tmp_path / "slurm.yaml").write_text(settings_to_yaml(options))
    process = started(config, "jobs", "--seeds", "1", "--only", "extrapolation", "--engine", "slurm:slurm.yaml")
    study = tmp_path / "jobs"
    for _ in range(TRIES):
        wait_until(lambda: notes(study) and notes(study)[0].startswith("extrapolating"), process)
        time.sleep(1)
        assert process.poll() is None, said(config)
        with urgent(tmp_path):
            assert notes(study) == [STOPPED_NOTE]
    assert process.wait(timeout=400) == 0, said(config)
    assert wait_for(lambda: all_jobs() == [], 60)

    undisturbed = Study.create(Study.open(study).config, tmp_path / "here")
    assert run_study(undisturbed, only=["learning", "extrapolation"], engine=Here()) == ()
    assert lasting(Study.open(study)) == lasting(undisturbed)
