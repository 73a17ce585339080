"""The exceptions that say their whole meaning in one sentence for the user."""

import errno
from pathlib import Path

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
"""The numbers of those errors of the operating system after which nothing can be written."""


def sentence_of(error: OSError) -> str:
    """What went wrong with a file, as one sentence."""
    where = f"{error.filename}: " if error.filename else ""
    what = error.strerror or str(error) or type(error).__name__
    advice = "; make room and run the same command again" if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
    return f"{where}{what}{advice}."


class InputError(ValueError):
    """Something given from outside (a file, an option, an array) cannot be used.

    The message is one sentence for the user: what is wrong, where, and what to do. The command prints it
    without a traceback and exits with code 2.
    """


class Damaged(InputError):
    """A file does not hold what was written into it.

    Args:
        path: the file.
        what: what is wrong with it, as a clause.
        advice: what to do.
    """

    def __init__(self, path: Path, what: str, advice: str = "restore it, or run the same command again"):
        super().__init__(f"{path} is damaged ({what}); {advice}.")
        self.path, self.what, self.advice = path, what, advice

    def __reduce__(self):
        return Damaged, (self.path, self.what, self.advice)
