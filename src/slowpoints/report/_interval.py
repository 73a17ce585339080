"""An estimate with its interval, drawn small beside where the claim says it lies."""

import math

from markupsafe import Markup

from slowpoints.claims import Evidence, in_words

_WIDTH, _HEIGHT, _EDGE = 170, 34, 6


def interval_plot(evidence: Evidence, kind: str) -> Markup:
    """A drawing of an estimate; empty where there is none, or nothing to hold it against.

    Args:
        evidence: what is drawn.
        kind: the verdict's, which gives the colour.
    """
    value, claimed = evidence.statistic, evidence.claimed
    if value is None or claimed is None:
        return Markup("")
    bounds = [bound for bound in claimed if math.isfinite(bound)]
    ends = [end for end in evidence.interval or () if math.isfinite(end)]
    seen = [value, *ends, *bounds]
    reach = (max(seen) - min(seen)) or abs(value) or 1.0
    low, high = min(seen) - 0.12 * reach, max(seen) + 0.12 * reach

    def x(number: float) -> float:
        share = (min(max(number, low), high) - low) / (high - low)
        return round(_EDGE + share * (_WIDTH - 2 * _EDGE), 1)

    left, right = x(claimed[0]), x(claimed[1])
    parts = [f'<rect x="{left}" y="2" width="{right - left:.1f}" height="18" fill="var(--{kind}-back)"/>']
    for bound in bounds:
        parts.append(f'<line x1="{x(bound)}" x2="{x(bound)}" y1="2" y2="20" stroke="var(--muted)"/>')
        parts.append(f'<text x="{x(bound)}" y="32" text-anchor="middle">{in_words(bound)}</text>')
    if len(ends) == 2:
        parts.append(
            f'<line x1="{x(ends[0])}" x2="{x(ends[1])}" y1="11" y2="11" stroke="currentColor" stroke-width="2"/>'
        )
    parts.append(f'<circle cx="{x(value)}" cy="11" r="4" fill="currentColor"/>')
    words = f"estimate {in_words(value)}"
    words += f", interval {in_words(ends[0])} to {in_words(ends[1])}" if len(ends) == 2 else ", no interval"
    return Markup(
        f'<svg class="interval {kind}" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{words}; shaded: where the claim says it lies">{"".join(parts)}</svg>'
    )


def needed(evidence: Evidence) -> str:
    """How many networks would decide what is undecided, in a sentence; "" where that cannot be said."""
    if evidence.statistic is None or evidence.claimed is None:
        return ""
    if evidence.interval is None:
        return f"It needs at least {2 if evidence.n < 2 else 4} {evidence.n_of}."
    low, high = evidence.interval
    away = min(abs(evidence.statistic - bound) for bound in evidence.claimed if math.isfinite(bound))
    if away == 0 or not evidence.n:
        return ""
    # An interval shrinks as one over the root of the number of networks.
    wanted = max(evidence.n + 1, math.ceil(evidence.n * ((high - low) / 2 / away) ** 2))
    if wanted > 1000:
        return f"If the estimate stayed where it is, more than a thousand {evidence.n_of} would be needed."
    return f"If the estimate stayed where it is, about {wanted} {evidence.n_of} would decide."
