"""Figures as files."""

import csv
import io
from pathlib import Path

import matplotlib
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from slowpoints._atomic import write_atomically
from slowpoints._errors import InputError

_DPI = 200


def png_bytes(figure: Figure) -> bytes:
    """A figure as PNG; the same figure gives the same bytes.

    Example:
        >>> from matplotlib.figure import Figure
        >>> from slowpoints.plots import png_bytes
        >>> png_bytes(Figure())[1:4]
        b'PNG'
    """
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=_DPI, metadata={"Software": None})
    return file.getvalue()


def svg_bytes(figure: Figure) -> bytes:
    """A figure as SVG with text kept as text; the same figure gives the same bytes.

    Example:
        >>> from matplotlib.figure import Figure
        >>> from slowpoints.plots import svg_bytes
        >>> svg_bytes(Figure())[:5]
        b'<?xml'
    """
    file = io.BytesIO()
    # Ids are random without a salt; both settings are back as they were afterwards.
    with matplotlib.rc_context({"svg.hashsalt": "slowpoints", "svg.fonttype": "none"}):
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return file.getvalue()


def pdf_bytes(figure: Figure) -> bytes:
    """A figure as PDF; the same figure gives the same bytes.

    Example:
        >>> from matplotlib.figure import Figure
        >>> from slowpoints.plots import pdf_bytes
        >>> pdf_bytes(Figure())[:4]
        b'%PDF'
    """
    file = io.BytesIO()
    figure.savefig(file, format="pdf", metadata={"CreationDate": None, "Creator": None, "Producer": None})
    return file.getvalue()


def csv_bytes(data: xr.Dataset) -> bytes:
    """The numbers of a labelled dataset as CSV, one row a number.

    The columns are `variable`, every dimension by its labels (empty where the variable has none of it), and `value`;
    missing numbers are left out.

    Example:
        >>> import xarray as xr
        >>> from slowpoints.plots import csv_bytes
        >>> print(csv_bytes(xr.Dataset({"mean": ("delay", [0.9, 0.5])}, coords={"delay": [5, 50]})).decode())
        variable,delay,value
        mean,5,0.9
        mean,50,0.5
        <BLANKLINE>
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    dims = [str(dim) for dim in data.dims]
    writer.writerow(["variable", *dims, "value"])
    for name, variable in data.data_vars.items():
        labels = [data[dim].values if dim in data.coords else range(data.sizes[dim]) for dim in variable.dims]
        values = variable.values
        for index in np.ndindex(values.shape):
            value = values[index]
            if value == value:  # not NaN
                at = {dim: labels[k][i] for k, (dim, i) in enumerate(zip(variable.dims, index, strict=True))}
                writer.writerow([name, *(at.get(dim, "") for dim in dims), value])
    return file.getvalue().encode()


_FORMATS = {".png": png_bytes, ".svg": svg_bytes, ".pdf": pdf_bytes}


def check_figure_path(path: str | Path) -> None:
    """Raises `InputError` if `save_figure` could not write a figure there.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints.plots import check_figure_path
        >>> try:
        ...     check_figure_path(Path("figure.bmp"))
        ... except ValueError as error:
        ...     print(error)
        figure.bmp cannot be drawn: a figure's name must end in .png, .svg, .pdf.
    """
    if Path(path).suffix.lower() not in _FORMATS:
        raise InputError(f"{path} cannot be drawn: a figure's name must end in {', '.join(_FORMATS)}.")


def save_figure(figure: Figure, path: str | Path) -> None:
    """Writes a figure as PNG, SVG or PDF, by the name's ending, whole or not at all.

    Raises:
        InputError: for any other ending.

    Example:
        >>> from pathlib import Path
        >>> from matplotlib.figure import Figure
        >>> from slowpoints import save_figure
        >>> save_figure(Figure(), Path("empty.svg"))
    """
    path = Path(path)
    check_figure_path(path)
    write_atomically(path, _FORMATS[path.suffix.lower()](figure))
