"""What a run will do, before it does it: networks, tasks, how long, how much disk."""

import dataclasses
import statistics
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import equinox as eqx
import jax
import numpy as np

from slowpoints._errors import InputError
from slowpoints._number_of import number_of
from slowpoints.networks import MemoryNetwork, UNITS
from slowpoints.study._folder import Study
from slowpoints.study._progress import TaskLog
from slowpoints.study._record import processor
from slowpoints.study._run import Part
from slowpoints.study._tasks import groups_in, missing_tasks, Task, TRAINING, whole_record
from slowpoints.training import NetworkRecipe, snapshot_schedule

SAMPLE = 20
"""Networks of a study whose times are looked at."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a study lacks.

    - `networks`, `trained`: how many networks it asks for, and how many of them are trained.
    - `tasks`: how many of each kind are to be done, in the order of the registry.
    - `seconds`: how long they will take one after the other, where tasks of every kind were timed on this processor;
      None where one was not.
    - `each`: how long a task of each kind will take, the mean, in seconds; of kinds that were timed.
    - `unknown`: the kinds that were not.
    - `bytes`: about how much disk the weights that are to be trained will take.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import plan_of, PRESETS, Study
        >>> plan_of(Study.create(PRESETS["digits"], Path("mine"))).tasks["training"]
        23
    """

    networks: int
    trained: int
    tasks: dict[str, int]
    seconds: float | None
    each: dict[str, float]
    unknown: tuple[str, ...]
    bytes: int

    def sentences(self, workers: int) -> str:
        """The plan in words, for so many workers."""
        if not self.tasks:
            return f"{number_of(self.networks, 'networks')}, {self.trained} of them trained; nothing is missing."
        kinds = ", ".join(f"{kind} {count}" for kind, count in self.tasks.items())
        time = (
            f"not known ({', '.join(self.unknown)} not timed on this processor yet)"
            if self.seconds is None
            else f"about {_duration(self.seconds / workers)} with {number_of(workers, 'workers')}"
        )
        return (
            f"{number_of(self.networks, 'networks')}, {self.trained} of them trained. To be done: {kinds}. "
            f"Time: {time}. Disk: about {self.bytes / 1e6:,.0f} MB of weights."
        )


def plan_of(study: Study, only: Iterable[str] | None = None, part: Part | None = None) -> Plan:
    """What a study, or a part of it, lacks, and what it will cost. Times are those of earlier tasks of the same kind,
    unit and size on this processor, in this study and in those beside it.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import config_from, plan_of, Study
        >>> config = config_from({"seeds": 2, "protocol": ["DeCu", "VoCu"]})
        >>> plan_of(Study.create(config, Path("mine")), only=["slow_points"]).tasks
        {'training': 4, 'slow_points': 4}
    """
    groups = groups_in(study) if part is None else part.of_groups(groups_in(study))
    tasks = missing_tasks(study, only, groups)
    counts = Counter({TRAINING: 0})
    for task in tasks:
        counts[task.kind] += len(task.networks)
    times = _times(study)
    taken = [_seconds(times, task, study) for task in tasks]
    unknown = dict.fromkeys(task.kind for task, seconds in zip(tasks, taken, strict=True) if seconds is None)
    known: dict[str, list[float]] = {}
    for task, seconds in zip(tasks, taken, strict=True):
        if seconds is not None:
            known.setdefault(task.kind, []).append(seconds)
    networks = [network for group in groups for network in group]
    records = [whole_record(study, network) for network in networks]
    return Plan(
        len(networks),
        sum(record is not None and record.weights is not None for record in records),
        {kind: count for kind, count in counts.items() if count},
        None if unknown else sum(map(sum, known.values())),
        {kind: statistics.fmean(seconds) for kind, seconds in known.items()},
        tuple(unknown),
        sum(_bytes(study, recipe) for t in tasks if t.kind == TRAINING for recipe in t.networks.values()),
    )


Times = dict[tuple[str, ...], list[float]]


def _times(study: Study) -> Times:
    """Seconds of every kind of task, by kind, corpus, unit and number of units; of training, a step."""
    here, found = processor(), {}
    for folder in (study.folder, *_beside(study.folder)):
        with suppress(OSError, InputError):  # it cannot be read: someone else's, in a folder that many use
            other = Study.open(folder)
            for network in sorted(path.name for path in (folder / "networks").glob("*"))[:SAMPLE]:
                record = whole_record(other, network)
                # Records from before 2026-12-01 tell the processor's name alone.
                if record is None or not here.startswith(record.processor):
                    continue
                for kind, entry in TaskLog(other.network_folder(network)).entries.items():
                    if "seconds" in entry:
                        steps = record.recipe["training"]["steps"] if kind == TRAINING else 1
                        key = _key(kind, other.corpus.name, record.recipe["unit"], record.recipe["units"])
                        found.setdefault(key, []).append(entry["seconds"] / steps)
    return found


def _beside(folder: Path) -> list[Path]:
    """What else lies where a folder lies; nothing where that cannot be listed."""
    with suppress(OSError):
        return [path for path in folder.parent.iterdir() if path != folder]
    return []


def _key(kind: str, corpus: str, unit: str, units: int) -> tuple[str, ...]:
    return kind, corpus, unit, str(units)


def _seconds(times: Times, task: Task, study: Study) -> float | None:
    recipe = next(iter(task.networks.values()))
    known = times.get(_key(task.kind, study.corpus.name, recipe.unit, recipe.units))
    if not known:
        return None
    scale = recipe.training.steps * len(task.networks) if task.kind == TRAINING else 1
    return statistics.median(known) * scale


def _bytes(study: Study, recipe: NetworkRecipe) -> int:
    config, corpus = study.config, study.corpus
    shapes = eqx.filter_eval_shape(
        MemoryNetwork.draw,
        UNITS[recipe.unit],
        image_shape=corpus.image_shape,
        units=recipe.units,
        classes=corpus.classes,
        readout=recipe.readout,
        front_end=recipe.front_end,
        key=jax.random.key(0),
    )
    weights = sum(int(np.prod(leaf.shape)) * 4 for leaf in jax.tree.leaves(shapes))
    every = max(1, recipe.training.steps // config.snapshots)
    snapshots = len(snapshot_schedule(recipe, every, config.snapshots_around))
    return weights * {"snapshots": snapshots, "final": 1, "nothing": 0}[config.keep]


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return "a minute"
    return f"{minutes} minutes" if minutes < 90 else f"{minutes / 60:.1f} hours"
