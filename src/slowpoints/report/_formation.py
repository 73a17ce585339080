"""Where slow points come from: tracks through training."""

import math

from slowpoints.report._performance import plus_minus
from slowpoints.report._section import Findings, Section
from slowpoints.report._summaries import followed


def _formation(findings: Findings) -> dict:
    found = followed(findings.results)
    rows = [
        [*(str(row[name].values) for name in ("setting", "protocol", "tracking")), int(row["tracks"])]
        + [plus_minus(float(row[name]), math.nan) for name in ("certified", "searches", "same")]
        for row in (found.isel(row=k) for k in range(found.sizes.get("row", 0)))
    ]
    head = [
        "Setting",
        "Protocol",
        "Tracking",
        "Tracks",
        "Certified (%)",
        "Searches a snapshot",
        "Same over every second (%)",
    ]
    caption = "Points followed through training: means over all tracks and snapshots."
    return {"made": {"head": head, "rows": rows, "caption": caption, "headings": 3}}


FORMATION = Section(
    "formation",
    "Where slow points come from",
    ("tracks",),
    _formation,
    """
{{ figure("formation") }}
{{ table(class="numbers dense", **made) }}
{{ figure("tracked_speeds") }}
{{ figure("short_readouts") }}
""",
)
