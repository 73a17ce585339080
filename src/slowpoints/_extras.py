"""Libraries that a bare installation lacks, and the sentence that says how to get them."""

import importlib.util


class MissingLibrary(ImportError):
    """A library is not installed that only a part of the package needs. The message is one sentence for the user."""


def needs(extra: str, *libraries: str) -> None:
    """Says which of the libraries are missing, before an import would.

    Args:
        extra: what brings them: `pip install 'slowpoints[EXTRA]'`.
        libraries: their names as they are imported.

    Raises:
        MissingLibrary: if one is missing.

    Example:
        >>> from slowpoints._extras import needs
        >>> needs("study", "json")
        >>> needs("study", "no_such_library")
        Traceback (most recent call last):
        ...
        slowpoints._extras.MissingLibrary: no_such_library is not installed; pip install 'slowpoints[study]' brings it.
    """
    missing = [name for name in libraries if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingLibrary(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed; "
            f"pip install 'slowpoints[{extra}]' brings {'it' if len(missing) == 1 else 'them'}."
        )
