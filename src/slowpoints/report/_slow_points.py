"""Slow points: how searches ended, who owns a point, which landscapes are degenerate."""

import math

import xarray as xr

from slowpoints.report._section import Findings, Section
from slowpoints.report._summaries import OUTCOMES, search_outcomes, unresolved_networks
from slowpoints.results import CERTIFIED

_HEAD = [
    "Search",
    "Protocol",
    "Networks",
    *(outcome.capitalize() for outcome in OUTCOMES),
    "Read out as its class",
    "Shared",
    "Owned a network",
    "Median root speed",
]


def _slow_points(findings: Findings) -> dict:
    found = search_outcomes(findings.results)
    made = []
    for label in found["setting"].values:
        here = found.sel(setting=label)
        each = [here.sel(search=s, protocol=p) for s in here["search"].values for p in here["protocol"].values]
        rows = [_row(one) for one in each if int(one["outcomes"].sum())]
        made.append({"head": _HEAD, "rows": rows, "caption": str(label), "headings": 2})
    return {"made": made, "unresolved": unresolved_networks(findings.results)}


def _row(here: xr.Dataset) -> list[object]:
    speed, owning, search = float(here["root_speed"]), float(here["owned"]), str(here["search"].values)
    return [
        search,
        str(here["protocol"].values),
        int(here["networks"]),
        *(int(count) or "·" for count in here["outcomes"].values),
        int(here["own_readout"]),
        int(here["shared"]),
        f"{owning:.3g}" if math.isfinite(owning) and search == CERTIFIED else "–",
        f"{speed:.1e}".replace("-", "−") if math.isfinite(speed) else "–",
    ]


SLOW_POINTS = Section(
    "slow-points",
    "Slow points",
    ("slow_points",),
    _slow_points,
    """
{% for one in made %}{{ table(class="numbers dense", **one) }}{% endfor %}
<p class="note">Points by the outcome of the search, one a class and network; only the first three outcomes are
certified minima of speed, an edge being one on the boundary of the box that states cannot leave.
Shared: an earlier class' search ended at the same point. Owned: certified, read out as its
class, and no other class' search ended there (mean over networks).</p>
{{ figure("owned_points") }}
{% if unresolved %}
<p>These networks have a degenerate landscape of speed, or one the search could not resolve: their classes are not
ranked by the speed of a point. Their lifetimes, below, need no point and stand.</p>
<ul>{% for name, sentence in unresolved.items() %}<li><b>{{ name }}: </b>{{ sentence }}</li>{% endfor %}</ul>
{% endif %}
{{ figure("slow_points") }}
{{ figure("binned_accuracy") }}
""",
)
