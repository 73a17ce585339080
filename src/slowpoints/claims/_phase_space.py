"""Claims 14–17: clouds of hidden states (figure 3)."""

from slowpoints.claims._absent import lacks
from slowpoints.claims._claim import Claim

_RULE = "Needs the hidden states of many trials after delays of 20 and 1000, which no stage records yet."
_CLOUDS = lacks("clouds", "hidden states of many trials")

CLAIMS = (
    Claim(
        14,
        "At delay 20 there are ten separated regions, one a class, in three principal components",
        "Figure 3",
        "10 regions",
        _RULE,
        (),
        _CLOUDS,
    ),
    Claim(
        15,
        "At delay 1000 some classes have collapsed onto a point and others have vanished",
        "Figure 3",
        None,
        _RULE,
        (),
        _CLOUDS,
    ),
    Claim(
        16,
        "With less noise more classes survive a delay of 1000, still not all",
        "Figure 3",
        None,
        _RULE,
        (),
        _CLOUDS,
    ),
    Claim(
        17,
        "VoCu has wider clouds and fewer distinct points at delay 1000",
        "Figure 3",
        None,
        _RULE,
        (),
        _CLOUDS,
    ),
)
"""Claims 14–17."""
