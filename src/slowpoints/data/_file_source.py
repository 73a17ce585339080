"""A corpus that is a few published files in a folder of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np

from slowpoints._errors import InputError
from slowpoints.data import _files
from slowpoints.data._corpus import Corpus, make_corpus, split_by_class
from slowpoints.data._files import Damage, DataFile
from slowpoints.data._source import FileStatus, refuse_file, Source

Assembled = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Training images uint8 ``[image, *shape]`` and labels ``[image]``, then the same for testing."""


@final
@dataclass(frozen=True)
class FileSource(Source):
    """A corpus that is a few published files.

    The files are looked for in the subfolder ``folder`` of the user's folder, of the one SLOWPOINTS_DATA
    names, and of the user's cache; either of the first two may also be that subfolder itself. The first
    that holds any of the files is used, and no other: files of two folders are never mixed. If none does,
    they are downloaded into the cache.

    Attributes:
        name: the corpus' name.
        description: what it is, in a few words.
        folder: the name of its own folder.
        files: its files.
        assemble: the files' arrays, in that order → images and labels.
        image_shape: the shape of an image.
        classes: the number of classes.
        moments: published mean and standard deviation of a noise pixel, if any.
    """

    name: str
    description: str
    folder: str
    files: tuple[DataFile, ...]
    assemble: Callable[[Sequence[np.ndarray]], Assembled]
    image_shape: tuple[int, ...]
    classes: int
    moments: tuple[float, float] | None = None

    def load(self, folder: Path | None, file: Path | None) -> Corpus:
        """Read and check all files; whatever is wrong with one is an `InputError`."""
        refuse_file(self.name, file)
        directory = self._directory(folder) or self._download_to_cache(folder)
        try:
            arrays = [_files.read(self._present(directory, part), part) for part in self.files]
        except Damage as damage:
            raise InputError(f"{damage}; {self._remedy(folder)}") from damage
        images, labels, test_images, test_labels = self.assemble(arrays)
        return make_corpus(
            self.name,
            split_by_class(images, labels, self.classes),
            split_by_class(test_images, test_labels, self.classes),
            self.image_shape,
            moments=self.moments,
        )

    def find(self, folder: Path | None) -> str | None:
        """The folder, if all files are in it."""
        directory = self._directory(folder)
        whole = directory and all(_files.on_disk(directory, part) for part in self.files)
        return str(directory) if whole else None

    def fetch(self, folder: Path | None) -> str:
        """Download what is missing or damaged.

        Into ``folder`` if it is given, else where files of the corpus are already, else into the cache.
        """
        if folder is None:
            directory = self._directory(None) or self._cache
        else:
            directory = _files.inside(folder, self.folder)
        wanted = [part for part in self.files if not self._status(directory, part).ok]
        if wanted:
            try:
                _files.download(wanted, directory)
            except Damage as damage:
                raise InputError(f"{damage}; {self._by_hand}") from damage
        return str(directory)

    def verify(self, folder: Path | None, file: Path | None) -> tuple[FileStatus, ...]:
        """One status for each file, also if it is missing."""
        refuse_file(self.name, file)
        directory = self._directory(folder) or _files.inside(next(_files.places(folder)), self.folder)
        return tuple(self._status(directory, part) for part in self.files)

    @property
    def _cache(self) -> Path:
        return _files.cache() / self.folder

    def _directory(self, folder: Path | None) -> Path | None:
        """The first folder that holds any of the files."""
        for place in _files.places(folder):
            directory = _files.inside(place, self.folder)
            if any(_files.on_disk(directory, part) for part in self.files):
                return directory
        return None

    def _present(self, directory: Path, part: DataFile) -> Path:
        path = _files.on_disk(directory, part)
        if path is None:
            raise Damage(directory / part.name, "is missing")
        return path

    def _status(self, directory: Path, part: DataFile) -> FileStatus:
        try:
            path = self._present(directory, part)
            _files.read(path, part)
        except Damage as damage:
            return FileStatus(damage.path, damage.problem, ok=False)
        if part.sha256 is None:
            return FileStatus(path, "has the right format and length; no checksum of it is known", ok=True)
        return FileStatus(path, "has the published SHA-256", ok=True)

    def _download_to_cache(self, folder: Path | None) -> Path:
        try:
            _files.download(self.files, self._cache)
        except Damage as damage:
            looked = ", ".join(str(_files.inside(place, self.folder)) for place in _files.places(folder))
            raise InputError(
                f"{self.name} was looked for in {looked} and not found, and {damage.path.name} "
                f"{damage.problem}; {self._by_hand}"
            ) from damage
        return self._cache

    @property
    def _by_hand(self) -> str:
        own = f"set {_files.ENVIRONMENT} to a folder that has its files in {self.folder}/"
        return f"{own}, or run {self._command(None)} with a network" if self._has_mirror else own

    def _remedy(self, folder: Path | None) -> str:
        return f"run {self._command(folder)} to get it whole" if self._has_mirror else "copy it there again"

    def _command(self, folder: Path | None) -> str:
        where = "" if folder is None else f" --data {folder}"
        return f"`slowpoints data fetch {self.name}{where}`"

    @property
    def _has_mirror(self) -> bool:
        return all(part.url for part in self.files)
