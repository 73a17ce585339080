"""A network from a file of weights."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from slowpoints._errors import InputError
from slowpoints.interop._gates import double, our_unit
from slowpoints.interop._imported import Imported
from slowpoints.interop._safetensors import read_arrays
from slowpoints.interop._torch import from_weights
from slowpoints.networks import AbstractUnit, GRUResetAfter, UNITS


def from_file(path: str | Path, *, unit: str | None = None, prefix: str | None = None) -> Imported:
    """A network from a ``.safetensors`` file: weights under PyTorch's names, or a snapshot of one of our networks.

    **Arguments:**

    - `path`: the file.
    - `unit`, `prefix`: for PyTorch's names as in `from_torch`. A snapshot knows its unit; `unit` must not contradict.

    **Returns:** `Imported`. A snapshot's readout is left out, and its trigger is the last input.

    **Raises:** `InputError` if the file is missing, is no safetensors file, or holds neither.
    """
    arrays, metadata = read_arrays(Path(path))
    if "unit.weights.recurrent" not in arrays:
        return from_weights(arrays, unit=unit, prefix=prefix)
    if prefix is not None:
        raise InputError(f"{path} is a snapshot, with one unit; leave prefix out.")
    return Imported.stacked([_unit_of_snapshot(arrays, metadata.get("unit", ""), unit, Path(path))])


def _unit_of_snapshot(arrays: Mapping[str, np.ndarray], name: str, given: str | None, path: Path) -> AbstractUnit:
    if name not in UNITS:
        raise InputError(f"{path} does not say which unit its weights are of; give a snapshot as it was written.")
    if given is not None and given != name:
        raise InputError(f"{path} holds a unit {name!r}, not {given!r}; leave unit out.")
    kind = UNITS[name]
    try:
        incoming = np.vstack([arrays["unit.weights.input"], arrays["unit.weights.trigger"][None]])
        rest = [arrays[f"unit.weights.{part}"] for part in ("recurrent", "bias")]
        extra = [arrays["unit.recurrent_bias"]] if kind is GRUResetAfter else []
    except (KeyError, ValueError) as error:
        raise InputError(f"{path} is not a whole snapshot ({error}); give a snapshot as it was written.") from error
    return our_unit(kind, *map(double, (incoming, *rest, *extra)))
