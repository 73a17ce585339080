"""Writes a study's report: figures as files, and one page that holds everything."""

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import xarray as xr
from markupsafe import Markup

from slowpoints._atomic import write_atomically
from slowpoints.claims import judge
from slowpoints.explorer import colours, script, style
from slowpoints.plots import csv_bytes, drawn, pdf_bytes, png_bytes, svg_bytes
from slowpoints.report._answer import answer, tally
from slowpoints.report._claims import KINDS
from slowpoints.report._references import PAPER
from slowpoints.report._registry import SECTIONS
from slowpoints.report._section import Drawing, environment, figure, Findings
from slowpoints.report._summaries import nominal_accuracies, retrieval_accuracies
from slowpoints.report._svg import inline, VARIABLES
from slowpoints.results import has

TABLES = {"nominal_accuracies": nominal_accuracies, "second_retrieval": retrieval_accuracies}
"""Tables 1 to 4, and 5 and 6: a setting (corpus, unit, readout) is one of the paper's."""


def write_report(results: xr.DataTree, folder: Path | str) -> Path:
    """Write `folder/report.html`, every figure to `folder/figures` as SVG, PNG and PDF with its numbers as CSV and its
    caption as text, and the paper's tables 1 to 6 to `folder/tables` as CSV.

    The page holds its figures, its style, its script and its data; it loads nothing. The same results give the
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
    drawings: dict[str, Drawing] = {}
    for name, (drawing, data, caption) in drawn(results).items():
        contents = {"svg": svg_bytes(drawing)}
        drawing.set_layout_engine(None)  # what was found for the first file holds for the others, and takes its time
        contents |= {"png": png_bytes(drawing), "pdf": pdf_bytes(drawing)}
        contents |= {"csv": csv_bytes(data), "txt": f"{caption}\n".encode()}
        for ending, content in contents.items():
            write_atomically(folder / "figures" / f"{name}.{ending}", content)
        drawings[name] = Drawing(inline(contents["svg"], name, caption), caption, contents["pdf"], contents["csv"])
    if has(results, "extrapolation"):
        for name, table in TABLES.items():
            write_atomically(folder / "tables" / f"{name}.csv", csv_bytes(table(results)))
    page = folder / "report.html"
    write_atomically(page, render(results, drawings).encode())
    return page


def render(results: xr.DataTree, drawings: Mapping[str, Drawing]) -> str:
    """The page as text.

    Args:
        results: a study's labelled results.
        drawings: the figures, by name.
    """
    findings = Findings(results, judge(results))
    return (
        environment()
        .get_template("page.html")
        .render(
            style=page_style(),
            script=Markup(script()),
            paper_colours=Markup(json.dumps({variable: colour for colour, variable in VARIABLES.items()})),
            title=results.attrs.get("name", "study"),
            paper=PAPER,
            answer=answer(findings),
            headline=figure("headline", drawings),
            verdicts=[
                {
                    "verdict": verdict,
                    "kind": KINDS[verdict],
                    "claims": [j.claim for j in findings.judgements if j.evidence.verdict is verdict],
                }
                for verdict in KINDS
            ],
            tally=tally(findings.judgements),
            sections=[
                {"id": section.id, "title": section.title, "body": section.body(findings, drawings)}
                for section in SECTIONS
            ],
        )
    )


def page_style() -> Markup:
    """The style sheet of every page of the report."""
    own = files("slowpoints.report").joinpath("templates", "page.css").read_text("utf-8")
    return Markup("\n".join((colours(), own, style())))
