"""Claims 23–30: how slow points form during training (figure 5)."""

from slowpoints.claims._absent import lacks
from slowpoints.claims._claim import Claim

_RULE = "Needs slow points tracked through the checkpoints of training."
_TRACKS = lacks("tracks", "slow points tracked through training")
_EVENTS_RULE = "Needs accuracies by class at twice the noise, before and after every class' introduction."
_EVENTS = lacks("events", "accuracies before and after a class is introduced")

CLAIMS = (
    Claim(
        23,
        "VoCu: the speeds of all tracked points jump when a class is introduced",
        "Figure 5B",
        None,
        _RULE,
        (),
        _TRACKS,
    ),
    Claim(24, "DeCu: the speeds fall gradually", "Figure 5A", None, _RULE, (), _TRACKS),
    Claim(25, "The classes introduced first are not the slowest", "Section 7", None, _RULE, (), _TRACKS),
    Claim(
        26,
        "A new class' point arises from an existing point",
        "Figure 5C",
        "8 from 5; 7 from 3 or 4",
        _RULE,
        (),
        _TRACKS,
    ),
    Claim(
        27,
        "At twice the noise every existing class loses accuracy when class 7 enters; 3 and 4 lose more",
        "Figure 5D",
        None,
        _EVENTS_RULE,
        (),
        _EVENTS,
    ),
    Claim(
        28,
        "Over all introductions in three networks, the parent classes lose more than the others",
        "Figure 5E",
        None,
        _EVENTS_RULE,
        (),
        _EVENTS,
    ),
    Claim(
        29,
        "The same initial weights end in different solutions under different protocols",
        "Section 8",
        None,
        _RULE,
        (),
        _TRACKS,
    ),
    Claim(
        30,
        "Tracking from one checkpoint to the next follows the same point",
        "Section 7",
        None,
        "Needs tracks at two checkpoint intervals: halving the interval must not change where they lead.",
        (),
        _TRACKS,
    ),
)
"""Claims 23–30."""
