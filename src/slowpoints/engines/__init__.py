"""Where a study's work runs: one interface, and what offers it."""

from slowpoints.engines._dask import Dask as Dask
from slowpoints.engines._devices import gpus as gpus, Share as Share, shares as shares
from slowpoints.engines._engine import Engine as Engine, WorkerDied as WorkerDied
from slowpoints.engines._processes import Processes as Processes, processors as processors
from slowpoints.engines._serial import Serial as Serial
from slowpoints.engines._slurm import job_script as job_script, Slurm as Slurm, SlurmOptions as SlurmOptions
from slowpoints.engines._stopping import (
    asked_to_stop as asked_to_stop,
    Interrupted as Interrupted,
    interruptible as interruptible,
    work as work,
)
from slowpoints.engines._worker import end_with_parent as end_with_parent
