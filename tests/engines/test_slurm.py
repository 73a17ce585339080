"""Jobs as text; and functions in the jobs of a real one-node Slurm, one of which is killed."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from slowpoints._errors import InputError
from slowpoints.engines import job_script, Slurm, SlurmOptions, WorkerDied
from slowpoints.engines._stopping import wait_for
from slowpoints.study import read_settings, settings_to_yaml

SCRIPT = Path(__file__).parent / "one_node.sh"


def test_the_job_script_says_what_the_options_ask_for(tmp_path):
    options = SlurmOptions(
        time="01:30:00", memory="3GB", cores=2, partition="long", account="memory", directives=("--gres=gpu:1",),
        before=("module load cuda",), python="/opt/python", host="127.0.0.1", encrypted=False, folder=str(tmp_path),
    )  # fmt: skip
    lines = job_script(options).splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    asked = {line.removeprefix("#SBATCH ") for line in lines if line.startswith("#SBATCH")}
    assert {"-J slowpoints", "-t 01:30:00", "--cpus-per-task=2", "-p long", "-A memory", "--gres=gpu:1"} <= asked
    (memory,) = [line for line in asked if line.startswith("--mem=")]
    assert memory in ("--mem=3GB", "--mem=3G")
    assert f"-e {tmp_path}/slowpoints-%J.err" in asked
    before, last = lines[:-1], lines[-1]
    assert "module load cuda" in before
    assert "export NPROC=1" in before
    assert last.startswith("/opt/python -m distributed.cli.dask_worker tcp://127.0.0.1:")
    assert "--nthreads 1" in last


def test_a_job_s_connections_are_encrypted_unless_told_otherwise(tmp_path):
    script = job_script(SlurmOptions(host="127.0.0.1", folder=str(tmp_path)))
    assert " tls://127.0.0.1:" in script
    assert "--tls-ca-file" in script


def test_options_survive_yaml_and_mistakes_are_named(tmp_path):
    path = tmp_path / "slurm.yaml"
    options = SlurmOptions(jobs=7, directives=("--gres=gpu:1",))
    path.write_text(settings_to_yaml(options))
    assert read_settings(path, SlurmOptions) == options
    path.write_text("")
    assert read_settings(path, SlurmOptions) == SlurmOptions()
    for text, sentence in (
        ("job: 3", "There is no option job; did you mean jobs?"),
        ("jobs: 0", "jobs must be from 1 to 100,000; got 0."),
        ("jobs: many", "jobs must be a whole number; got 'many'."),
    ):
        path.write_text(text)
        with pytest.raises(InputError) as raised:
            read_settings(path, SlurmOptions)
        assert str(raised.value) == f"{path}: {sentence}"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"interface": "ib77"}, "'ib77' is not a valid network interface"),
        ({"memory": "lots", "host": "127.0.0.1"}, "Could not interpret 'lots' as a byte unit"),
    ],
)
def test_what_slurm_s_cluster_cannot_use_gives_one_sentence(options, said, tmp_path):
    with pytest.raises(InputError, match=f"No jobs can be asked for with these options of Slurm: .*{said}"):
        job_script(SlurmOptions(folder=str(tmp_path), **options))


@pytest.fixture
def slurm(monkeypatch) -> Iterator[None]:
    """A real Slurm of one node, on loopback."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("slurmctld", "slurmd", "munged", "sbatch"))):
        pytest.skip("Slurm is not installed here, or this is not root: no real jobs were run")
    # Not below pytest's own folder: munge wants one that everybody may pass through.
    node = Path(tempfile.mkdtemp(prefix="slurm-"))
    subprocess.run(["bash", SCRIPT, "up", node], check=True, capture_output=True, timeout=120)
    monkeypatch.setenv("SLURM_CONF", str(node / "slurm.conf"))
    yield
    subprocess.run(["scancel", "--name", "slowpoints"], check=False)
    subprocess.run(["bash", SCRIPT, "down", node], check=True)
    shutil.rmtree(node, ignore_errors=True)


def jobs() -> list[str]:
    """The IDs of the jobs that run now."""
    return subprocess.run(["squeue", "-h", "-t", "R", "-o", "%i"], capture_output=True, text=True).stdout.split()


def no_job_is_left() -> bool:
    return wait_for(lambda: not jobs(), 60)


def test_functions_run_in_jobs_of_a_real_slurm_and_a_killed_one_is_replaced(slurm, tmp_path):
    """In `make torture` a whole study does, and ends with the same bits."""
    options = SlurmOptions(jobs=1, memory="1500MB", host="127.0.0.1", python=sys.executable, folder=str(tmp_path))
    with Slurm(options) as engine:
        assert wait_for(lambda: engine.slots == 1, 120)
        assert engine.submit(os.getenv, "SLURM_JOB_NAME").result(timeout=60) == "slowpoints"
        running = engine.submit(time.sleep, 3600)
        (job,) = jobs()
        subprocess.run(["scancel", "--signal=KILL", "--full", job], check=True)
        assert wait_for(lambda: engine.slots == 0, 60)
        assert isinstance(running.exception(timeout=0), WorkerDied)
        assert wait_for(lambda: engine.slots == 1, 120)
        assert engine.submit(os.getenv, "SLURM_JOB_ID").result(timeout=60) != job
    assert no_job_is_left()
