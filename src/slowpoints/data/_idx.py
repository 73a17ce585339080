"""The MNIST family: 28 × 28 grey images in ten classes, in IDX files.

IDX: two zero bytes, the type (8: unsigned byte), the number of axes, each axis' length as a big-endian
32-bit integer, then the data, row-major (http://yann.lecun.com/exdb/mnist/).
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from slowpoints.data._file_source import Assembled, FileSource
from slowpoints.data._files import Damage, DataFile


def parse_idx(contents: bytes, path: Path, axes: int) -> UInt8[np.ndarray, "*axes"]:
    """The array of an IDX file of unsigned bytes with so many axes.

    Raises:
        Damage: the magic number is another, or there are more or fewer bytes than the header announces.
    """
    magic = bytes((0, 0, 8, axes))
    if contents[:4] != magic:
        raise Damage(path, f"is not the right kind of IDX file: it starts with {contents[:4].hex()}, not {magic.hex()}")
    start = 4 + 4 * axes
    if len(contents) < start:
        raise Damage(path, "is truncated: it ends within its header")
    shape = tuple(int(length) for length in np.frombuffer(contents, ">u4", axes, offset=4))
    announced, present = math.prod(shape), len(contents) - start
    if present < announced:
        raise Damage(path, f"is truncated: its header announces {announced:,} bytes and {present:,} follow")
    if present > announced:
        raise Damage(path, f"is too long: more than the {announced:,} bytes follow that its header announces")
    return np.frombuffer(contents, np.uint8, offset=start).reshape(shape)


def parse_images(contents: bytes, path: Path) -> UInt8[np.ndarray, "image 28 28"]:
    """The images of an IDX file; raises `Damage` also if they are not 28 × 28."""
    images = parse_idx(contents, path, axes=3)
    if images.shape[1:] != (28, 28):
        rows, columns = images.shape[1:]
        raise Damage(path, f"has images of {rows} × {columns} pixels, not 28 × 28")
    return images


def parse_labels(contents: bytes, path: Path) -> UInt8[np.ndarray, " image"]:
    """The labels of an IDX file; raises `Damage` also if one is above 9."""
    labels = parse_idx(contents, path, axes=1)
    if labels.size and labels.max() > 9:
        raise Damage(path, f"has the label {labels.max()}, and there are only the classes 0 to 9")
    return labels


def idx_source(
    name: str,
    description: str,
    file: Callable[..., DataFile],
    *,
    train: int = 60_000,
    test: int = 10_000,
    moments: tuple[float, float] | None = None,
) -> FileSource:
    """A corpus of MNIST's four files.

    Args:
        name: the corpus' name and its folder's.
        description: what it is.
        file: name, size and parser of a file → the file with its checksum and its address.
        train: the number of training images.
        test: the number of test images.
        moments: published mean and standard deviation of a noise pixel.
    """
    files = (
        file("train-images-idx3-ubyte", 16 + 784 * train, parse_images),
        file("train-labels-idx1-ubyte", 8 + train, parse_labels),
        file("t10k-images-idx3-ubyte", 16 + 784 * test, parse_images),
        file("t10k-labels-idx1-ubyte", 8 + test, parse_labels),
    )
    return FileSource(name, description, name, files, _assemble, (28, 28), 10, moments)


def _assemble(arrays: Sequence[np.ndarray]) -> Assembled:
    images, labels, test_images, test_labels = arrays
    return images, labels, test_images, test_labels


_MNIST_SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


def _mnist_file(name: str, size: int, parse: Callable[[bytes, Path], np.ndarray]) -> DataFile:
    url = f"https://ossci-datasets.s3.amazonaws.com/mnist/{name}.gz"
    return DataFile(name, size, parse, sha256=_MNIST_SHA256[name], url=url)


MNIST = idx_source(
    "mnist",
    "70,000 handwritten digits, 28 × 28",
    _mnist_file,
    moments=(0.1307, 0.30816),  # Haviv et al. 2019, appendix
)
"""LeCun, Cortes and Burges' handwritten digits."""

# Of the labels unpacked from the authors' repository, github.com/zalandoresearch/fashion-mnist.
_FASHION_SHA256 = {
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
# Of its images no SHA-256 is published but those of the authors' gzip files, in TensorFlow Datasets'
# url_checksums/fashion_mnist.txt. Another wrapper around the same images has another, so these are checked
# when downloading only.
_FASHION_URL_SHA256 = {
    "train-images-idx3-ubyte": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "t10k-images-idx3-ubyte": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
}


def _fashion_file(name: str, size: int, parse: Callable[[bytes, Path], np.ndarray]) -> DataFile:
    url = f"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/{name}.gz"
    return DataFile(name, size, parse, _FASHION_SHA256.get(name), url, _FASHION_URL_SHA256.get(name))


FASHION_MNIST = idx_source("fashion-mnist", "70,000 pictures of clothes, 28 × 28", _fashion_file)
"""Zalando's pictures of clothes."""
