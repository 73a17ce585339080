"""Checksums of what training leaves, in a file beside it that `sha256sum -c` reads too."""

import hashlib
from pathlib import Path

from slowpoints._atomic import write_atomically
from slowpoints._errors import Damaged

SUMS = "SHA256SUMS"
"""The name of the file in a network's folder. Its first line, a comment, is the checksum of the rest."""

Sums = list[tuple[str, str]]
"""Checksums in hexadecimal and the names they belong to, relative to the network's folder."""


def digest_of(content: bytes) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def write_summed(folder: Path, path: Path, content: bytes) -> None:
    """Writes a file of the network in `folder`, its checksum first.

    A kill between the two leaves a checksum too many, never a file with a wrong one: until the next `settle`, a file
    that is replaced may have the checksum of what was there or of what was to come.
    """
    name, digest = path.relative_to(folder).as_posix(), digest_of(content)
    before = [(there, of) for there, of in _read(folder) if (folder / of).exists()]
    if (digest, name) not in before or any(of == name and there != digest for there, of in before):
        replaced = digest_of(path.read_bytes()) if path.exists() else ""
        kept = [(there, of) for there, of in before if of != name or there == replaced != digest]
        _write(folder, [*kept, (digest, name)])
    write_atomically(path, content)


def settle(folder: Path) -> None:
    """Leaves one checksum a file, of the files that are there.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints.training import settle
        >>> settle(Path("network"))  # nothing is trained there yet
    """
    before = _read(folder)
    names = [name for _, name in before]
    after = [
        (digest, name)
        for digest, name in before
        if (folder / name).exists() and (names.count(name) == 1 or digest_of((folder / name).read_bytes()) == digest)
    ]
    if after != before:
        _write(folder, after)


def read_summed(path: Path) -> bytes:
    """What a file holds, compared with its checksum where it has one.

    Raises:
        Damaged: if it is another.
        OSError: if it cannot be read.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints.training import read_summed
        >>> Path("mine.txt").write_text("without a checksum")
        18
        >>> read_summed(Path("mine.txt"))
        b'without a checksum'
    """
    content = path.read_bytes()
    for folder in (path.parent, path.parent.parent):
        known = [digest for digest, name in _read(folder) if folder / name == path]
        if known and digest_of(content) not in known:
            raise Damaged(path, f"its checksum is not the one in {SUMS}")
    return content


def _read(folder: Path) -> Sums:
    path = folder / SUMS
    try:
        first, _, rest = path.read_bytes().partition(b"\n")
    except (FileNotFoundError, NotADirectoryError):
        return []
    except IsADirectoryError as error:
        raise Damaged(path, "it is a folder") from error
    if first.decode(errors="replace") != f"# {digest_of(rest)}":
        raise Damaged(path, "its checksum is not the one in its first line")
    return [(digest, name) for digest, _, name in (line.partition("  ") for line in rest.decode().splitlines())]


def _write(folder: Path, sums: Sums) -> None:
    rest = "".join(f"{digest}  {name}\n" for digest, name in sorted(sums, key=lambda each: each[1])).encode()
    write_atomically(folder / SUMS, f"# {digest_of(rest)}\n".encode() + rest)
