"""Lifetimes of memories, and what predicts which classes are retained."""

import math

import xarray as xr

from slowpoints.claims import QUANTITIES, retention_predictors
from slowpoints.report._section import Findings, Section


def _lifetimes(findings: Findings) -> dict:
    found = retention_predictors(findings.results)
    made = []
    for label in found["setting"].values:
        here = found.sel(setting=label)
        here = here.isel(quantity=here["r2"].argsort().values[::-1]).dropna("quantity", subset=["r2"])
        if not here.sizes["quantity"]:
            continue
        best = here.isel(quantity=0)
        added = f"; adding the scripts' speed changes R² by {_ranged(best, 'gain')}" if best["gain"].notnull() else ""
        sentence = (
            f"{label}: accuracy at delay {found.attrs['delay']} is best predicted by the "
            f"{QUANTITIES[str(best['quantity'].values)]}, R² {_ranged(best, 'r2')} over {int(best['networks'])} "
            f"networks{added}."
        )
        rows = [
            [QUANTITIES[str(name)], *(_ranged(here.sel(quantity=name), of) for of in ("r2", "gain", "spearman"))]
            for name in here["quantity"].values
        ]
        head = ["Quantity", "R² across networks", "Gained by the scripts' speed", "Spearman within networks"]
        made.append((sentence, {"head": head, "rows": rows, "caption": str(label)}))
    return {"made": made}


def _ranged(here: xr.Dataset, name: str) -> str:
    # Adding 0 turns the −0 that rounding leaves into 0.
    value, low, high = (round(float(here[name + end]), 2) + 0.0 for end in ("", "_low", "_high"))
    if not math.isfinite(value):
        return "–"
    interval = f" ({low:.2f} to {high:.2f})" if math.isfinite(low) else ""
    return f"{value:.2f}{interval}".replace("-", "−")


LIFETIMES = Section(
    "lifetimes",
    "Lifetimes of memories",
    ("lifetimes",),
    _lifetimes,
    """
<p>A memory's lifetime is for how many steps, without noise, the answer it would give stays what it was.</p>
{% for sentence, one in made %}<p>{{ sentence }}</p>{{ table(class="numbers dense", **one) }}{% endfor %}
{% if made %}
<p class="note">R²: each network's classes are predicted by a linear model fitted to all other networks of the
setting, all protocols together; below 0 the mean of the others predicts better. 95 % intervals resample networks. The
first of many quantities is first partly by chance, which its R² is not corrected for.</p>
{% else %}
<p>Nothing is predicted: that needs two networks of a setting that remember anything, their slow points, and accuracies
at a delay longer than the trained.</p>
{% endif %}
{{ figure("lifetimes") }}
""",
)
