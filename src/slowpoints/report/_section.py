"""A section of the report: its numbers, and the piece of HTML they are put into."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import xarray as xr
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from slowpoints.results import has, not_measured


class Drawing(NamedTuple):
    """A figure for the page: its inline SVG and its caption."""

    svg: Markup
    caption: str


@dataclass(frozen=True)
class Section:
    """One section. It is listed in the registry, and the page and its contents follow.

    - `id`, `title`: its anchor and its heading.
    - `needs`: the measurements without which it has nothing to show: it then says which command makes them.
    - `data`: from results that have them to what the template names.
    - `template`: Jinja2, everything escaped that is not markup. Besides the data it may use the macros of `parts.html`
      and `figure("name")`, which is empty where the figure was not drawn.
    """

    id: str
    title: str
    needs: tuple[str, ...]
    data: Callable[[xr.DataTree], Mapping[str, Any]]
    template: str

    def body(self, results: xr.DataTree, drawings: Mapping[str, Drawing]) -> Markup:
        """The section as HTML.

        Args:
            results: a study's.
            drawings: the figures, by name.
        """
        lacking = [not_measured(results, name) for name in self.needs if not has(results, name)]
        if lacking:
            return rendered("{% for one in lacking %}{{ absent(one) }}{% endfor %}", lacking=lacking)
        return rendered(self.template, figure=lambda name: _figure(name, drawings), **self.data(results))


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


def _figure(name: str, drawings: Mapping[str, Drawing]) -> Markup:
    """A figure with its caption; nothing where it was not drawn."""
    if name not in drawings:
        return Markup("")
    return rendered(
        '<figure>{{ drawing }}<figcaption>{{ caption }} <span class="files">figures/{{ name }}.svg, '
        "figures/{{ name }}.png</span></figcaption></figure>",
        drawing=drawings[name].svg,
        caption=drawings[name].caption,
        name=name,
    )
