"""A measurement on disk: one small file of a network, whole or not there, whose name says what it depends on."""

import gzip
import io
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from slowpoints._atomic import write_atomically
from slowpoints._errors import Damaged, InputError

ANEW = "`slowpoints run` makes it anew"
_HAS_NAME = 8
"""The bit of a gzip header's flags that says that a name follows (RFC 1952, section 2.3.1)."""

if TYPE_CHECKING:
    import xarray as xr


def dataset_path(folder: Path, measurement: str, fingerprint: str) -> Path:
    """Where a measurement of the network in `folder` lies, compressed NetCDF 3."""
    return folder / "measurements" / f"{measurement}-{fingerprint}.nc.gz"


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

    try:
        with xr.open_dataset(unpacked(path, path.read_bytes()), engine="scipy") as dataset:
            loaded = dataset.load()
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist; run the study again to make it.") from error
    except (OSError, ValueError, TypeError, KeyError, IndexError) as error:
        if isinstance(error, Damaged):
            raise
        raise Damaged(path, str(error), ANEW) from error
    words = {name: values.astype(str) for name, values in loaded.variables.items() if values.dtype.kind in "OT"}
    return loaded.assign({name: values for name, values in words.items() if name in loaded.data_vars}).assign_coords(
        {name: values for name, values in words.items() if name in loaded.coords}
    )


def unpacked(path: Path, packed: bytes) -> bytes:
    """The content of a dataset's file, of which these are the bytes. Raises `Damaged` if it is not what was written."""
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
