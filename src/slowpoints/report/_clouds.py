"""What memories look like in phase space."""

import numpy as np

from slowpoints.claims import cloud_counts
from slowpoints.report._section import Findings, Section


def _clouds(findings: Findings) -> dict:
    counts = cloud_counts(findings.results)
    rows = []
    for setting in counts["setting"].values:
        for protocol in counts["protocol"].values:
            here = counts.sel(setting=setting, protocol=protocol)
            if int(here["n"]):
                values = [_number(here["mean"].sel(what=what).item()) for what in counts["what"].values]
                rows.append([f"{setting}, {protocol}", str(int(here["n"])), *values])
    head = ["Networks", "n", *(str(what) for what in counts["what"].values)]
    return {"counted": {"head": head, "rows": rows, "caption": "Means over networks"}}


def _number(value: float) -> str:
    return f"{value:.1f}" if np.isfinite(value) else "–"


CLOUDS = Section(
    "clouds",
    "Memories in phase space",
    ("clouds",),
    _clouds,
    """
{{ table(class="numbers dense", **counted) }}
<p class="note">A class survives a condition if more than half as many of its trials are read out as it as at the
trained delay; it has collapsed if its states then spread less than half as far. Clusters are HDBSCAN's, in three
principal components.</p>
{{ figure("clouds") }}
""",
)
