"""CIFAR-10: 32 × 32 colour photographs in ten classes, in its binary format, and a small part of it.

Each image is one label byte and 3,072 pixel bytes: the red, the green and the blue plane, row by row
(https://www.cs.toronto.edu/~kriz/cifar.html). Here the channel comes last: rows × columns × channels.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from slowpoints.data._file_source import Assembled, FileSource
from slowpoints.data._files import Damage, DataFile

_RECORD = 1 + 3 * 32 * 32
_ARCHIVE = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"


def parse_batch(contents: bytes, path: Path) -> UInt8[np.ndarray, "image 3073"]:
    """The records of a batch, label first.

    Raises:
        Damage: the last record is not whole, or a label is above 9.
    """
    images, rest = divmod(len(contents), _RECORD)
    if rest:
        raise Damage(
            path,
            f"is truncated or too long: after {images:,} images of {_RECORD:,} bytes {rest:,} are left over",
        )
    records = np.frombuffer(contents, np.uint8).reshape(images, _RECORD)
    if images and records[:, 0].max() > 9:
        raise Damage(path, f"has the label {records[:, 0].max()}, and there are only the classes 0 to 9")
    return records


def _assemble(batches: Sequence[np.ndarray]) -> Assembled:
    *training, test = batches
    train = np.concatenate(training)
    return _images(train), train[:, 0], _images(test), test[:, 0]


def _images(records: UInt8[np.ndarray, "image 3073"]) -> UInt8[np.ndarray, "image 32 32 3"]:
    return records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)


def _batch(name: str, sha256: str, *, images: int = 10_000, url: str | None = _ARCHIVE) -> DataFile:
    return DataFile(name, images * _RECORD, parse_batch, sha256, url)


CIFAR10 = FileSource(
    "cifar10",
    "60,000 photographs of ten kinds of things, 32 × 32 × 3",
    "cifar-10-batches-bin",
    (
        _batch("data_batch_1.bin", "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
        _batch("data_batch_2.bin", "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
        _batch("data_batch_3.bin", "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
        _batch("data_batch_4.bin", "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
        _batch("data_batch_5.bin", "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
        _batch("test_batch.bin", "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"),
    ),
    _assemble,
    (32, 32, 3),
    10,
    moments=(0.4734, 0.2517),  # Haviv et al. 2019, appendix
)
"""Krizhevsky's CIFAR-10."""

CIFAR10_SMALL = FileSource(
    "cifar10-small",
    "1,500 of the photographs of cifar10, for trying things out",
    "cifar-10-small",
    (
        _batch(
            "data_batch_1.bin",
            "bf94625ad186633dff53b4a30b754c7b996a7b52b80645eebc474f053fb420a1",
            images=1_000,
            url=None,
        ),
        _batch(
            "test_batch.bin",
            "6fc53f55aebe522d5b1a105c0044983a34f86c60436887ec8a0c4a68c093078a",
            images=500,
            url=None,
        ),
    ),
    _assemble,
    (32, 32, 3),
    10,
)
"""100 training and 50 test images of each class of CIFAR-10; on no public mirror."""
