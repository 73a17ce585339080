"""A study in the jobs of a real one-node Slurm, one of which is killed.

Not part of the tests, because it takes too long: `make torture`. `tests/engines/test_slurm.py` kills a job that has
less to do.
"""

import subprocess
import sys

from slowpoints.engines import SlurmOptions
from slowpoints.study import config_to_yaml, settings_to_yaml, Study
from tests.engines.test_slurm import jobs, no_job_is_left, slurm  # noqa: F401, a fixture
from tests.study.commands import lasting, said, started, trained_to, wait_until
from tests.study.tiny import tiny_config, write_corpus


def test_a_study_in_slurm_jobs_one_of_which_is_killed_ends_with_the_same_bits(slurm, tmp_path):  # noqa: F811
    write_corpus(tmp_path / "corpus.npz")
    config = tiny_config(tmp_path / "corpus.npz", protocol=["DeCu", "naive"], training={"steps": 20_000}, records=200)
    path = tmp_path / "tiny.yaml"
    path.write_text(config_to_yaml(config))
    options = SlurmOptions(jobs=2, memory="1500MB", host="127.0.0.1", python=sys.executable)
    (tmp_path / "slurm.yaml").write_text(settings_to_yaml(options))
    process = started(path, "jobs", "--engine", "slurm:slurm.yaml")
    wait_until(lambda: len(list((tmp_path / "jobs").glob("networks/*/snapshots/*"))) > 2, process)
    first = jobs()
    assert process.poll() is None, said(path)
    subprocess.run(["scancel", "--signal=KILL", "--full", first[0]], check=True)
    assert process.wait(timeout=580) == 0
    assert trained_to(tmp_path / "jobs") == 0  # states are gone once all is measured
    assert started(path, "here").wait(timeout=580) == 0
    assert lasting(Study.open(tmp_path / "jobs")) == lasting(Study.open(tmp_path / "here"))
    assert no_job_is_left()
