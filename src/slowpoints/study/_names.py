"""Advice for a mistyped name."""

import difflib
import reprlib
from collections.abc import Iterable
from typing import Any

from slowpoints._errors import InputError


def nearest(name: str, names: Iterable[str], *, within: str = "") -> str:
    """ "did you mean X?" for the nearest right name, written after `within`, or the list of all."""
    names = list(names)
    lowered = {n.lower(): n for n in names}
    close = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.5)
    return f"did you mean {within}{lowered[close[0]]}?" if close else f"it can be {', '.join(names)}."


def check_names(option: str, names: Iterable[str], known: Iterable[str]) -> None:
    """Raises `InputError`, with advice, for the first of the names that is not known.

    Example:
        >>> from slowpoints.study import check_names
        >>> try:
        ...     check_names("unit", ["gur"], ["gru", "lstm"])
        ... except ValueError as error:
        ...     print(error)
        unit cannot be gur; did you mean gru?
    """
    known = list(known)
    for name in names:
        if name not in known:
            raise InputError(f"{option} cannot be {plainly(name)}; {nearest(plainly(name), known)}")


def plainly(name: Any) -> str:
    """A name that a person gave, for a sentence: a text as it is if it is short."""
    return name if isinstance(name, str) and len(name) <= 80 else shown(name)


def shown(value: Any) -> str:
    """What a person gave, for a sentence: no longer than a line, however long or deep it is."""
    short = reprlib.Repr()
    short.maxstring = short.maxother = short.maxlong = 80
    text = short.repr(value)
    return text if len(text) <= 120 else f"{text[:117]}..."
