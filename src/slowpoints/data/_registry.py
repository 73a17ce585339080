"""The corpora by name. A new corpus is one file that makes a `Source`, and its entry in `SOURCES`."""

import difflib
from pathlib import Path

from slowpoints._errors import InputError
from slowpoints.data._arrays import ARRAYS
from slowpoints.data._cifar import CIFAR10, CIFAR10_SMALL
from slowpoints.data._corpus import Corpus
from slowpoints.data._digits import DIGITS
from slowpoints.data._files import optional_path
from slowpoints.data._idx import FASHION_MNIST, MNIST
from slowpoints.data._source import CorpusRecord, FileStatus, Source

SOURCES: tuple[Source, ...] = (DIGITS, MNIST, FASHION_MNIST, CIFAR10, CIFAR10_SMALL, ARRAYS)
"""Every corpus that can be asked for by name."""


def load_corpus(name: str, *, folder: str | Path | None = None, file: str | Path | None = None) -> Corpus:
    """Load a corpus, all of it checked.

    Args:
        name: one of the names of `list_corpora`.
        folder: a folder that holds corpora, each in its own folder (``mnist/``, ``fashion-mnist/``,
            ``cifar-10-batches-bin/``, ``cifar-10-small/``), or one of those. It is looked in first, then the
            folder that the environment variable SLOWPOINTS_DATA names, then the user's cache; what is in
            none is downloaded into the cache.
        file: the .npz file of the corpus "arrays": ``images`` ``[image, ...]``, ``labels`` ``[image]`` and,
            for a split of one's own, ``test_images`` and ``test_labels``.

    Returns:
        The corpus. Where no test images come with it (digits, arrays) a fifth of each class is held out, the
        same on every call.

    Raises:
        InputError: an unknown name; a file that is missing, truncated, altered or of another format.

    Example:
        >>> from slowpoints import load_corpus
        >>> load_corpus("digits").classes
        10
    """
    return _source(name).load(optional_path(folder), optional_path(file))


def list_corpora(folder: str | Path | None = None) -> tuple[CorpusRecord, ...]:
    """Every corpus, with where it is found; ``folder`` as in `load_corpus`. Nothing is downloaded.

    Example:
        >>> from slowpoints.data import list_corpora
        >>> [record.name for record in list_corpora()]
        ['digits', 'mnist', 'fashion-mnist', 'cifar10', 'cifar10-small', 'arrays']
    """
    place = optional_path(folder)
    return tuple(CorpusRecord(source.name, source.description, source.find(place)) for source in SOURCES)


def fetch_corpus(name: str, folder: str | Path | None = None) -> str:
    """Download what is missing or damaged of a corpus.

    Args:
        name: one of the names of `list_corpora`.
        folder: where to put it; made if need be. Without it, where files of this corpus are already
            (SLOWPOINTS_DATA, the user's cache), or else the cache.

    Returns:
        Where the corpus is, all of its files checked.

    Raises:
        InputError: an unknown name, no mirror, no network, or a folder that cannot be written.

    Example:
        >>> from slowpoints.data import fetch_corpus
        >>> fetch_corpus("digits")
        'installed with scikit-learn'
    """
    return _source(name).fetch(optional_path(folder))


def verify_corpus(
    name: str, folder: str | Path | None = None, file: str | Path | None = None
) -> tuple[FileStatus, ...]:
    """Check each file of a corpus: format, length and, where one is known, SHA-256.

    Args:
        name: one of the names of `list_corpora`.
        folder: as in `load_corpus`.
        file: as in `load_corpus`.

    Returns:
        One status for each file. Missing and damaged files are among them and raise nothing.

    Raises:
        InputError: an unknown name, or a folder that does not exist.

    Example:
        >>> from slowpoints.data import verify_corpus
        >>> [status.ok for status in verify_corpus("digits")]
        [True]
    """
    return _source(name).verify(optional_path(folder), optional_path(file))


def _source(name: str) -> Source:
    sources = {source.name: source for source in SOURCES}
    if name in sources:
        return sources[name]
    near = difflib.get_close_matches(name.lower(), sources, n=1)
    meant = f" (did you mean {near[0]}?)" if near else ""
    raise InputError(f"there is no corpus {name!r}{meant}; take one of {', '.join(sources)}")
