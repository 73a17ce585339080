"""What a corpus' file has to offer: loading, finding, fetching and verifying one corpus."""

import abc
from dataclasses import dataclass
from pathlib import Path

from slowpoints._errors import InputError
from slowpoints.data._corpus import Corpus


@dataclass(frozen=True)
class CorpusRecord:
    """A corpus that can be asked for by name.

    Attributes:
        name: the name.
        description: what it is, in a few words.
        found: where all of it is, or None where it would have to be fetched or given.

    Example:
        >>> from slowpoints.data import list_corpora
        >>> list_corpora()[0].description
        '1,797 handwritten digits, 8 × 8'
    """

    name: str
    description: str
    found: str | None


@dataclass(frozen=True)
class FileStatus:
    """What became of verifying one file.

    Attributes:
        path: the file, or where it should be; None for a corpus that is part of an installed package.
        status: a sentence without its full stop.
        ok: whether the file can be used.

    Example:
        >>> from slowpoints.data import verify_corpus
        >>> verify_corpus("digits")[0].ok
        True
    """

    path: Path | None
    status: str
    ok: bool


class Source(abc.ABC):
    """Where one corpus comes from. Subclasses are final.

    ``folder`` is the folder the user named for data, if any, and ``file`` their own file; each method
    raises `InputError` for anything missing, unreadable or damaged.

    Attributes:
        name: the name the corpus is loaded by.
        description: what it is, in a few words.
    """

    name: str
    description: str

    @abc.abstractmethod
    def load(self, folder: Path | None, file: Path | None) -> Corpus:
        """Read the corpus, fetching it first where it has to be and can be."""

    @abc.abstractmethod
    def find(self, folder: Path | None) -> str | None:
        """Say where all of the corpus is, or None; nothing is read or downloaded."""

    @abc.abstractmethod
    def fetch(self, folder: Path | None) -> str:
        """Download what is missing or damaged; say where the corpus is."""

    @abc.abstractmethod
    def verify(self, folder: Path | None, file: Path | None) -> tuple[FileStatus, ...]:
        """Check every file; damage is reported, not raised."""


def refuse_file(name: str, file: Path | None) -> None:
    """Raise `InputError` if a file was given to a corpus that reads none."""
    if file is not None:
        raise InputError(f"{name} reads no file of yours ({file}); leave it out, or use the corpus 'arrays'")
