"""The record of a network's training: loss and accuracies, one row an interval."""

from pathlib import Path

import numpy as np
from safetensors.numpy import save

from slowpoints._atomic import write_atomically
from slowpoints.training._checkpoints import read_arrays

COLUMNS = ("step", "loss", "class_accuracy", "null_accuracy")


def empty_metrics() -> dict[str, np.ndarray]:
    """A record without rows."""
    return {name: np.empty(0, np.int64 if name == "step" else np.float64) for name in COLUMNS}


def append_metrics(metrics: dict[str, np.ndarray], **row: float) -> dict[str, np.ndarray]:
    """The record with one row more."""
    return {name: np.append(column, np.asarray(row[name], column.dtype)) for name, column in metrics.items()}


def save_metrics(folder: Path, metrics: dict[str, np.ndarray]) -> None:
    """Writes a network's record, whole or not at all."""
    write_atomically(folder / "metrics.safetensors", save(metrics))


def load_metrics(folder: Path, *, until: int | None = None) -> dict[str, np.ndarray]:
    """A network's record: `step` (the last of each interval), and the interval's mean `loss`, `class_accuracy` and
    `null_accuracy`; only rows up to step `until` if given.
    """
    path = folder / "metrics.safetensors"
    if not path.exists():
        return empty_metrics()
    arrays, _ = read_arrays(path)
    keep = slice(None) if until is None else arrays["step"] <= until
    return {name: arrays[name][keep] for name in COLUMNS}
