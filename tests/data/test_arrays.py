import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from slowpoints._errors import InputError
from slowpoints.data import Corpus, fetch_corpus, load_corpus, make_corpus, split_by_class, verify_corpus
from slowpoints.data._stratify import held_out

RNG = np.random.default_rng(2)
IMAGES = RNG.integers(0, 256, (30, 4, 5), np.uint8)
LABELS = np.arange(30) % 3


def load(folder: Path, **arrays) -> Corpus:
    np.savez(folder / "own.npz", **arrays)
    return load_corpus("arrays", file=folder / "own.npz")


def test_integers_are_scaled_and_floats_are_not(tmp_path: Path):
    integers = load(tmp_path, images=IMAGES, labels=LABELS)
    wide = load(tmp_path, images=IMAGES.astype(">i8"), labels=LABELS.astype(np.uint8))
    floats = load(tmp_path, images=IMAGES.astype(np.float32) / np.float32(255), labels=LABELS)
    assert integers.checksum == wide.checksum == floats.checksum
    assert (integers.image_shape, integers.classes, integers.name) == ((4, 5), 3, "arrays")
    assert load(tmp_path, images=IMAGES > 99, labels=LABELS).train.images.max() == 1


def test_two_of_ten_images_a_class_are_held_out(tmp_path: Path):
    corpus = load(tmp_path, images=IMAGES, labels=LABELS)
    assert corpus.test.count.tolist() == [2, 2, 2]
    assert corpus.train.count.tolist() == [8, 8, 8]
    together = np.concatenate([corpus.train.images, corpus.test.images])
    expected = IMAGES.reshape(30, -1).astype(np.float32) / np.float32(255)
    assert {image.tobytes() for image in together} == {image.tobytes() for image in expected}


def test_a_split_of_ones_own_is_kept(tmp_path: Path):
    corpus = load(
        tmp_path,
        images=IMAGES[:21].reshape(21, 20),
        labels=LABELS[:21],
        test_images=IMAGES[21:].reshape(9, 20),
        test_labels=LABELS[21:],
    )
    assert corpus.train.count.tolist() == [7, 7, 7]
    assert corpus.test.count.tolist() == [3, 3, 3]
    assert corpus.image_shape == (20,)


GOOD = {"images": IMAGES, "labels": LABELS}
WRONG = {
    "missing": ({"images": IMAGES}, "it has no array 'labels'; both images and labels are needed"),
    "misspelt": (
        {**GOOD, "test_image": IMAGES},
        "it has the array 'test_image', and only images, labels, test_images, test_labels are known",
    ),
    "half a test": (
        {**GOOD, "test_images": IMAGES},
        "it has one of test_images and test_labels; give both or neither",
    ),
    "no pixel axis": (
        {"images": LABELS, "labels": LABELS},
        "images has shape (30,); it must be [image, ...] with a pixel at least",
    ),
    "complex": (
        {**GOOD, "images": IMAGES * 1j},
        "images is of type complex128; it must be integers or floats",
    ),
    "negative": (
        {**GOOD, "images": -1 * (IMAGES > 99)},
        "images has integers from -1 to 0; they must be in 0 to 255",
    ),
    "binary": (
        {**GOOD, "images": (IMAGES > 99).astype(np.uint8)},
        "images has the integers 0 and 1 only, but white is 255; save them as floats or booleans",
    ),
    "unscaled": (
        {**GOOD, "images": np.where(IMAGES > 99, 255.0, 0.0)},
        "images has floats from 0.0 to 255.0; they must be numbers in [0, 1]",
    ),
    "not a number": (
        {**GOOD, "images": np.full((30, 2), np.nan)},
        "images has floats from nan to nan; they must be numbers in [0, 1]",
    ),
    "float labels": (
        {**GOOD, "labels": LABELS * 1.0},
        "labels is float64 of shape (30,); it must be integers [image]",
    ),
    "label count": (
        {**GOOD, "labels": LABELS[:29]},
        "there are 30 images and 29 labels; give one each",
    ),
    "negative label": (
        {**GOOD, "labels": LABELS - 1},
        "labels has the class -1; classes are numbered from 0",
    ),
    "gap": (
        {**GOOD, "labels": np.where(LABELS == 1, 7, LABELS)},
        "no image has the class 1, and labels goes up to 7; leave no gaps",
    ),
    "single": (
        {**GOOD, "labels": np.append(LABELS[:29], 3)},
        "class 3 has a single image, and at least two are needed to hold one out for testing",
    ),
    "test class": (
        {**GOOD, "test_images": IMAGES, "test_labels": LABELS + 1},
        "test_labels has the class 3, which labels has not",
    ),
    "test without a class": (
        {**GOOD, "test_images": IMAGES, "test_labels": LABELS * 0},
        "class 1 has no image in one of the splits; every class needs at least one training and one test image",
    ),
    "test shape": (
        {**GOOD, "test_images": IMAGES[:, :3], "test_labels": LABELS},
        "an image has shape (4, 5) and a test image (3, 5); both must be the same",
    ),
    "constant": (
        {**GOOD, "images": IMAGES * 0},
        "all training pixels are the same, so their noise has no standard deviation",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_one_sentence(tmp_path: Path, case: str):
    arrays, problem = WRONG[case]
    with pytest.raises(InputError) as raised:
        load(tmp_path, **arrays)
    path = tmp_path / "own.npz"
    assert str(raised.value) == f"{path} cannot be used: {problem}"
    [status] = verify_corpus("arrays", file=path)
    assert (status.path, status.status, status.ok) == (path, f"cannot be used: {problem}", False)


def test_verify_gives_the_checksum_and_fetch_is_refused(tmp_path: Path):
    corpus = load(tmp_path, **GOOD)
    [status] = verify_corpus("arrays", file=tmp_path / "own.npz")
    assert (status.status, status.ok) == (f"can be used, checksum {corpus.checksum}", True)
    with pytest.raises(InputError, match=r"cannot be fetched; give the \.npz file itself"):
        fetch_corpus("arrays")
    with pytest.raises(InputError, match=r"'arrays' needs a file; give an \.npz file that has images and labels"):
        load_corpus("arrays")


def test_files_that_are_no_npz(tmp_path: Path):
    own = tmp_path / "own.npz"
    with pytest.raises(InputError, match=r"own.npz does not exist; give an \.npz file"):
        load_corpus("arrays", file=own)
    for contents in (b"", b"no numpy file", b"PK\x03\x04"):
        own.write_bytes(contents)
        with pytest.raises(InputError, match=r"is not an \.npz file of plain arrays, or is damaged; save it again"):
            load_corpus("arrays", file=own)
    with own.open("wb") as opened:
        np.save(opened, IMAGES)
    with pytest.raises(InputError, match="is a single array; save images and labels together"):
        load_corpus("arrays", file=own)


def test_images_that_differ_in_size_are_refused(tmp_path: Path):
    own, images = tmp_path / "own.npz", np.empty(30, object)
    images[:] = [np.zeros((4, 5 + k % 2)) for k in range(30)]
    np.savez(own, images=images, labels=LABELS)
    with pytest.raises(InputError, match="images that differ in size; give all images one size and save them again"):
        load_corpus("arrays", file=own)


def packed() -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, images=IMAGES, labels=LABELS)
    return buffer.getvalue()


def checksum_or_error(file: Path) -> str:
    try:
        return load_corpus("arrays", file=file).checksum
    except InputError as error:
        return str(error)


PACKED = packed()
TEST = held_out(LABELS)
CHECKSUM = make_corpus(
    "arrays",
    split_by_class(IMAGES[~TEST], LABELS[~TEST], 3),
    split_by_class(IMAGES[TEST], LABELS[TEST], 3),
    (4, 5),
).checksum


@given(position=st.integers(0, len(PACKED) - 1), value=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_file_is_refused_or_read_whole(
    tmp_path_factory: pytest.TempPathFactory, position: int, value: int, cut: bool
):
    damaged = bytearray(PACKED[:position] if cut else PACKED)
    if not cut:
        damaged[position] = value
    file = tmp_path_factory.mktemp("damaged") / "own.npz"
    file.write_bytes(damaged)
    outcome = checksum_or_error(file)
    assert outcome == CHECKSUM or str(file) in outcome
