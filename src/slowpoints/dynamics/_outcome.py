"""How the search for one slow point ended."""

import enum


class WordedCode(enum.IntEnum):
    """An enumeration with a number for each member, stored in arrays, and a `sentence` that says what it means."""

    sentence: str

    def __new__(cls, code: int, sentence: str) -> "WordedCode":
        """A member that is its code and carries its sentence."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.sentence = sentence
        return member


class Outcome(WordedCode):
    """How the search for one slow point ended; `sentence` says it in words.

    The first three are certified by conditions at the returned state itself, the same for every solver. Do not rank
    points of the last two by their speed.

    Examples:
        >>> from slowpoints.dynamics import Outcome
        >>> Outcome(2)
        <Outcome.EDGE: 2>
        >>> Outcome.FIXED_POINT.sentence
        'The map returns the state to itself, to within rounding.'
    """

    FIXED_POINT = 0, "The map returns the state to itself, to within rounding."
    SLOW_POINT = 1, "An isolated local minimum of speed that is not zero, away from the domain's bounds."
    EDGE = (
        2,
        "An isolated local minimum of speed within the domain that lies on its bounds: "
        "speed would fall on outside, where the state cannot go.",
    )
    DEGENERATE = (
        3,
        "Speed is stationary but flat to within rounding along some direction: "
        "the point is one of many, a slow manifold.",
    )
    UNFINISHED = 4, "No minimum was certified: the search's budget or its precision was spent."


ISOLATED = (Outcome.FIXED_POINT, Outcome.SLOW_POINT, Outcome.EDGE)
"""The outcomes of certified isolated points: only these can be followed from one map to another."""
