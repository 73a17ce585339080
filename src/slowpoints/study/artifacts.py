"""What a stage leaves for one network: named arrays in a file that says from which inputs it was made."""

from pathlib import Path

import numpy as np
from safetensors import safe_open, SafetensorError
from safetensors.numpy import save

from slowpoints._atomic import write_atomically
from slowpoints.training import read_arrays


def is_complete(path: Path, inputs: str) -> bool:
    """Whether the file is there, whole, and was made from these inputs (a hash). A damaged one is made anew."""
    try:
        with safe_open(path, framework="numpy") as file:
            return (file.metadata() or {}).get("inputs") == inputs
    except (FileNotFoundError, SafetensorError):
        return False


def save_artifact(path: Path, arrays: dict[str, np.ndarray], inputs: str) -> None:
    """Writes the file, whole or not at all."""
    contiguous = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    write_atomically(path, save(contiguous, metadata={"inputs": inputs}))


def load_artifact(path: Path) -> dict[str, np.ndarray]:
    """The arrays. Raises `InputError` if the file is damaged."""
    return read_arrays(path)[0]
