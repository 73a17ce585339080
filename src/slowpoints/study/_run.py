"""Doing what a study lacks: tasks are given to an engine, each once what it needs is done."""

import dataclasses
import shutil
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from contextlib import suppress
from pathlib import Path
from typing import Any

from slowpoints._atomic import remove_partials, set_aside
from slowpoints._errors import Damaged, InputError
from slowpoints._number_of import number_of
from slowpoints.engines import Engine, Processes, WorkerDied
from slowpoints.study._folder import Study
from slowpoints.study._lease import Leases
from slowpoints.study._progress import ProgressFiles, read_progress, TaskLog
from slowpoints.study._tasks import Ended, groups_in, missing_tasks, run_task, STOPPED_NOTE, Task, TRAINING
from slowpoints.training import settle, snapshot_path, state_steps

TRIES = 3
"""How often a task is tried whose worker dies each time before the task gets further."""


@dataclasses.dataclass(frozen=True)
class Failure:
    """A task that could not be done.

    - `network`, `kind`: what failed; the first network of those trained together. The kind is "" where another
      command works on the network.
    - `sentence`: why.

    Example:
        >>> from slowpoints.study import Failure
        >>> Failure("gru-sigmoid-DeCu-0", "training", "The loss was not finite.").kind
        'training'
    """

    network: str
    kind: str
    sentence: str


@dataclasses.dataclass(frozen=True)
class Part:
    """A share of a study's networks: the `number`-th (from 1) of `parts`. Together the parts are the whole study.

    Raises `InputError` if there is no such part.

    Example:
        >>> from slowpoints.study import Part
        >>> Part.of("3/40")
        Part(number=3, parts=40)
    """

    number: int
    parts: int

    def __post_init__(self):
        if not 1 <= self.number <= self.parts:
            raise InputError(f"part must be K/N with K from 1 to N; got {self.number}/{self.parts}.")

    @classmethod
    def of(cls, text: str) -> "Part":
        """A part written as 3/40."""
        number, _, parts = text.partition("/")
        if not (number.isdecimal() and parts.isdecimal() and len(number) < 10 and len(parts) < 10):
            raise InputError(f"part must be K/N, as 3/40; got {text}.")
        return cls(int(number), int(parts))

    def of_groups(self, groups: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
        """Every `parts`-th group."""
        return groups[self.number - 1 :: self.parts]


@dataclasses.dataclass(frozen=True)
class Watched:
    """How far a run is.

    - `done`, `tasks`: how many of the run's tasks are done, and how many there are.
    - `running`: of each task being done: the network, the kind, and what its worker last noted.
    - `left`: how many tasks of each kind are not done, those being done among them.
    - `seconds`: how long a task of each kind took in this run, the mean, where one was done.

    Example:
        >>> from slowpoints.study import Watched
        >>> Watched(done=1, tasks=4, running=(), left={"training": 3}).done
        1
    """

    done: int
    tasks: int
    running: tuple[tuple[str, str, dict[str, Any]], ...]
    left: dict[str, int] = dataclasses.field(default_factory=dict)
    seconds: dict[str, float] = dataclasses.field(default_factory=dict)


def run_study(
    study: Study,
    *,
    only: Iterable[str] | None = None,
    part: Part | None = None,
    engine: Engine | None = None,
    watch: Callable[[Watched], None] = lambda _: None,
    remark: Callable[[str], None] = lambda _: None,
) -> tuple[Failure, ...]:
    """Does everything that a study lacks.

    A task that fails takes with it those that need it; all others are done. Run again, the study goes on where it
    was, and what failed is tried anew. A task whose worker dies is tried again, up to three times without getting
    further. What is found to be damaged is set aside and made anew. A network that another command works on is
    left to it.

    Args:
        study: its `study.json` is written first.
        only: the measurements that are wanted, if not all that the study has; what they need is added.
        part: the share of the networks that is wanted, if not all.
        engine: where tasks run; by default in worker processes, one a processor.
        watch: called about twice a second.
        remark: told, in a sentence, of what was damaged and set aside.

    Returns:
        The tasks that failed, and the networks that were left to another command.

    Raises:
        InputError: if the corpus cannot be used.
        OSError: if nothing can be written any more.

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
    for folder in (study.folder, study.folder / "figures"):
        remove_partials(folder)
    only = None if only is None else tuple(only)
    groups = groups_in(study) if part is None else part.of_groups(groups_in(study))
    planned = {group: tasks for group in groups if (tasks := missing_tasks(study, only, [group]))}
    if planned:
        study.open_corpus()
    with Leases() as leases, engine or Processes() as slots:
        return _Run(study, only, slots, leases, watch, remark).do(planned)


@dataclasses.dataclass
class _Group:
    """Networks that are trained together, while they are worked on.

    - `networks`: their IDs.
    - `waiting`: the tasks that are not begun, in order.
    - `open`: what is neither done nor failed, as pairs of a network and a kind.
    - `failed`: what cannot be done.
    - `running`: how many tasks are running.
    - `again`: whether there is something to be made anew that was set aside; `rounds`: how often that was so.
    """

    networks: tuple[str, ...]
    waiting: list[Task]
    open: set[tuple[str, str]] = dataclasses.field(default_factory=set)
    failed: set[tuple[str, str]] = dataclasses.field(default_factory=set)
    running: int = 0
    again: bool = False
    rounds: int = 0

    def __post_init__(self):
        self.open = {pair for task in self.waiting for pair in task.gives}

    def startable(self) -> Task | None:
        """The next task that can begin, out of the list; those that cannot be done any more go."""
        for task in list(self.waiting):
            if task.after & self.failed:
                self.waiting.remove(task)
                self.failed |= task.gives
                self.open -= task.gives
            elif not task.after & self.open:
                self.waiting.remove(task)
                return task
        return None


class _Run:
    def __init__(self, study, only, slots, leases, watch, remark):
        self.study, self.given, self.only = study, _for_workers(study), only
        self.slots, self.leases, self.watch, self.remark = slots, leases, watch, remark
        self.running: dict[Future[Ended], tuple[_Group, Task]] = {}
        self.groups: list[_Group] = []
        self.failures: list[Failure] = []
        self.held: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
        self.tries: Counter[tuple[str, str]] = Counter()
        self.reached: dict[tuple[str, str], int] = {}
        self.count = 0
        self.queued: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.took: defaultdict[str, float] = defaultdict(float)

    def do(self, planned: dict[tuple[str, ...], list[Task]]) -> tuple[Failure, ...]:
        """Does the tasks of all groups; see `run_study`."""
        self.count = sum(map(len, planned.values()))
        self.queued.update(task.kind for tasks in planned.values() for task in tasks)
        queue = list(planned.items())
        while queue or self.groups:
            self._fill(queue)
            self.watch(self._watched())
            if self.leases.taken:
                raise InputError(
                    f"Another command has taken over {number_of(len(self.leases.taken), 'networks')}, because this one "
                    "gave no sign of life for too long; run the same command again."
                )
            if not self.running:
                if queue or self.groups:
                    time.sleep(0.5)  # for a worker to come
                continue
            finished, _ = wait(self.running, timeout=0.5, return_when="FIRST_COMPLETED")
            for future in finished:
                group, task = self.running.pop(future)
                group.running -= 1
                self._finish(group, task, future)
            for group in [group for group in self.groups if not group.running and not group.waiting]:
                self._end(group)
        self.watch(self._watched())
        return (*self.failures, *self._left_to_others())

    def _fill(self, queue: list[tuple[tuple[str, ...], list[Task]]]) -> None:
        """Gives tasks to the engine until its slots are full: of networks that are begun, then of new ones."""
        free = self.slots.slots - len(self.running)
        for group in self.groups:
            while free > 0 and (task := group.startable()):
                self._submit(group, task)
                free -= 1
        for group in [group for group in self.groups if not group.running and not group.waiting]:
            self._end(group)
        while free > 0 and queue:
            networks, tasks = queue.pop(0)
            group = self._begin(networks, tasks)
            while free > 0 and group is not None and (task := group.startable()):
                self._submit(group, task)
                free -= 1

    def _begin(self, networks: tuple[str, ...], planned: list[Task]) -> _Group | None:
        """Takes the networks' leases and looks anew at what they lack. None if another command has them."""
        self.queued.subtract(task.kind for task in planned)
        folders = list(map(self.study.network_folder, networks))
        for folder in folders:
            other = self.leases.take(folder)
            if other is not None:
                self.held[other.holder].append(networks)
                self.count -= len(planned)
                for each in folders:
                    self.leases.give_back(each)
                return None
        for network, folder in zip(networks, folders, strict=True):
            for each in (folder, *(folder / name for name in ("snapshots", "state", "measurements"))):
                remove_partials(each, all_of_them=True)
            try:
                self.study.record(network)
            except Damaged as damaged:
                self.remark(f"{damaged.path} was damaged ({damaged.what}): {set_aside(damaged.path)}.")
        tasks = missing_tasks(self.study, self.only, [networks])
        self.count += len(tasks) - len(planned)
        group = _Group(networks, tasks)
        self.groups.append(group)
        if not tasks:
            self._end(group)
        return group

    def _submit(self, group: _Group, task: Task) -> None:
        ProgressFiles(tuple(map(self.study.network_folder, task.networks))).note(f"{task.kind}, beginning")
        self.running[self.slots.submit(run_task, self.given, task)] = group, task
        group.running += 1

    def _finish(self, group: _Group, task: Task, future: Future[Ended]) -> None:
        error = future.exception()
        if isinstance(error, WorkerDied):
            if not self._give_up(task):
                group.waiting.insert(0, task)
                return
            sentence = (
                f"its worker died {TRIES} times before it got any further: it was killed, or out of memory; with fewer "
                "--workers there is more memory for each"
            )
            ended = Ended(0.0, failed=f"{sentence}.")
        elif isinstance(error, Exception):
            ended = Ended(0.0, failed=f"{type(error).__name__}: {error}")
        elif error is not None:
            raise error
        else:
            ended = future.result()
        group.open -= task.gives
        for sentence in ended.remarks:
            self.remark(sentence)
        if ended.no_room:
            raise OSError(ended.failed)
        if ended.failed is None:
            self.done[task.kind] += 1
            self.took[task.kind] += ended.seconds
            for network in task.networks:
                log = TaskLog(self.study.network_folder(network))
                log.note(task.kind, seconds=round(ended.seconds / len(task.networks), 2))
            return
        group.failed |= task.gives
        if (ended.again or group.again) and group.rounds + 1 < TRIES:
            # What else of these networks was to be done, or failed for want of what is set aside, is planned anew.
            group.again = True
            group.waiting.clear()
            if ended.again:
                self.remark(ended.failed)
            return
        network = next(iter(task.networks))
        for each in task.networks:
            TaskLog(self.study.network_folder(each)).note(task.kind, failed=ended.failed)
        self.failures.append(Failure(network, task.kind, f"{network}, {task.kind}: {ended.failed}"))

    def _give_up(self, task: Task) -> bool:
        """Whether a task whose worker died has had its tries. A process that was asked to end costs none."""
        key = next(iter(task.networks)), task.kind
        folders = list(map(self.study.network_folder, task.networks))
        if read_progress(folders[0]).get("now") == STOPPED_NOTE:
            return False
        reached = min(max(state_steps(folder), default=0) for folder in folders) if task.kind == TRAINING else 0
        if reached > self.reached.get(key, 0):
            self.reached[key], self.tries[key] = reached, 0
        self.tries[key] += 1
        return self.tries[key] >= TRIES

    def _end(self, group: _Group) -> None:
        """Gives the networks back, or begins them once more if something is to be made anew."""
        self.groups.remove(group)
        if group.again:
            tasks = missing_tasks(self.study, self.only, [group.networks])
            self.count += len(tasks)
            self.groups.append(_Group(group.networks, tasks, rounds=group.rounds + 1))
            return
        for network in group.networks:
            if not any(of == network for of, _ in group.failed):
                tidy(self.study, network)
            self.leases.give_back(self.study.network_folder(network))

    def _left_to_others(self) -> list[Failure]:
        """What other commands had taken and have not finished by now."""
        left = {
            holder: [networks for networks in held if missing_tasks(self.study, self.only, [networks])]
            for holder, held in self.held.items()
        }
        return [
            Failure(
                groups[0][0],
                "",
                f"Another command, {holder}, is working on {number_of(sum(map(len, groups)), 'networks')} "
                f"({groups[0][0]} is one); run the same command again later to see that all is done.",
            )
            for holder, groups in left.items()
            if groups
        ]

    def _watched(self) -> Watched:
        now = [(next(iter(task.networks)), task.kind) for _, task in self.running.values()]
        running = tuple((n, kind, read_progress(self.study.network_folder(n))) for n, kind in now)
        left = self.queued + Counter(task.kind for group in self.groups for task in group.waiting)
        left.update(kind for _, kind in now)
        seconds = {kind: self.took[kind] / count for kind, count in self.done.items()}
        return Watched(self.done.total(), self.count, running, dict(left), seconds)


def _for_workers(study: Study) -> Study:
    """The study as workers are given it: without the list of all its networks, and with paths that mean the same in
    whatever folder a worker was started.
    """
    file = study.config.corpus_file
    config = dataclasses.replace(study.config, corpus_file=str(Path(file).absolute()) if file else None)
    return dataclasses.replace(
        study, config=config, folder=study.folder.absolute(), data=study.data.absolute() if study.data else None
    )


def tidy(study: Study, network: str) -> None:
    """Removes what is not kept of a network that has been measured: training states, and weights by `keep`."""
    folder, keep = study.network_folder(network), study.config.keep
    shutil.rmtree(folder / "state", ignore_errors=True)
    (folder / "progress.json").unlink(missing_ok=True)
    last = snapshot_path(folder, study.config.training.steps)
    for path in (folder / "snapshots").glob("*.safetensors"):
        if keep == "nothing" or (keep == "final" and path != last):
            path.unlink(missing_ok=True)
    with suppress(Damaged):  # said by whoever reads what it is about
        settle(folder)
