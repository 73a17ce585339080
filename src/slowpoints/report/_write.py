"""Writes a study's report: figures as files, and one page that holds everything."""

from importlib.resources import files
from pathlib import Path
from string import Template

import xarray as xr

from slowpoints._atomic import write_atomically
from slowpoints.claims import judge
from slowpoints.plots import figures
from slowpoints.plots._files import png_bytes, svg_bytes
from slowpoints.report import _sections as sections
from slowpoints.report._answer import answer, tally
from slowpoints.report._claims import tested_claims, untested_claims
from slowpoints.report._html import Markup, text
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
    """
    folder = Path(folder)
    drawings: dict[str, Markup] = {}
    for name, figure in figures(results).items():
        svg = svg_bytes(figure)
        write_atomically(folder / "figures" / f"{name}.svg", svg)
        write_atomically(folder / "figures" / f"{name}.png", png_bytes(figure))
        drawings[name] = inline(svg, name, sections.CAPTIONS[name])
    page = folder / "report.html"
    write_atomically(page, render(results, drawings).encode())
    return page


def render(results: xr.DataTree, drawings: dict[str, Markup]) -> str:
    """The page as text.

    Args:
        results: a study's labelled results.
        drawings: the figures as inline SVG, by name.
    """
    judgements = judge(results)

    def drawn(name: str) -> Markup:
        return sections.figure(name, drawings) if name in results.children else sections.not_run(name)

    here = files("slowpoints.report")
    return Template(here.joinpath("page.html").read_text("utf-8")).substitute(
        style=here.joinpath("page.css").read_text("utf-8"),
        title=text(results.attrs.get("name", "study")),
        answer=text(answer(results, judgements)),
        run=sections.what_was_run(results),
        training=drawn("training"),
        nominal=sections.nominal(results),
        delay=drawn("delay"),
        noise=drawn("noise"),
        retrieval=sections.second_retrieval(results),
        retrieval_figure=sections.figure("second_retrieval", drawings),
        outcomes=sections.outcomes(results),
        owned=sections.figure("owned_points", drawings),
        degenerate=sections.degenerate_landscapes(results),
        speeds=sections.figure("slow_points", drawings),
        retention=sections.retention(results),
        lifetimes=sections.figure("lifetimes", drawings),
        formation=sections.formation(results, drawings),
        tally=text(tally(judgements)),
        tested=tested_claims(judgements),
        untested=untested_claims(judgements),
    )
