"""Corpora in files that the tests write: MNIST's and CIFAR-10's formats, each kind of damage, downloading."""

import dataclasses
import functools
import gzip
import hashlib
import http.server
import io
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp

from slowpoints._errors import InputError
from slowpoints.data import _cifar, make_corpus, split_by_class
from slowpoints.data._cifar import CIFAR10_SMALL
from slowpoints.data._file_source import FileSource
from slowpoints.data._files import Damage, DataFile
from slowpoints.data._idx import FASHION_MNIST, idx_source, MNIST, parse_idx

RNG = np.random.default_rng(1)
IMAGES = RNG.integers(0, 256, (40, 28, 28), np.uint8)
LABELS = (np.arange(40) * 7 % 10).astype(np.uint8)
TRAIN = 30


def idx(array: np.ndarray) -> bytes:
    lengths = np.array(array.shape, ">u4").tobytes()
    return bytes((0, 0, 8, array.ndim)) + lengths + array.tobytes()


CONTENTS = {
    "train-images-idx3-ubyte": idx(IMAGES[:TRAIN]),
    "train-labels-idx1-ubyte": idx(LABELS[:TRAIN]),
    "t10k-images-idx3-ubyte": idx(IMAGES[TRAIN:]),
    "t10k-labels-idx1-ubyte": idx(LABELS[TRAIN:]),
}


def small_source(url: str = "http://127.0.0.1:9", **known) -> FileSource:
    """A corpus of MNIST's kind with the files above, 30 training and 10 test images."""

    def file(name: str, size: int, parse) -> DataFile:
        sha256 = hashlib.sha256(CONTENTS[name]).hexdigest()
        return DataFile(name, size, parse, **{"sha256": sha256, "url": f"{url}/{name}.gz", **known})

    return idx_source("small", "a test's", file, train=TRAIN, test=10)


SOURCE = small_source()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with the corpus in ``small/``, plain."""
    (tmp_path / "data" / "small").mkdir(parents=True)
    for name, contents in CONTENTS.items():
        (tmp_path / "data" / "small" / name).write_bytes(contents)
    return tmp_path / "data"


def compress(folder: Path) -> None:
    for path in list(folder.iterdir()):
        (folder / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()


@pytest.mark.parametrize("compressed", [False, True])
def test_images_are_read_as_they_were_written(data: Path, compressed: bool):
    if compressed:
        compress(data / "small")
    for folder in (data, data / "small"):
        corpus = SOURCE.load(folder, None)
        for split, part in ((corpus.train, slice(0, TRAIN)), (corpus.test, slice(TRAIN, None))):
            order = np.argsort(LABELS[part], kind="stable")
            expected = IMAGES[part][order].reshape(-1, 784).astype(np.float32) / np.float32(255)
            np.testing.assert_array_equal(split.images, expected)
            np.testing.assert_array_equal(split.labels, LABELS[part][order])
        assert SOURCE.find(folder) == str(data / "small")


def test_the_environment_is_looked_in_after_the_given_folder(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("SLOWPOINTS_DATA", str(data))
    assert SOURCE.load(None, None).checksum == SOURCE.load(tmp_path / "empty", None).checksum
    (tmp_path / "empty" / "small").mkdir()
    (tmp_path / "empty" / "small" / "t10k-labels-idx1-ubyte").write_bytes(b"")
    with pytest.raises(InputError, match="train-images-idx3-ubyte is missing"):
        SOURCE.load(tmp_path / "empty", None)


@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=1, max_dims=3, min_side=0)))
def test_idx_round_trip(array: np.ndarray):
    np.testing.assert_array_equal(parse_idx(idx(array), Path("file"), array.ndim), array)


@given(st.binary(max_size=64), st.integers(1, 3))
def test_no_bytes_make_parsing_fail_but_with_damage(contents: bytes, axes: int):
    for start in (b"", bytes((0, 0, 8, axes))):
        try:
            array = parse_idx(start + contents, Path("file"), axes)
        except Damage:
            continue
        assert idx(array) == start + contents


IMAGE_FILE, LABEL_FILE = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
ALTERED = bytearray(CONTENTS[IMAGE_FILE])
ALTERED[1000] ^= 1
PACKED = gzip.compress(CONTENTS[IMAGE_FILE])
DAMAGES = {
    "magic number": (
        IMAGE_FILE,
        b"\0\0\x09\x03" + CONTENTS[IMAGE_FILE][4:],
        "is not the right kind of IDX file: it starts with 00000903, not 00000803",
    ),
    "labels for images": (
        IMAGE_FILE,
        CONTENTS[LABEL_FILE],
        "is not the right kind of IDX file: it starts with 00000801, not 00000803",
    ),
    "empty": (IMAGE_FILE, b"", "is not the right kind of IDX file: it starts with , not 00000803"),
    "header cut": (IMAGE_FILE, CONTENTS[IMAGE_FILE][:10], "is truncated: it ends within its header"),
    "truncated": (
        IMAGE_FILE,
        CONTENTS[IMAGE_FILE][:-100],
        "is truncated: its header announces 23,520 bytes and 23,420 follow",
    ),
    "too long": (
        LABEL_FILE,
        CONTENTS[LABEL_FILE] + b"\0",
        "is too long: more than the 30 bytes follow that its header announces",
    ),
    "label count": (LABEL_FILE, idx(LABELS[: TRAIN - 1]), "has 37 bytes of data where 38 belong"),
    "label": (
        LABEL_FILE,
        idx(np.full(TRAIN, 10, np.uint8)),
        "has the label 10, and there are only the classes 0 to 9",
    ),
    "image shape": (
        IMAGE_FILE,
        idx(IMAGES[:TRAIN].reshape(-1, 14, 56)),
        "has images of 14 × 56 pixels, not 28 × 28",
    ),
    "altered": (
        IMAGE_FILE,
        bytes(ALTERED),
        "has been altered: its SHA-256 is not that of the published file",
    ),
    "gzip cut": (
        IMAGE_FILE,
        PACKED[:-9],
        "is not a whole gzip file (Compressed file ended before the end-of-stream marker was reached)",
    ),
    "gzip checksum": (IMAGE_FILE, PACKED[:-8] + bytes(8), "is not a whole gzip file (CRC check failed"),
    "gzip contents": (IMAGE_FILE, PACKED[:10] + b"\xff" * 50, "is not a whole gzip file (Error -3"),
    "gzip header": (IMAGE_FILE, PACKED[:2] + b"\xff" + PACKED[3:], "is not a whole gzip file (Unknown"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_each_kind_of_damage_is_one_sentence(data: Path, damage: str):
    name, contents, problem = DAMAGES[damage]
    path = data / "small" / name
    path.write_bytes(contents)
    with pytest.raises(InputError) as raised:
        SOURCE.load(data, None)
    message = str(raised.value)
    assert message.startswith(f"{path} {problem}")
    assert message.endswith(f"; run `slowpoints data fetch small --data {data}` to get it whole")
    assert "\n" not in message
    wrong = [status for status in SOURCE.verify(data, None) if not status.ok]
    assert [status.path for status in wrong] == [path]
    assert wrong[0].status.startswith(problem)


@pytest.mark.parametrize("name", CONTENTS)
def test_a_missing_file_is_named(data: Path, name: str, monkeypatch: pytest.MonkeyPatch):
    (data / "small" / name).unlink()
    monkeypatch.setenv("SLOWPOINTS_DATA", str(data))
    with pytest.raises(InputError) as raised:
        SOURCE.load(None, None)
    assert str(raised.value) == (f"{data}/small/{name} is missing; run `slowpoints data fetch small` to get it whole")
    assert SOURCE.find(None) is None
    assert [status.status for status in SOURCE.verify(None, None) if not status.ok] == ["is missing"]


def checksum_or_error(folder: Path) -> str:
    try:
        return SOURCE.load(folder, None).checksum
    except InputError as error:
        return str(error)


CHECKSUM = make_corpus(
    "small",
    split_by_class(IMAGES[:TRAIN], LABELS[:TRAIN], 10),
    split_by_class(IMAGES[TRAIN:], LABELS[TRAIN:], 10),
    (28, 28),
).checksum


@given(position=st.integers(0, len(PACKED) - 1), bit=st.integers(0, 7))
def test_a_flipped_bit_is_never_read_as_a_corpus(tmp_path_factory: pytest.TempPathFactory, position: int, bit: int):
    folder = tmp_path_factory.mktemp("flipped") / "small"
    folder.mkdir()
    packed = bytearray(PACKED)
    packed[position] ^= 1 << bit
    for name, contents in {**CONTENTS, IMAGE_FILE: bytes(packed)}.items():
        (folder / name).write_bytes(contents)
    # Bits of the gzip header that play no part, such as the time stamp, do no harm.
    outcome = checksum_or_error(folder)
    assert str(folder / IMAGE_FILE) in outcome or (position < 10 and outcome == CHECKSUM)


def test_verify_says_where_no_checksum_is_known(data: Path):
    statuses = small_source(sha256=None).verify(data, None)
    assert {status.status for status in statuses} == {"has the right format and length; no checksum of it is known"}
    assert all(status.ok for status in statuses)
    assert {status.status for status in SOURCE.verify(data, None)} == {"has the published SHA-256"}
    assert [file.sha256 is None for file in FASHION_MNIST.files] == [True, False, True, False]
    assert all(file.sha256 for file in MNIST.files)


def test_verify_of_nothing_says_where_the_files_would_be(cache: Path):
    assert [(status.path, status.status, status.ok) for status in SOURCE.verify(None, None)] == [
        (cache / "small" / name, "is missing", False) for name in CONTENTS
    ]


# Downloading, from a server on this machine that serves files the tests wrote.


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder with the corpus' files, gzipped, and the address it is served at."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    for name, contents in CONTENTS.items():
        (folder / f"{name}.gz").write_bytes(gzip.compress(contents))
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_what_is_not_found_is_downloaded_to_the_cache(mirror: tuple[Path, str], cache: Path, data: Path):
    source = small_source(mirror[1])
    corpus = source.load(None, None)
    assert corpus.checksum == SOURCE.load(data, None).checksum
    # Nothing but the files, uncompressed, stays; the second load needs no server.
    assert {path.name: path.read_bytes() for path in (cache / "small").iterdir()} == CONTENTS
    assert SOURCE.load(None, None).checksum == corpus.checksum


def test_fetch_repairs_where_the_corpus_is(
    mirror: tuple[Path, str], data: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
):
    source = small_source(mirror[1])
    compress(data / "small")
    (data / "small" / f"{LABEL_FILE}.gz").write_bytes(b"\x1f\x8b damaged")
    (data / "small" / f"{IMAGE_FILE}.gz").unlink()
    monkeypatch.setenv("SLOWPOINTS_DATA", str(data))
    assert source.fetch(None) == str(data / "small")
    assert all(status.ok for status in source.verify(None, None))
    assert source.load(None, None).checksum
    assert not cache.exists()


def test_fetch_to_a_new_folder(mirror: tuple[Path, str], tmp_path: Path):
    source = small_source(mirror[1])
    assert source.fetch(tmp_path / "new") == str(tmp_path / "new" / "small")
    assert source.find(tmp_path / "new") == str(tmp_path / "new" / "small")


def test_a_download_that_arrives_damaged_leaves_nothing(mirror: tuple[Path, str], cache: Path):
    folder, url = mirror
    (folder / f"{IMAGE_FILE}.gz").write_bytes(PACKED[:-9])
    with pytest.raises(InputError, match=rf"arrived damaged from {url}/{IMAGE_FILE}.gz: it is not a whole gzip"):
        small_source(url).fetch(None)
    with pytest.raises(InputError, match="its SHA-256 is not the published one"):
        small_source(url, sha256=None, url_sha256="0" * 64).fetch(None)
    (folder / f"{IMAGE_FILE}.gz").unlink()
    with pytest.raises(InputError, match=r"could not be downloaded from .* \(HTTPError\)"):
        small_source(url).fetch(None)
    assert list((cache / "small").iterdir()) == []


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="cannot be written"):
        SOURCE.fetch(tmp_path / "file")


# CIFAR-10's format.

PLANES = RNG.integers(0, 256, (40, 3, 32, 32), np.uint8)
BATCHES = {
    name: np.concatenate([LABELS[part, None], PLANES[part].reshape(-1, 3072)], 1).tobytes()
    for name, part in (("data_batch_1.bin", slice(0, 30)), ("test_batch.bin", slice(30, None)))
}


def cifar_source(url: str | None = None) -> FileSource:
    """CIFAR10_SMALL with 30 training and 10 test images."""
    files = tuple(
        DataFile(
            file.name,
            len(BATCHES[file.name]),
            file.parse,
            hashlib.sha256(BATCHES[file.name]).hexdigest(),
            url,
        )
        for file in CIFAR10_SMALL.files
    )
    return dataclasses.replace(CIFAR10_SMALL, files=files)


def check_cifar(source: FileSource, folder: Path | None) -> None:
    corpus = source.load(folder, None)
    order = np.argsort(LABELS[:30], kind="stable")
    images = corpus.train.images.reshape(-1, 32, 32, 3)
    for channel in range(3):
        np.testing.assert_array_equal(images[..., channel], PLANES[order, channel].astype(np.float32) / np.float32(255))


def test_cifar_channels_come_last(tmp_path: Path):
    for name, contents in BATCHES.items():
        (tmp_path / name).write_bytes(contents)
    source = dataclasses.replace(cifar_source(), folder=tmp_path.name)
    check_cifar(source, tmp_path)
    (tmp_path / "test_batch.bin").write_bytes(BATCHES["test_batch.bin"][:-1])
    with pytest.raises(
        InputError,
        match=r"test_batch.bin is truncated or too long: after 9 images of 3,073 bytes 3,072 are left over; "
        r"copy it there again",
    ):
        source.load(tmp_path, None)
    with pytest.raises(Damage, match="has the label 11"):
        _cifar.parse_batch(bytes([11]) + bytes(3072), Path("batch"))


def test_cifar_comes_out_of_its_tar_archive(mirror: tuple[Path, str], cache: Path):
    folder, url = mirror
    source = cifar_source(f"{url}/batches.tar.gz")
    with tarfile.open(folder / "batches.tar.gz", "w:gz") as tar:
        for name, contents in {"readme.html": b"read me", **BATCHES}.items():
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            member.size = len(contents)
            tar.addfile(member, io.BytesIO(contents))
    whole = (folder / "batches.tar.gz").read_bytes()
    check_cifar(source, None)
    assert sorted(path.name for path in (cache / source.folder).iterdir()) == sorted(BATCHES)

    (cache / source.folder / "test_batch.bin").unlink()
    for contents in (whole[: len(whole) // 2], whole[:5], b"no archive"):
        (folder / "batches.tar.gz").write_bytes(contents)
        with pytest.raises(InputError, match="arrived damaged from"):
            source.fetch(None)
    with tarfile.open(folder / "batches.tar.gz", "w:gz"):
        pass
    with pytest.raises(InputError, match="it is not in the archive"):
        source.fetch(None)
