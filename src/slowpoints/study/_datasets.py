"""A measurement on disk: one small file of a network, whole or not there, whose name says what it depends on."""

import gzip
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from slowpoints._atomic import write_atomically
from slowpoints._errors import InputError

if TYPE_CHECKING:
    import xarray as xr


def dataset_path(folder: Path, measurement: str, fingerprint: str) -> Path:
    """Where a measurement of the network in `folder` lies, compressed NetCDF 3."""
    return folder / "measurements" / f"{measurement}-{fingerprint}.nc.gz"


def save_dataset(path: Path, dataset: "xr.Dataset") -> None:
    """Writes a dataset, whole or not at all; the same dataset gives the same bytes. Older ones of the same
    measurement go.
    """
    # A fixed time, or the bytes would differ.
    content = gzip.compress(bytes(dataset.to_netcdf(engine="scipy")), compresslevel=6, mtime=0)
    write_atomically(path, content)
    measurement = path.name.rpartition("-")[0]
    for other in path.parent.glob(f"{measurement}-*.nc.gz"):
        if other != path and other.name.rpartition("-")[0] == measurement:
            other.unlink(missing_ok=True)


def load_dataset(path: Path) -> "xr.Dataset":
    """Reads a dataset that `save_dataset` wrote. Raises `InputError` if it is missing or damaged."""
    import xarray as xr

    try:
        # Unpacked here: gzip checks its sum only when everything has been read.
        content = gzip.decompress(path.read_bytes())
        with xr.open_dataset(content, engine="scipy") as dataset:
            loaded = dataset.load()
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist; run the study again to make it.") from error
    except (OSError, EOFError, zlib.error, ValueError, TypeError, KeyError, IndexError) as error:
        raise InputError(f"{path} is damaged ({error}); delete it and run the study again to make it anew.") from error
    words = {name: values.astype(str) for name, values in loaded.variables.items() if values.dtype.kind in "OT"}
    return loaded.assign({name: values for name, values in words.items() if name in loaded.data_vars}).assign_coords(
        {name: values for name, values in words.items() if name in loaded.coords}
    )
