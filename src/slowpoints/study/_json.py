"""Small JSON files of a study, each with the checksum of what it says in itself."""

import hashlib
import json
from pathlib import Path
from typing import Any

from slowpoints._atomic import write_atomically
from slowpoints._errors import Damaged

SUM = "sha256"


def write_json(path: Path, content: dict[str, Any], *, flush: bool = True) -> None:
    """Writes a mapping of plain values, with its checksum as one value more. `flush` as for `write_atomically`."""
    plain = json.loads(json.dumps(content))
    write_atomically(path, json.dumps({**plain, SUM: _sum(plain)}, indent=2).encode(), flush=flush)


def read_checked_json(path: Path) -> dict[str, Any]:
    """What `write_json` wrote. A file of an earlier version, which has no checksum, is taken as it is.

    Raises:
        FileNotFoundError: if there is none.
        Damaged: if it is not what was written.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise Damaged(path, str(error)) from error
    if not isinstance(content, dict):
        raise Damaged(path, "it is not a mapping")
    digest = content.pop(SUM, None)
    if digest is not None and digest != _sum(content):
        raise Damaged(path, "its checksum is not the one it names")
    return content


def read_json(path: Path) -> dict[str, Any]:
    """A small file beside a network that can be done without; empty if it is missing or damaged."""
    try:
        return read_checked_json(path)
    except (OSError, Damaged):
        return {}


def _sum(content: dict[str, Any]) -> str:
    return hashlib.sha256(_ORDERED.encode(content).encode()).hexdigest()


_ORDERED = json.JSONEncoder(sort_keys=True)
