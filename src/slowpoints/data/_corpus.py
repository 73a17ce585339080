"""A corpus in memory: images in [0, 1] by class and split, the moments of its noise, a checksum."""

import hashlib
import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int32, Integer, UInt8

from slowpoints._errors import InputError


@dataclass(frozen=True, eq=False)
class Split:
    """The training or the test images of a corpus, sorted by class.

    The images of class c are rows ``first[c]`` to ``first[c] + count[c] - 1``, so a trial can draw its
    class first and then one of that class' images.

    Attributes:
        images: pixels in [0, 1], float32, ``[image, pixel]``.
        labels: the class of every image, int32, ``[image]``, ascending.
        first: the row of each class' first image, int32, ``[class]``.
        count: the number of each class' images, int32, ``[class]``, at least 1.

    Raises:
        InputError: a class without images, a pixel that is not a number in [0, 1], or arrays whose
            shapes, types or order do not fit together.

    Example:
        >>> from slowpoints import load_corpus
        >>> load_corpus("digits").train.images.shape
        (1438, 64)
    """

    images: Float32[np.ndarray, "image pixel"]
    labels: Int32[np.ndarray, " image"]
    first: Int32[np.ndarray, " class"]
    count: Int32[np.ndarray, " class"]

    def __post_init__(self):
        if self.images.ndim != 2 or self.images.dtype != np.float32:
            raise InputError(
                f"images must be a float32 array [image, pixel], not {self.images.dtype} of shape {self.images.shape}"
            )
        if any(array.dtype != np.int32 for array in (self.labels, self.first, self.count)):
            raise InputError("labels, first and count must be int32 arrays")
        empty = np.flatnonzero(self.count < 1)
        if empty.size or not self.count.size:
            raise InputError(
                f"class {empty[0] if empty.size else 0} has no image in one of the splits; "
                "every class needs at least one training and one test image"
            )
        starts = np.cumsum(self.count) - self.count
        expected = np.repeat(np.arange(self.count.size), self.count)
        if not (
            len(self.images) == len(self.labels)
            and np.array_equal(self.first, starts)
            and np.array_equal(self.labels, expected)
        ):
            raise InputError("images and labels must be sorted by class as first and count say")
        # Written so that a NaN fails too.
        if not (self.images.size and self.images.min() >= 0 and self.images.max() <= 1):
            raise InputError("every pixel must be a number in [0, 1]; scale the images")


@dataclass(frozen=True, eq=False)
class Corpus:
    """Labelled images to be remembered. Two corpora are the same if their checksums are.

    Attributes:
        name: the name it was loaded by.
        train: the training images.
        test: the test images, of the same classes.
        image_shape: the shape whose row-major flattening is the pixel axis, e.g. ``(28, 28)`` or, rows ×
            columns × channels, ``(32, 32, 3)``.
        mean: mean of a noise pixel, a scalar (pixels have no unit: 0 is black, 1 is white).
        std: standard deviation of a noise pixel, a scalar.
        checksum: SHA-256, in hexadecimal, of pixels, labels, split and image shape; not of the name or
            the noise moments.

    Raises:
        InputError: splits of different classes or pixels, or noise moments that are not usable.

    Example:
        >>> from slowpoints import load_corpus
        >>> corpus = load_corpus("digits")
        >>> corpus.classes, corpus.image_shape
        (10, (8, 8))
    """

    name: str
    train: Split
    test: Split
    image_shape: tuple[int, ...]
    mean: float
    std: float
    checksum: str

    def __post_init__(self):
        if self.train.count.shape != self.test.count.shape:
            raise InputError(
                f"the training images have {self.train.count.size} classes and the test images "
                f"{self.test.count.size}; both need the same classes"
            )
        for split in (self.train, self.test):
            if split.images.shape[1] != math.prod(self.image_shape):
                raise InputError(
                    f"an image has {split.images.shape[1]} pixels, which is not the shape {self.image_shape}"
                )
        if not (math.isfinite(self.mean) and math.isfinite(self.std) and self.std > 0):
            raise InputError("all training pixels are the same, so their noise has no standard deviation")

    @property
    def classes(self) -> int:
        """The number of classes."""
        return self.train.count.size


def split_by_class(
    images: UInt8[np.ndarray, "image *shape"] | Float[np.ndarray, "image *shape"],
    labels: Integer[np.ndarray, " image"],
    classes: int,
) -> Split:
    """Sort images by class, stably, and flatten and scale them.

    Args:
        images: uint8 pixels in 0 … 255, which are divided by 255, or floats in [0, 1].
        labels: classes in 0 … ``classes`` − 1.
        classes: the number of classes.

    Returns:
        The split; its arrays are read-only copies.

    Raises:
        InputError: a class without images, or a pixel that is not a number in [0, 1].

    Example:
        >>> import numpy as np
        >>> from slowpoints.data import split_by_class
        >>> split = split_by_class(np.linspace(0, 1, 12).reshape(3, 2, 2), np.array([1, 0, 1]), classes=2)
        >>> split.labels, split.count
        (array([0, 1, 1], dtype=int32), array([1, 2], dtype=int32))
    """
    order = np.argsort(labels, kind="stable")
    pixels = images.reshape(len(images), -1)[order]
    if pixels.dtype == np.uint8:
        pixels = np.divide(pixels, np.float32(255))
    count = np.bincount(labels, minlength=classes)
    arrays = (
        pixels.astype(np.float32, copy=False),
        labels[order].astype(np.int32),
        (np.cumsum(count) - count).astype(np.int32),
        count.astype(np.int32),
    )
    for array in arrays:
        array.flags.writeable = False
    return Split(*arrays)


def make_corpus(
    name: str,
    train: Split,
    test: Split,
    image_shape: tuple[int, ...],
    *,
    moments: tuple[float, float] | None = None,
) -> Corpus:
    """Complete a corpus with its checksum and its noise moments.

    Args:
        name: what to call it.
        train: the training images.
        test: the test images.
        image_shape: the shape whose row-major flattening is the pixel axis.
        moments: mean and standard deviation of a noise pixel where they are published; otherwise those
            over all pixels of all training images, computed in float64.

    Raises:
        InputError: as `Corpus`.

    Example:
        >>> import numpy as np
        >>> from slowpoints.data import make_corpus, split_by_class
        >>> split = split_by_class(np.linspace(0, 1, 12).reshape(3, 2, 2), np.array([1, 0, 1]), classes=2)
        >>> corpus = make_corpus("mine", split, split, (2, 2))
        >>> round(corpus.mean, 4), round(corpus.std, 4)
        (0.5, 0.3138)
    """
    mean, std = moments or _moments(train.images)
    return Corpus(name, train, test, image_shape, mean, std, _checksum(train, test, image_shape))


def _moments(images: Float32[np.ndarray, "image pixel"]) -> tuple[float, float]:
    mean = float(images.mean(dtype=np.float64))
    # Block by block: a float64 copy of 60,000 images would be 375 MB.
    blocks = (images[start : start + 1024] for start in range(0, len(images), 1024))
    squares = sum(float(np.square(block - np.float64(mean), dtype=np.float64).sum()) for block in blocks)
    return mean, math.sqrt(squares / images.size)


def _checksum(train: Split, test: Split, image_shape: tuple[int, ...]) -> str:
    digest = hashlib.sha256(repr((image_shape, len(train.labels), len(test.labels))).encode())
    for split in (train, test):
        # Little-endian whatever the machine, so that a corpus has one checksum.
        digest.update(np.ascontiguousarray(split.images, "<f4").data)
        digest.update(np.ascontiguousarray(split.labels, "<i4").data)
    return digest.hexdigest()
