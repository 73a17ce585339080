"""Writes a study's report: figures as files, and one page that holds everything."""

from importlib.resources import files
from pathlib import Path

import xarray as xr
from markupsafe import Markup

from slowpoints._atomic import write_atomically
from slowpoints.claims import judge
from slowpoints.plots import FIGURES, figures, png_bytes, svg_bytes
from slowpoints.report._answer import answer
from slowpoints.report._registry import SECTIONS
from slowpoints.report._section import environment
from slowpoints.report._svg import inline


def write_report(results: xr.DataTree, folder: Path | str) -> Path:
    """Write `folder/report.html`, and every figure to `folder/figures` as SVG and PNG.

    The page holds its figures and its style; it loads nothing and runs no script. The same results give the
    same bytes. Files are written aside and renamed, so a kill leaves the old report or the new one.

    Args:
        results: a study's labelled results; groups may be absent. Nothing in it is changed.
        folder: where to write; made if it is missing.

    Returns:
        The page's path.

    Raises:
        OSError: if the folder cannot be written.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import PRESETS, results_of, Study, write_report
        >>> write_report(results_of(Study.create(PRESETS["digits"], Path("mine"))), "mine").name
        'report.html'
    """
    folder = Path(folder)
    drawings: dict[str, Markup] = {}
    for name, figure in figures(results).items():
        svg = svg_bytes(figure)
        write_atomically(folder / "figures" / f"{name}.svg", svg)
        write_atomically(folder / "figures" / f"{name}.png", png_bytes(figure))
        drawings[name] = inline(svg, name, FIGURES[name].caption)
    page = folder / "report.html"
    write_atomically(page, render(results, drawings).encode())
    return page


def render(results: xr.DataTree, drawings: dict[str, Markup]) -> str:
    """The page as text.

    Args:
        results: a study's labelled results.
        drawings: the figures as inline SVG, by name.
    """
    style = files("slowpoints.report").joinpath("templates", "page.css").read_text("utf-8")
    return (
        environment()
        .get_template("page.html")
        .render(
            style=Markup(style),
            title=results.attrs.get("name", "study"),
            answer=answer(results, judge(results)),
            sections=[
                {"id": section.id, "title": section.title, "body": section.body(results, drawings)}
                for section in SECTIONS
            ],
        )
    )
