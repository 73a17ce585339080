"""Doing what a study lacks: tasks are given to an engine, each once what it needs is done."""

import dataclasses
import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from typing import Any

from slowpoints.engines import Engine, Processes
from slowpoints.study._folder import Study
from slowpoints.study._progress import read_progress, TaskLog
from slowpoints.study._tasks import missing_tasks, run_task, Task
from slowpoints.training import snapshot_path


@dataclasses.dataclass(frozen=True)
class Failure:
    """A task that could not be done.

    - `network`, `kind`: what failed; the first network of those trained together.
    - `sentence`: why.
    """

    network: str
    kind: str
    sentence: str


@dataclasses.dataclass(frozen=True)
class Watched:
    """How far a run is.

    - `done`, `tasks`: how many of the run's tasks are done, and how many there are.
    - `running`: of each task being done: the network, the kind, and what its worker last noted.
    """

    done: int
    tasks: int
    running: tuple[tuple[str, str, dict[str, Any]], ...]


def run_study(
    study: Study,
    *,
    only: Iterable[str] | None = None,
    engine: Engine | None = None,
    watch: Callable[[Watched], None] = lambda _: None,
) -> tuple[Failure, ...]:
    """Does everything that a study lacks.

    A task that fails takes with it those that need it; all others are done. Run again, the study goes on where it
    was, and what failed is tried anew.

    Args:
        study: its `study.json` is written first.
        only: the measurements that are wanted, if not all that the study has; what they need is added.
        engine: where tasks run; by default in worker processes, one a processor.
        watch: called about twice a second.

    Returns:
        The tasks that failed.

    Raises:
        InputError: if the corpus cannot be used.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import config_from, results_of, run_study, Study
        >>> from slowpoints.engines import Serial
        >>> config = config_from(
        ...     {"units": 4, "protocol": "naive", "seeds": 1, "snapshots": 1, "training": {"steps": 20, "batch": 8}}
        ... )
        >>> study = Study.create(config, Path("mine"))
        >>> run_study(study, only=["learning"], engine=Serial())
        ()
        >>> dict(results_of(study)["learning"].sizes)["network"]
        1
    """
    study.save()
    # What workers are given need not carry the list of all networks.
    lean = dataclasses.replace(study)
    waiting = missing_tasks(study, only)
    count, done = len(waiting), 0
    open_ones = {pair for task in waiting for pair in task.gives}
    left = {network: sum(network in task.networks for task in waiting) for task in waiting for network in task.networks}
    failures: list[Failure] = []
    failed: set[tuple[str, str]] = set()
    running: dict[Future[float], Task] = {}
    if waiting:
        study.open_corpus()
    with engine or Processes() as slots:
        while waiting or running:
            for task in list(waiting):
                if len(running) == slots.slots:
                    break
                if task.after & failed:
                    waiting.remove(task)
                    failed |= task.gives
                    open_ones -= task.gives
                elif not task.after & open_ones:
                    waiting.remove(task)
                    running[slots.submit(run_task, lean, task)] = task
            watch(_watched(study, done, count, running))
            finished, _ = wait(running, timeout=0.5, return_when="FIRST_COMPLETED")
            for future in finished:
                task = running.pop(future)
                open_ones -= task.gives
                error = future.exception()
                if error is None:
                    done += 1
                    for network in task.networks:
                        TaskLog(study.network_folder(network)).note(task.kind, seconds=round(future.result(), 2))
                        left[network] -= 1
                        if not left[network]:
                            tidy(study, network)
                elif isinstance(error, Exception):
                    failed |= task.gives
                    failures.append(_failure(study, task, error))
                else:
                    raise error
    watch(_watched(study, done, count, running))
    return tuple(failures)


def _failure(study: Study, task: Task, error: Exception) -> Failure:
    network = next(iter(task.networks))
    # The package's own errors are sentences; of another's, the kind tells most.
    told = str(error) if type(error).__module__.startswith("slowpoints.") else f"{type(error).__name__}: {error}"
    for each in task.networks:
        TaskLog(study.network_folder(each)).note(task.kind, failed=told)
    return Failure(network, task.kind, f"{network}, {task.kind}: {told}")


def _watched(study: Study, done: int, count: int, running: dict[Future[float], Task]) -> Watched:
    now = [(next(iter(task.networks)), task.kind) for task in running.values()]
    return Watched(done, count, tuple((n, kind, read_progress(study.network_folder(n))) for n, kind in now))


def tidy(study: Study, network: str) -> None:
    """Removes what is not kept of a network that has been measured: training states, and weights by `keep`."""
    folder, keep = study.network_folder(network), study.config.keep
    shutil.rmtree(folder / "state", ignore_errors=True)
    (folder / "progress.json").unlink(missing_ok=True)
    last = snapshot_path(folder, study.config.training.steps)
    for path in (folder / "snapshots").glob("*.safetensors"):
        if keep == "nothing" or (keep == "final" and path != last):
            path.unlink(missing_ok=True)
