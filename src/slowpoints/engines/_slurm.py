"""An engine of Dask workers that are Slurm jobs."""

import dataclasses
import sys
from pathlib import Path
from typing import Any

from slowpoints._errors import InputError
from slowpoints._options import check_ranges, option
from slowpoints.engines._dask import Dask
from slowpoints.engines._worker import ONE_THREAD


@dataclasses.dataclass(frozen=True)
class SlurmOptions:
    """How jobs are asked for. Raises `InputError` for a number out of its range.

    Example:
        >>> from slowpoints.engines import SlurmOptions
        >>> SlurmOptions(jobs=10, time="02:00:00").memory
        '4GB'
    """

    jobs: int = option(4, "How many jobs, one worker each.", low=1, high=100_000)
    time: str = option("24:00:00", "The time limit of a job; work goes on in the next one.")
    memory: str = option("4GB", "The memory of a job.")
    cores: int = option(1, "The processors of a job.", low=1, high=1_000)
    partition: str | None = option(None, "The partition; the cluster's default if none is given.")
    account: str | None = option(None, "The account; the user's default if none is given.")
    directives: tuple[str, ...] | None = option(None, "More lines for sbatch, as --gres=gpu:1.")
    before: tuple[str, ...] | None = option(None, "Lines of shell before the worker starts, as: module load cuda.")
    python: str = option(sys.executable, "The Python that has slowpoints, on the nodes.")
    interface: str | None = option(None, "The network interface that nodes reach each other by, as ib0.")
    host: str | None = option(None, "The address of this machine that nodes reach, where no interface is given.")
    encrypted: bool = option(
        True, "Whether scheduler, workers and this command speak TLS with certificates of this run."
    )
    folder: str = option("slurm", "Where certificates and jobs' logs are written; nodes must see it.")

    def __post_init__(self):
        check_ranges(self)


class Slurm(Dask):
    """Runs functions in Slurm jobs, one worker a job. A job that ends is replaced while there is work.

    Args:
        options: how jobs are asked for.

    Example:
        >>> from slowpoints.engines import Slurm, SlurmOptions
        >>> engine = Slurm(SlurmOptions(jobs=10))  # no job is submitted before its `with` block
    """

    def __init__(self, options: SlurmOptions):
        super().__init__(workers=options.jobs)
        self.options = options

    def _start(self) -> Any:
        self._cluster = _cluster(self.options)
        self._cluster.adapt(minimum_jobs=self.options.jobs, maximum_jobs=self.options.jobs, interval="5s")
        return self._cluster


def job_script(options: SlurmOptions) -> str:
    """The script that a job is submitted with, as text.

    Example:
        >>> from slowpoints.engines import job_script, SlurmOptions
        >>> job_script(SlurmOptions(time="02:00:00")).splitlines()[0]
        '#!/usr/bin/env bash'
    """
    cluster = _cluster(options)
    try:
        return cluster.job_script()
    finally:
        cluster.close()


def _cluster(options: SlurmOptions) -> Any:
    try:
        from dask.utils import parse_bytes
        from dask_jobqueue.slurm import SLURMCluster
    except ImportError as error:
        raise InputError("The engine slurm needs dask-jobqueue: pip install 'slowpoints[slurm]'.") from error
    folder = Path(options.folder).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        parse_bytes(options.memory)  # or the cluster is left half made
        return _jobs(SLURMCluster, options, folder)
    except (ValueError, RuntimeError, OSError) as error:
        raise InputError(f"No jobs can be asked for with these options of Slurm: {error}.") from error


def _jobs(cluster: Any, options: SlurmOptions, folder: Path) -> Any:
    settings = [f"export {name}={value}" for name, value in ONE_THREAD.items()]
    where = {"interface": options.interface} if options.interface else {"host": options.host} if options.host else {}
    return cluster(
        n_workers=0,
        cores=1,
        processes=1,
        job_cpu=options.cores,
        memory=options.memory,
        job_mem=options.memory,
        walltime=options.time,
        queue=options.partition,
        account=options.account,
        python=options.python,
        job_extra_directives=[*(options.directives or ())],
        job_script_prologue=[*settings, *(options.before or ())],
        log_directory=str(folder),
        local_directory=str(folder),
        shared_temp_directory=str(folder),
        job_name="slowpoints",
        # The pages that show what goes on are not encrypted: they are for this host only.
        worker_extra_args=["--dashboard-address", "127.0.0.1:0"],
        scheduler_options={"dashboard_address": "127.0.0.1:0", **where},
        interface=options.interface,
        protocol="tls://" if options.encrypted else "tcp://",
        security=options.encrypted or None,
    )
