"""A measurement on disk: one small file of a network, whole or not there, whose name says what it depends on."""

import gzip
import io
import zlib
from pathlib import Path
from typing import Any, NamedTuple, TYPE_CHECKING

import numpy as np

from slowpoints._atomic import write_atomically
from slowpoints._errors import Damaged, InputError

ANEW = "`slowpoints run` makes it anew"
_HAS_NAME = 8
"""The bit of a gzip header's flags that says that a name follows (RFC 1952, section 2.3.1)."""

if TYPE_CHECKING:
    import xarray as xr


def dataset_path(folder: Path, measurement: str, fingerprint: str) -> Path:
    """Where a measurement of the network in `folder` lies, compressed NetCDF 3."""
    return folder.joinpath("measurements", dataset_name(measurement, fingerprint))


def dataset_name(measurement: str, fingerprint: str) -> str:
    """The name of a measurement's file."""
    return f"{measurement}-{fingerprint}.nc.gz"


def save_dataset(path: Path, dataset: "xr.Dataset") -> None:
    """Writes a dataset, whole or not at all; the same dataset gives the same bytes. Older ones of the same
    measurement go.

    gzip keeps a checksum of the content, and the file's name beside it: a file under another's name is noticed.
    """
    packed = io.BytesIO()
    # A fixed time, or the bytes would differ.
    with gzip.GzipFile(path.name, "wb", compresslevel=6, fileobj=packed, mtime=0) as file:
        file.write(bytes(dataset.to_netcdf(engine="scipy")))
    write_atomically(path, packed.getvalue())
    measurement = path.name.rpartition("-")[0]
    for other in path.parent.glob(f"{measurement}-*.nc.gz"):
        if other != path and other.name.rpartition("-")[0] == measurement:
            other.unlink(missing_ok=True)


def load_dataset(path: Path) -> "xr.Dataset":
    """Reads a dataset that `save_dataset` wrote.

    Raises:
        InputError: if it is missing.
        Damaged: if it is not what was written.
    """
    import xarray as xr

    variables, attributes = load_arrays(path)
    coords = {name: variable for name, variable in variables.items() if (name,) == variable.dims}
    others = {name: variable for name, variable in variables.items() if name not in coords}
    return xr.Dataset(others, coords, attributes)


class Variable(NamedTuple):
    """What a file holds under one name, as xarray takes it."""

    dims: tuple[str, ...]
    values: np.ndarray
    attributes: dict[str, Any]


def load_arrays(path: Path) -> tuple[dict[str, Variable], dict[str, Any]]:
    """The variables and the attributes of a dataset that `save_dataset` wrote, in a tenth of the time that xarray takes
    to open a file. Raises as `load_dataset`.
    """
    from scipy.io import netcdf_file

    try:
        with netcdf_file(io.BytesIO(unpacked(path, path.read_bytes())), mmap=False) as file:
            return {name: _variable(held) for name, held in file.variables.items()}, _words_of(file)
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist; run the study again to make it.") from error
    except (OSError, ValueError, TypeError, KeyError, IndexError) as error:
        if isinstance(error, Damaged):
            raise
        raise Damaged(path, str(error), ANEW) from error


def _variable(held: Any) -> Variable:
    values, dims, attributes = held.data, held.dimensions, _words_of(held)
    # What xarray notes of how it writes: words are rows of characters, in UTF-8; what is missing is NaN.
    attributes.pop("_FillValue", None)
    if attributes.pop("_Encoding", None):
        *shape, length = values.shape
        values = np.char.decode(np.ascontiguousarray(values).view(f"S{length}").reshape(shape), "utf-8")
        dims = dims[:-1]
    return Variable(dims, values.astype(values.dtype.newbyteorder("=")), attributes)


def _words_of(held: Any) -> dict[str, Any]:
    """The attributes of a NetCDF file or variable, which are words all."""
    return {name: value.decode() if isinstance(value, bytes) else value for name, value in held._attributes.items()}


def unpacked(path: Path, packed: bytes) -> bytes:
    """The content of a dataset's file, of which these are the bytes. Raises `Damaged` if it is not what was written."""
    if not packed:
        raise Damaged(path, "it is empty", ANEW)
    try:
        # All at once: gzip checks its sum only when everything has been read.
        content = gzip.decompress(packed)
    except (OSError, EOFError, zlib.error) as error:
        raise Damaged(path, str(error), ANEW) from error
    if packed[3] & _HAS_NAME:
        name = packed[10:].partition(b"\0")[0].decode("latin-1") + ".gz"
        if name != path.name:
            raise Damaged(path, f"it was written as {name}", ANEW)
    return content
