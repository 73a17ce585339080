"""Where each network of a study stands, in a small file beside it, so that any process can look."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from slowpoints._atomic import write_atomically
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
                "stage": "training",
                "step": progress.step,
                "steps": progress.steps,
                "steps_per_second": rate,
                "loss": progress.loss,
                "digit_accuracy": progress.digit_accuracy,
            }
        )

    def stage(self, name: str) -> None:
        """Notes that another stage has begun; an empty name, that nothing is going on."""
        self._write({"stage": name})

    def _write(self, content: dict[str, Any]) -> None:
        for folder in self.folders:
            write_atomically(folder / "progress.json", json.dumps(content).encode())


def read_progress(folder: Path) -> dict[str, Any]:
    """What a network's worker last noted; empty if nothing."""
    try:
        return json.loads((folder / "progress.json").read_text())
    except (OSError, ValueError):
        return {}
