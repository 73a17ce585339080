"""Claims 14–17: clouds of hidden states (figure 3)."""

import xarray as xr

from slowpoints.claims._claim import Claim, Evidence
from slowpoints.claims._verdicts import not_tested

_RULE = "Needs the hidden states of many trials after delays of 20 and 1000, which no measurement records yet."


def _clouds(results: xr.DataTree) -> Evidence:
    return not_tested("No measurement records the hidden states of many trials yet.")


CLAIMS = (
    Claim(
        14,
        "At delay 20 there are ten separated regions, one a class, in three principal components",
        "Figure 3",
        "10 regions",
        _RULE,
        (),
        _clouds,
    ),
    Claim(
        15,
        "At delay 1000 some classes have collapsed onto a point and others have vanished",
        "Figure 3",
        None,
        _RULE,
        (),
        _clouds,
    ),
    Claim(
        16,
        "With less noise more classes survive a delay of 1000, still not all",
        "Figure 3",
        None,
        _RULE,
        (),
        _clouds,
    ),
    Claim(
        17,
        "VoCu has wider clouds and fewer distinct points at delay 1000",
        "Figure 3",
        None,
        _RULE,
        (),
        _clouds,
    ),
)
"""Claims 14–17."""
