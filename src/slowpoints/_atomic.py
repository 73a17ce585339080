"""Writing files so that a kill, or the power failing, at any moment leaves the old file or the new one, never half."""

import os
import re
import socket
import time
from contextlib import suppress
from pathlib import Path

_PARTIAL = re.compile(r"\..*\.(?P<host>[^.]*)-(?P<process>\d+)\.partial")
_LONG_AGO = 3600.0


def write_atomically(path: Path, content: bytes, *, flush: bool = True) -> None:
    """Writes aside, flushes to disk, then renames over `path` and flushes that too. Makes the folder if it is missing.

    So what is written later is never there without what was written before, even if the power fails. A folder that
    stands where the file belongs is set aside.

    Args:
        path: where to.
        content: what.
        flush: not for what can be done without if the power fails: flushing takes milliseconds.

    Raises:
        OSError: if it cannot be written; nothing is left aside.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{_host()}-{os.getpid()}.partial")
    try:
        with open(aside, "wb") as file:
            file.write(content)
            if flush:
                file.flush()
                os.fsync(file.fileno())
        try:
            os.replace(aside, path)
        except IsADirectoryError:
            set_aside(path)
            os.replace(aside, path)
    except BaseException:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise
    if flush:
        _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    with suppress(OSError):  # not every system, and not every network's disk, lets a folder be flushed
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def remove_partials(folder: Path, *, all_of_them: bool = False) -> None:
    """Removes what processes that were killed left half written in a folder.

    Args:
        folder: where to look.
        all_of_them: also what a living process may be writing, where the caller knows that none is. Otherwise what was
            left by a dead process of this machine, or more than an hour ago.
    """
    for path in folder.glob(".*.partial"):
        with suppress(OSError):
            if path.is_file() and (all_of_them or _is_left_over(path)):
                path.unlink()


def is_partial(path: Path) -> bool:
    """Whether this is a file that is being written, or was when its writer was killed."""
    return path.name.startswith(".") and path.name.endswith(".partial")


def set_aside(path: Path) -> str:
    """Renames a damaged file: it is neither used nor lost. Returns words that say so, for the end of a sentence."""
    aside = path.with_name(f"{path.name}.damaged")
    try:
        os.replace(path, aside)
    except OSError:
        return "it could not be set aside"
    return f"it is set aside as {aside.name}"


def process_is_alive(process: int) -> bool:
    """Whether a process of this machine is there."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_left_over(path: Path) -> bool:
    written = _PARTIAL.fullmatch(path.name)
    if written and written["host"] == _host():
        return not process_is_alive(int(written["process"]))
    return time.time() - path.stat().st_mtime > _LONG_AGO


def _host() -> str:
    return socket.gethostname().partition(".")[0]
