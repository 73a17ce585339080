"""Who works on a network: a small file in its folder, by which several commands share a study."""

import dataclasses
import datetime
import json
import os
import socket
import threading
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Self

from slowpoints._atomic import process_is_alive, write_atomically
from slowpoints.study._json import read_json

BEAT = 10.0
"""Every so many seconds a command says that it is still there."""

EXPIRES = 60.0
"""After so many seconds without a word of its holder, a lease is anybody's."""


@dataclasses.dataclass(frozen=True)
class Lease:
    """The right to work on a network.

    - `host`, `process`: the command that has it.
    - `since`: from when on, in UTC.
    - `nonce`: no other lease bears it.
    """

    host: str
    process: int
    since: str
    nonce: str

    @classmethod
    def new(cls) -> Self:
        """A lease of this process."""
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        return cls(socket.gethostname(), os.getpid(), now, uuid.uuid4().hex)

    @property
    def holder(self) -> str:
        """Who has it, in words."""
        return f"process {self.process} on {self.host}"


_JUST_BEGUN = Lease("another host", 0, "", "")
"""Stands for a lease that is being written at this moment."""


class Leases:
    """The leases of one command, renewed while the block runs, given back at its end.

    - `taken`: those that another command has taken over, because this one gave no sign of life for too long.

    Args:
        beat: seconds between signs of life.
        expires: after how many seconds without one a lease is anybody's.
    """

    def __init__(self, *, beat: float = BEAT, expires: float = EXPIRES):
        self._beat, self._expires = beat, expires
        self.taken: set[Path] = set()
        self._held: dict[Path, Lease] = {}
        self._ended = threading.Event()
        self._heart = threading.Thread(target=self._renew, daemon=True)

    def take(self, folder: Path) -> Lease | None:
        """Takes the lease of the network in `folder`. Returns the lease that stands in the way, if one does.

        Raises:
            OSError: if the folder cannot be written.
        """
        path, mine = folder / "lease.json", Lease.new()
        folder.mkdir(parents=True, exist_ok=True)
        content = json.dumps(dataclasses.asdict(mine)).encode()
        if not _create(path, content):
            there = _read(path)
            if not self._has_expired(path, there) or not self._take_over(path, there, content):
                return there or _read(path) or _JUST_BEGUN
        self._held[path] = mine
        return None

    def give_back(self, folder: Path) -> None:
        """Gives back the lease of the network in `folder`."""
        path = folder / "lease.json"
        mine = self._held.pop(path, None)
        if mine is not None and _read(path) == mine:
            path.unlink(missing_ok=True)

    def _has_expired(self, path: Path, lease: Lease | None) -> bool:
        if lease and lease.host == socket.gethostname() and not process_is_alive(lease.process):
            return True
        # The file system's own clock says how late it is: hosts' clocks differ.
        probe = path.with_name(f".now-{os.getpid()}.partial")
        probe.touch()
        now = probe.stat().st_mtime
        probe.unlink()
        try:
            return now - path.stat().st_mtime > self._expires
        except FileNotFoundError:
            return True

    def _take_over(self, path: Path, expired: Lease | None, content: bytes) -> bool:
        """Puts another lease in the place of an expired or damaged one; of several that try, one can."""
        claim = path.with_name(f"lease-{expired.nonce if expired else 'damaged'}.taken")
        with suppress(FileNotFoundError):
            if path.stat().st_mtime - claim.stat().st_mtime > self._expires:
                claim.unlink()  # of one that was killed right here
        if not _create(claim, b""):
            return False
        try:
            if _read(path) != expired:
                return False
            write_atomically(path, content)
        finally:
            claim.unlink(missing_ok=True)
        return True

    def _renew(self) -> None:
        while not self._ended.wait(self._beat):
            for path, mine in list(self._held.items()):
                with suppress(OSError):
                    if _read(path) == mine:
                        os.utime(path)
                    elif path in self._held:
                        self.taken.add(path)

    def __enter__(self) -> Self:
        self._heart.start()
        return self

    def __exit__(self, kind, error, traceback) -> None:
        self._ended.set()
        for path in list(self._held):
            with suppress(OSError):
                self.give_back(path.parent)


def _create(path: Path, content: bytes) -> bool:
    """Writes a file that is not there yet; False if it is."""
    try:
        with open(path, "xb") as file:
            try:
                file.write(content)
                file.flush()
            except OSError:
                path.unlink(missing_ok=True)
                raise
    except FileExistsError:
        return False
    return True


def _read(path: Path) -> Lease | None:
    content = read_json(path)
    try:
        return Lease(**content)
    except TypeError:
        return None
