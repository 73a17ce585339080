"""Studies side by side: each claim, and the figures that show the most, on one page."""

import json
from collections.abc import Mapping
from pathlib import Path

import xarray as xr
from markupsafe import Markup

from slowpoints._atomic import write_atomically
from slowpoints._number_of import number_of
from slowpoints.claims import CLAIMS, in_words, judge, Judgement, multiverse
from slowpoints.explorer import script
from slowpoints.plots import Drawn, drawn, plot_multiverse, svg_bytes
from slowpoints.report._claims import KINDS
from slowpoints.report._interval import interval_plot
from slowpoints.report._section import environment
from slowpoints.report._svg import inline
from slowpoints.report._write import page_style

COMPARED = ("headline", "extrapolation", "second_retrieval", "slow_points", "lifetimes", "formation")
"""The figures that are shown side by side."""

HANGING = (
    "Five claims judged again under each choice by itself: how slow points were found, under which constant input, "
    "from where; the readout; and the study. A point is the claim's statistic, a bar its 95 % interval, its colour the "
    "verdict; what is claimed is shaded. Of Adam's points every end counts as a minimum, as in the paper."
)
"""What the figure of verdicts under other choices shows."""


def write_comparison(studies: Mapping[str, xr.DataTree], path: Path | str) -> Path:
    """Write one page with the claims and figures of several studies side by side; it loads nothing.

    Args:
        studies: the results of each, by the name that stands above its column; at least two.
        path: the page, whole or not at all.

    Returns:
        The page's path.

    Raises:
        OSError: if it cannot be written.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import PRESETS, results_of, Study, write_comparison
        >>> results = results_of(Study.create(PRESETS["digits"], Path("mine")))
        >>> write_comparison({"mine": results, "again": results}, "both.html").name
        'both.html'
    """
    path = Path(path)
    judged = {name: {j.claim.id: j for j in judge(results)} for name, results in studies.items()}
    drawings = {name: drawn(results, COMPARED) for name, results in studies.items()}
    figures = [
        [_figure(drawings[name].get(figure), f"study-{k}-{figure}", name) for k, name in enumerate(studies)]
        for figure in COMPARED
        if any(figure in of for of in drawings.values())
    ]
    universes = multiverse(studies)
    hanging = (
        inline(svg_bytes(plot_multiverse(universes)), "multiverse", HANGING) if universes.sizes["universe"] else ""
    )
    rows = [{"claim": claim, "cells": [_cell(judged[name][claim.id]) for name in studies]} for claim in CLAIMS]
    page = environment().get_template("compare.html")
    text = page.render(
        style=page_style(), script=Markup(script()), names=list(studies), rows=rows, figures=figures,
        hanging=hanging, about_hanging=HANGING,
        paper_colours=Markup(json.dumps({})),
    )  # fmt: skip
    write_atomically(path, text.encode())
    return path


def _figure(found: Drawn | None, key: str, name: str) -> dict | None:
    if found is None:
        return None
    return {"drawing": inline(svg_bytes(found.figure), key, f"{name}: {found.caption}"), "caption": found.caption}


def _cell(judgement: Judgement) -> dict:
    evidence = judgement.evidence
    kind = KINDS[evidence.verdict]
    return {
        "statistic": "" if evidence.statistic is None else in_words(evidence.statistic),
        "interval": " to ".join(map(in_words, evidence.interval)) if evidence.interval else "",
        "n": number_of(evidence.n, evidence.n_of) if evidence.n else "",
        "name": evidence.statistic_name,
        "plot": interval_plot(evidence, kind),
        "kind": kind,
        "verdict": evidence.verdict,
    }
