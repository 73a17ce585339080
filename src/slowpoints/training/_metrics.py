"""The record of a network's training: loss and accuracies, one row an interval."""

from pathlib import Path

import numpy as np
from safetensors.numpy import save

from slowpoints._errors import Damaged
from slowpoints.training._checkpoints import read_arrays
from slowpoints.training._sums import write_summed

COLUMNS = ("step", "loss", "class_accuracy", "null_accuracy")


def empty_metrics() -> dict[str, np.ndarray]:
    """A record without rows."""
    return {name: np.empty(0, np.int64 if name == "step" else np.float64) for name in COLUMNS}


def append_metrics(metrics: dict[str, np.ndarray], **row: float) -> dict[str, np.ndarray]:
    """The record with one row more."""
    return {name: np.append(column, np.asarray(row[name], column.dtype)) for name, column in metrics.items()}


def save_metrics(folder: Path, metrics: dict[str, np.ndarray]) -> None:
    """Writes a network's record, whole or not at all."""
    write_summed(folder, metrics_path(folder), save(metrics))


def metrics_path(folder: str | Path) -> Path:
    """Where a network's record lies.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints.training import metrics_path
        >>> metrics_path(Path("network")).name
        'metrics.safetensors'
    """
    return Path(folder) / "metrics.safetensors"


def load_metrics(folder: str | Path, *, until: int | None = None) -> dict[str, np.ndarray]:
    """A network's record: `step` (the last of each interval), and the interval's mean `loss`, `class_accuracy` and
    `null_accuracy`; only rows up to step `until` if given.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints.training import load_metrics
        >>> load_metrics(Path("network"))["loss"]  # nothing is trained there yet
        array([], dtype=float64)
    """
    path = metrics_path(folder)
    if not path.exists():
        return empty_metrics()
    arrays, _ = read_arrays(path)
    if set(arrays) != set(COLUMNS) or len({array.shape for array in arrays.values()}) != 1:
        raise Damaged(path, f"it does not hold {', '.join(COLUMNS)}")
    keep = slice(None) if until is None else arrays["step"] <= until
    return {name: arrays[name][keep] for name in COLUMNS}
