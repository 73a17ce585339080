"""Where the work on a network stands, in small files beside it, so that any process can look."""

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from slowpoints._atomic import write_atomically
from slowpoints.study._json import read_json, write_json
from slowpoints.training import Progress


class ProgressFiles:
    """Writes `progress.json` into the folders of networks that are worked on together."""

    def __init__(self, folders: tuple[Path, ...]):
        self.folders = folders
        self.began = time.monotonic()
        self.first_step: int | None = None
        self.written = -np.inf

    def training(self, progress: Progress) -> None:
        """Notes a training run's progress, at most twice a second."""
        if self.first_step is None:
            self.began, self.first_step = time.monotonic(), progress.step
        now = time.monotonic()
        if now - self.written < 0.5 and progress.step < progress.steps:
            return
        self.written = now
        rate = (progress.step - self.first_step) / max(now - self.began, 1e-9)
        self._write(
            {
                "now": "training",
                "step": progress.step,
                "steps": progress.steps,
                "steps_per_second": rate,
                "loss": progress.loss,
                "class_accuracy": progress.class_accuracy,
            }
        )

    def note(self, words: str) -> None:
        """Notes in words what is going on."""
        self._write({"now": words})

    def last_words(self, words: str) -> None:
        """Notes in words why the work ends here, if that can still be written."""
        with suppress(OSError):
            self.note(words)

    def _write(self, content: dict[str, Any]) -> None:
        for folder in self.folders:
            write_atomically(folder / "progress.json", json.dumps(content).encode(), flush=False)


def read_progress(folder: Path) -> dict[str, Any]:
    """What a network's worker last noted; empty if nothing."""
    return read_json(folder / "progress.json")


class TaskLog:
    """`tasks.json` of a network: of each task how long it took here, or why it failed. Written by the process that
    gives out the tasks, and by no other.
    """

    def __init__(self, folder: Path):
        self.path = folder / "tasks.json"
        self.entries: dict[str, dict[str, Any]] = read_json(self.path)

    def note(self, task: str, **entry: Any) -> None:
        """Notes how a task ended; what was noted of it before is gone."""
        self.entries[task] = entry
        write_json(self.path, self.entries, flush=False)

    def failure(self, task: str) -> str | None:
        """Why a task failed; None if it did not."""
        return self.entries.get(task, {}).get("failed")
