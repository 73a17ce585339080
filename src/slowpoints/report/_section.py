"""A section of the report: its numbers, and the piece of HTML they are put into."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import xarray as xr
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from slowpoints.claims import Judgement
from slowpoints.results import has, not_measured


class Findings(NamedTuple):
    """A study's labelled results, and how every claim was judged by them."""

    results: xr.DataTree
    judgements: tuple[Judgement, ...]


class Drawing(NamedTuple):
    """A figure for the page: inline, and as files that are saved from it.

    - `svg`: the drawing.
    - `caption`: what it shows.
    - `pdf`, `csv`: the same for print, and the numbers that it shows.
    """

    svg: Markup
    caption: str
    pdf: bytes
    csv: bytes


@dataclass(frozen=True)
class Section:
    """One section. It is listed in the registry, and the page and its contents follow.

    - `id`, `title`: its anchor and its heading.
    - `needs`: the measurements without which it has nothing to show: it then says which command makes them.
    - `data`: from findings that have them to what the template names.
    - `template`: Jinja2, everything escaped that is not markup. Besides the data it may use the macros of `parts.html`
      and `figure("name")`, which is empty where the figure was not drawn.
    """

    id: str
    title: str
    needs: tuple[str, ...]
    data: Callable[[Findings], Mapping[str, Any]]
    template: str

    def body(self, findings: Findings, drawings: Mapping[str, Drawing]) -> Markup:
        """The section as HTML.

        Args:
            findings: a study's.
            drawings: the figures, by name.
        """
        results = findings.results
        lacking = [not_measured(results, name) for name in self.needs if not has(results, name)]
        if lacking:
            return rendered("{% for one in lacking %}{{ absent(one) }}{% endfor %}", lacking=lacking)
        return rendered(self.template, figure=lambda name: figure(name, drawings), **self.data(findings))


def rendered(template: str, **values: Any) -> Markup:
    """A piece of Jinja2, with the macros of `parts.html`, as markup."""
    imported = '{% from "parts.html" import table, tables, absent, badge with context %}'
    return Markup(environment().from_string(imported + template).render(**values).strip())


@cache
def environment() -> Environment:
    """Where templates are read: everything is escaped, and a name that is not there is an error."""
    return Environment(
        loader=PackageLoader("slowpoints.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


LARGE = 300_000
"""Bytes of a figure's numbers above which they are not in the page too, which then points to the file beside it."""


def figure(name: str, drawings: Mapping[str, Drawing]) -> Markup:
    """A figure with its caption and its files; nothing where it was not drawn."""
    if name not in drawings:
        return Markup("")
    drawing = drawings[name]
    large = len(drawing.csv) > LARGE
    return rendered(
        """
<figure data-name="{{ name }}">
<div class="drawing" tabindex="0" role="region" aria-label="Figure {{ name }}">{{ drawing.svg }}</div>
<figcaption>{{ drawing.caption }} <span class="files">Save as <button type="button" data-save="svg" hidden>SVG</button>
<button type="button" data-save="png" hidden>PNG</button>
<a download="{{ name }}.pdf" href="data:application/pdf;base64,{{ pdf }}">PDF</a>
<a download="{{ name }}.csv" href="{{ csv }}">CSV</a></span></figcaption></figure>
""",
        drawing=drawing,
        pdf=b64encode(drawing.pdf).decode(),
        csv=f"figures/{name}.csv" if large else f"data:text/csv;base64,{b64encode(drawing.csv).decode()}",
        name=name,
    )
