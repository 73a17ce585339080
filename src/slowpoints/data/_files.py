"""Files of corpora: where to look for them, how to read and check them, how to download them."""

import gzip
import hashlib
import os
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from slowpoints._atomic import write_atomically
from slowpoints._errors import InputError
from slowpoints._extras import needs

ENVIRONMENT = "SLOWPOINTS_DATA"
"""The environment variable that names a folder of corpora."""


class Damage(Exception):
    """A file that cannot be used: which one, and what is wrong as the rest of a sentence about it."""

    def __init__(self, path: Path, problem: str):
        super().__init__(f"{path} {problem}")
        self.path = path
        self.problem = problem


@dataclass(frozen=True)
class DataFile:
    """One file of a corpus, known by its uncompressed contents; on disk it may be gzipped.

    Attributes:
        name: its name, without ``.gz``.
        size: its length, uncompressed, in bytes.
        parse: its contents and its path → its array; raises `Damage`.
        sha256: of the uncompressed contents, in hexadecimal; None where none has been published.
        url: where to download it: itself, gzipped, or in a tar archive. None where there is no mirror.
        url_sha256: of what is downloaded, where that is known and ``sha256`` is not.
    """

    name: str
    size: int
    parse: Callable[[bytes, Path], np.ndarray]
    sha256: str | None = None
    url: str | None = None
    url_sha256: str | None = None


def optional_path(given: str | Path | None) -> Path | None:
    """A path that was given as one or as words; None if none was."""
    return None if given is None else Path(given)


def places(folder: Path | None) -> Iterator[Path]:
    """The folders to look for corpora in: the given one, the environment's, the user's cache.

    Raises:
        InputError: one of the first two is named but is not a folder.
    """
    if folder is not None:
        if not folder.is_dir():
            raise InputError(f"{folder} is not a folder; name the one that holds the corpora")
        yield folder
    if named := os.environ.get(ENVIRONMENT):
        if not Path(named).is_dir():
            raise InputError(f"{named}, which {ENVIRONMENT} names, is not a folder; correct or unset it")
        yield Path(named)
    yield cache()


def cache() -> Path:
    """The user's cache folder for this package, which may not exist yet."""
    needs("study", "pooch")
    import pooch

    return Path(pooch.os_cache("slowpoints"))


def inside(place: Path, folder: str) -> Path:
    """The folder named ``folder`` in ``place``, or ``place`` itself if that is its name."""
    return place if place.absolute().name == folder else place / folder


def on_disk(directory: Path, file: DataFile) -> Path | None:
    """The path of a file, plain or else gzipped, or None if ``directory`` has neither."""
    for path in (directory / file.name, directory / f"{file.name}.gz"):
        if path.is_file():
            return path
    return None


def read(path: Path, file: DataFile) -> np.ndarray:
    """Read, check and parse a file.

    Raises:
        Damage: it cannot be read or decompressed, its format or length is wrong, or its SHA-256 is not
            the known one.
    """
    return _checked(_contents(path, file), path, file)


def _checked(contents: bytes, path: Path, file: DataFile) -> np.ndarray:
    array = file.parse(contents, path)
    if len(contents) != file.size:
        raise Damage(path, f"has {len(contents):,} bytes of data where {file.size:,} belong")
    if file.sha256 not in (None, hashlib.sha256(contents).hexdigest()):
        raise Damage(path, "has been altered: its SHA-256 is not that of the published file")
    return array


def _contents(path: Path, file: DataFile) -> bytes:
    """A file's contents, uncompressed if it is gzipped, whatever its name."""
    # One byte more than there should be, so that reading ends either past the gzip trailer or too late.
    limit = file.size + 1
    try:
        with path.open("rb") as raw:
            compressed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            if not compressed:
                return raw.read(limit)
            with gzip.GzipFile(fileobj=raw) as unpacked:
                return unpacked.read(limit)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Damage(path, f"is not a whole gzip file ({error})") from error
    except OSError as error:
        raise Damage(path, f"cannot be read ({error.strerror})") from error


def download(files: Sequence[DataFile], directory: Path) -> None:
    """Download files into a folder, made if need be.

    Every file is downloaded to a scratch folder, unpacked, checked and only then put in its place, at once,
    so that a file under its own name is always whole, also when two processes do this together.

    Raises:
        Damage: a file that could not be downloaded, or arrived damaged.
        InputError: the folder cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".download-", dir=directory) as scratch:
            for url in dict.fromkeys(file.url for file in files):
                _download(url, [file for file in files if file.url == url], Path(scratch), directory)
    except OSError as error:
        raise InputError(
            f"{directory} cannot be written ({error.strerror}); "
            "make room, change its permissions or name another folder"
        ) from error


def _download(url: str | None, files: Sequence[DataFile], scratch: Path, directory: Path) -> None:
    needs("study", "pooch")
    import pooch

    target = directory / files[0].name
    if url is None:
        raise Damage(target, "is on no public mirror")
    archive = scratch / url.rsplit("/", 1)[-1]
    # The archive as it is stored: its checksum is of the compressed bytes.
    get = pooch.HTTPDownloader(chunk_size=1 << 20, timeout=60, headers={"Accept-Encoding": "identity"})
    try:
        get(url, str(archive), None)
    except OSError as error:  # all of requests' exceptions are
        raise Damage(target, f"could not be downloaded from {url} ({type(error).__name__})") from error
    unpack = _member if ".tar" in archive.suffixes else _contents
    for file in files:
        target = directory / file.name
        if file.url_sha256 not in (None, hashlib.sha256(archive.read_bytes()).hexdigest()):
            raise Damage(target, f"arrived altered from {url}: its SHA-256 is not the published one")
        try:
            contents = unpack(archive, file)
            _checked(contents, archive, file)
        except Damage as damage:
            raise Damage(target, f"arrived damaged from {url}: it {damage.problem}") from damage
        write_atomically(target, contents)


def _member(archive: Path, file: DataFile) -> bytes:
    """A file's bytes in a tar archive, found by its last name; no path of the archive is ever written to."""
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                if member.isfile() and member.name.rsplit("/", 1)[-1] == file.name:
                    contents = tar.extractfile(member)
                    return contents.read(file.size + 1) if contents else b""
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Damage(archive, f"is in no whole tar archive ({error})") from error
    raise Damage(archive, "is not in the archive")
