"""Where each network of a study stands, read from disk; neither the corpus nor any weights are needed."""

import dataclasses
import os
from typing import Any

from slowpoints.study._folder import Study
from slowpoints.study._progress import read_progress, TaskLog
from slowpoints.study._tasks import TRAINING, whole_record


@dataclasses.dataclass(frozen=True)
class Status:
    """Where one network stands.

    - `network`: its ID.
    - `tasks`: of its training and each of its measurements: "done", "failed" or "missing". A measurement made with
      other settings than the study's is missing.
    - `failures`: the sentences of what failed, by task.
    - `progress`: what its worker last noted; empty where nobody works on it.

    Example:
        >>> from slowpoints.study import Status
        >>> Status("gru-sigmoid-DeCu-0", {"training": "done", "learning": "missing"}, {}, {}).tasks["learning"]
        'missing'
    """

    network: str
    tasks: dict[str, str]
    failures: dict[str, str]
    progress: dict[str, Any]


def status_of(study: Study) -> tuple[Status, ...]:
    """Where every network that the study asks for stands.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import config_from, status_of, Study
        >>> config = config_from({"seeds": 1, "protocol": "DeCu"})
        >>> [status.tasks["training"] for status in status_of(Study.create(config, Path("mine")))]
        ['missing']
    """
    return tuple(_status(study, network) for network in study.networks)


def _status(study: Study, network: str) -> Status:
    record, folder = whole_record(study, network), study.network_folder(network)
    names = study.dataset_names(network, record)
    done = {TRAINING: record is not None and record.weights is not None}
    there = _names_in(f"{folder}/measurements")
    done |= {name: names.get(name) in there for name in study.networks[network].measurements}
    if all(done.values()):
        return Status(network, dict.fromkeys(done, "done"), {}, {})
    log = TaskLog(folder)
    failures = {name: why for name, is_done in done.items() if not is_done and (why := log.failure(name))}
    tasks = {n: "done" if is_done else "failed" if n in failures else "missing" for n, is_done in done.items()}
    return Status(network, tasks, failures, {} if failures else read_progress(folder))


def _names_in(folder: str) -> set[str]:
    try:
        return set(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return set()
