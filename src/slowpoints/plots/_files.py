"""Figures as files."""

import io
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from slowpoints._atomic import write_atomically
from slowpoints._errors import InputError

_DPI = 200


def png_bytes(figure: Figure) -> bytes:
    """A figure as PNG; the same figure gives the same bytes."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=_DPI, metadata={"Software": None})
    return file.getvalue()


def svg_bytes(figure: Figure) -> bytes:
    """A figure as SVG with text kept as text; the same figure gives the same bytes."""
    file = io.BytesIO()
    # Ids are random without a salt; both settings are back as they were afterwards.
    with matplotlib.rc_context({"svg.hashsalt": "slowpoints", "svg.fonttype": "none"}):
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return file.getvalue()


_FORMATS = {".png": png_bytes, ".svg": svg_bytes}


def check_figure_path(path: Path) -> None:
    """Raises `InputError` if `save_figure` could not write a figure there."""
    if path.suffix.lower() not in _FORMATS:
        raise InputError(f"{path} cannot be drawn: a figure's name must end in {' or '.join(_FORMATS)}.")


def save_figure(figure: Figure, path: Path) -> None:
    """Writes a figure as PNG or SVG, by the name's ending, whole or not at all.

    Raises:
        InputError: for any other ending.

    Example:
        >>> from pathlib import Path
        >>> from matplotlib.figure import Figure
        >>> from slowpoints import save_figure
        >>> save_figure(Figure(), Path("empty.svg"))
    """
    check_figure_path(path)
    write_atomically(path, _FORMATS[path.suffix.lower()](figure))
