"""A user's own images, in an .npz file."""

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
from jaxtyping import Float, Integer, UInt8

from slowpoints._errors import InputError
from slowpoints.data._corpus import Corpus, make_corpus, split_by_class
from slowpoints.data._source import FileStatus, Source
from slowpoints.data._stratify import held_out


@final
@dataclass(frozen=True)
class Arrays(Source):
    """Arrays ``images`` and ``labels``, and for a split of one's own ``test_images`` and ``test_labels``.

    - images ``[image, ...]``: integers in 0 … 255, which are divided by 255, or floats or booleans in
      [0, 1]; at least one axis beside the first, which is kept as the image's shape.
    - labels ``[image]``: integers, the classes 0 … C − 1 without gaps.

    Without test arrays a fifth of each class is held out (`held_out`).
    """

    name: str = "arrays"
    description: str = "your own images and labels, in an .npz file"

    def load(self, folder: Path | None, file: Path | None) -> Corpus:
        """Read ``file``; ``folder`` plays no part. Whatever is wrong with it is an `InputError`."""
        path = _given(file)
        arrays = _read(path)
        try:
            return _corpus(self.name, arrays)
        except InputError as error:
            raise InputError(f"{path} cannot be used: {error}") from error

    def find(self, folder: Path | None) -> str | None:
        """It is nowhere until a file is given."""
        return None

    def fetch(self, folder: Path | None) -> str:
        """It cannot be fetched."""
        raise InputError("arrays is a file of your own and cannot be fetched; give the .npz file itself")

    def verify(self, folder: Path | None, file: Path | None) -> tuple[FileStatus, ...]:
        """Load the file and give the corpus' checksum, or what is wrong."""
        path = _given(file)
        try:
            corpus = self.load(folder, path)
        except InputError as error:
            return (FileStatus(path, str(error).removeprefix(f"{path} "), ok=False),)
        return (FileStatus(path, f"can be used, checksum {corpus.checksum}", ok=True),)


ARRAYS = Arrays()
"""The one instance."""

_REQUIRED = ("images", "labels")
_OPTIONAL = ("test_images", "test_labels")


def _given(file: Path | None) -> Path:
    if file is None:
        raise InputError("the corpus 'arrays' needs a file; give an .npz file that has images and labels")
    return file


def _read(path: Path) -> dict[str, np.ndarray]:
    try:
        # Read into memory as numpy does anyway: an error while opening would leave the file open.
        with path.open("rb") as opened:
            loaded = np.load(opened, allow_pickle=False)
            if not isinstance(loaded, np.lib.npyio.NpzFile):
                raise InputError(f"{path} is a single array; save images and labels together with numpy.savez")
            with loaded:
                return {name: loaded[name] for name in loaded.files}
    except InputError:
        raise
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist; give an .npz file that has images and labels") from error
    except (
        OSError,
        EOFError,
        ValueError,  # no .npz at all, or one that would need pickle
        KeyError,
        RuntimeError,  # an encrypted member
        NotImplementedError,  # a compression zipfile does not know
        MemoryError,  # a header that announces more than there can be
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        if str(error).startswith("Object arrays"):  # NumPy's words for what only pickle could read
            raise InputError(
                f"{path} holds an array of objects, as NumPy makes of images that differ in size; give all images one "
                "size and save them again with numpy.savez"
            ) from error
        raise InputError(
            f"{path} is not an .npz file of plain arrays, or is damaged; save it again with numpy.savez"
        ) from error


def _corpus(name: str, arrays: dict[str, np.ndarray]) -> Corpus:
    for key in arrays:
        if key not in _REQUIRED + _OPTIONAL:
            raise InputError(f"it has the array {key!r}, and only {', '.join(_REQUIRED + _OPTIONAL)} are known")
    for key in _REQUIRED:
        if key not in arrays:
            raise InputError(f"it has no array {key!r}; both images and labels are needed")
    if len([key for key in _OPTIONAL if key in arrays]) == 1:
        raise InputError("it has one of test_images and test_labels; give both or neither")

    images, labels = _images(arrays, "images"), _labels(arrays, "images", "labels")
    classes = _classes(labels)
    if "test_images" in arrays:
        test_images = _images(arrays, "test_images")
        test_labels = _labels(arrays, "test_images", "test_labels")
        if test_images.shape[1:] != images.shape[1:]:
            raise InputError(
                f"an image has shape {images.shape[1:]} and a test image {test_images.shape[1:]}; both must be the same"
            )
        if test_labels.max() >= classes:
            raise InputError(f"test_labels has the class {test_labels.max()}, which labels has not")
    else:
        test = held_out(labels)
        images, labels, test_images, test_labels = images[~test], labels[~test], images[test], labels[test]
    return make_corpus(
        name,
        split_by_class(images, labels, classes),
        split_by_class(test_images, test_labels, classes),
        images.shape[1:],
    )


def _images(
    arrays: dict[str, np.ndarray], key: str
) -> UInt8[np.ndarray, "image *shape"] | Float[np.ndarray, "image *shape"]:
    images = arrays[key]
    if images.ndim < 2 or not images.size:
        raise InputError(f"{key} has shape {images.shape}; it must be [image, ...] with a pixel at least")
    if images.dtype.kind not in "biuf":
        raise InputError(f"{key} is of type {images.dtype}; it must be integers or floats")
    low, high = images.min(), images.max()
    if images.dtype.kind in "iu":
        if low < 0 or high > 255:
            raise InputError(f"{key} has integers from {low} to {high}; they must be in 0 to 255")
        if high == 1:
            raise InputError(f"{key} has the integers 0 and 1 only, but white is 255; save them as floats or booleans")
        return images.astype(np.uint8)
    if not (low >= 0 and high <= 1):
        raise InputError(f"{key} has floats from {low} to {high}; they must be numbers in [0, 1]")
    return images.astype(np.float32)


def _labels(arrays: dict[str, np.ndarray], images: str, key: str) -> Integer[np.ndarray, " image"]:
    labels = arrays[key]
    if labels.dtype.kind not in "iu" or labels.ndim != 1:
        raise InputError(f"{key} is {labels.dtype} of shape {labels.shape}; it must be integers [image]")
    if len(labels) != len(arrays[images]):
        raise InputError(f"there are {len(arrays[images]):,} {images} and {len(labels):,} {key}; give one each")
    if labels.min() < 0:
        raise InputError(f"{key} has the class {labels.min()}; classes are numbered from 0")
    return labels


def _classes(labels: Integer[np.ndarray, " image"]) -> int:
    present = np.unique(labels)
    gaps = np.flatnonzero(present != np.arange(len(present)))
    if gaps.size:
        raise InputError(f"no image has the class {gaps[0]}, and labels goes up to {present[-1]}; leave no gaps")
    return len(present)
