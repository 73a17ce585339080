"""A study through Dask, a worker of which is killed on the way, has the bits of one that was made in this process."""

import os
import signal
from pathlib import Path

from slowpoints.engines import Dask
from slowpoints.study import run_study, Study
from tests.study.commands import lasting, workers_of
from tests.study.here import Here
from tests.study.tiny import tiny_config, write_corpus


def test_a_study_whose_worker_is_killed_on_the_way_has_the_same_bits(tmp_path: Path):
    config = tiny_config(
        write_corpus(tmp_path / "corpus.npz"), protocol=["DeCu", "naive"], training={"steps": 6000}, records=60
    )
    here = Study.create(config, tmp_path / "here")
    assert run_study(here, only=["learning"], engine=Here()) == ()
    there, killed = Study.create(config, tmp_path / "there"), []

    def kill_one(_) -> None:
        snapshots = list((tmp_path / "there").glob("networks/*/snapshots/*"))
        if not killed and len(snapshots) > 2:
            killed.append(workers_of(os.getpid())[0])
            os.kill(killed[0], signal.SIGKILL)

    assert run_study(there, only=["learning"], engine=Dask(workers=2), watch=kill_one) == ()
    assert killed
    assert lasting(there) == lasting(here)
