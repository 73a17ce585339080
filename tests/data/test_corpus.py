import dataclasses
import hashlib
import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from slowpoints._errors import InputError
from slowpoints.data import Corpus, make_corpus, split_by_class
from slowpoints.data._stratify import held_out


@st.composite
def labelled_images(draw, smallest: int = 1):
    """Labels of up to five classes, each at least so often, and one distinct image for each."""
    classes = draw(st.integers(1, 5))
    extra = draw(st.lists(st.integers(0, classes - 1), max_size=40))
    labels = np.array(draw(st.permutations([*range(classes)] * smallest + extra)))
    return np.arange(len(labels) * 3, dtype=np.uint8).reshape(-1, 3, 1), labels, classes


@given(labelled_images())
def test_sorting_by_class_is_stable_and_loses_nothing(drawn):
    images, labels, classes = drawn
    split = split_by_class(images, labels, classes)
    # Python's own stable sort is the oracle.
    order = sorted(range(len(labels)), key=lambda image: labels[image])
    expected = np.stack([images[image].ravel() for image in order]).astype(np.float32) / np.float32(255)
    np.testing.assert_array_equal(split.images, expected)
    np.testing.assert_array_equal(split.labels, sorted(labels))
    for label in range(classes):
        first, count = split.first[label], split.count[label]
        assert count == np.sum(labels == label)
        assert np.all(split.labels[first : first + count] == label)
    assert split.images.dtype == np.float32
    assert {split.labels.dtype, split.first.dtype, split.count.dtype} == {np.dtype(np.int32)}
    with pytest.raises(ValueError, match="read-only"):
        split.images[0, 0] = 0


@given(labelled_images(smallest=2))
def test_a_fifth_of_each_class_is_held_out(drawn):
    _, labels, classes = drawn
    test = held_out(labels)
    np.testing.assert_array_equal(test, held_out(labels))
    for label in range(classes):
        total, held = np.sum(labels == label), np.sum(test[labels == label])
        assert 1 <= held < total
        assert held == 1 or abs(held - total / 5) < 0.5


def test_held_out_images_are_those_documented():
    ranked = sorted(range(10), key=lambda image: hashlib.sha256(f"0 {image}".encode()).hexdigest())
    assert set(np.flatnonzero(held_out(np.zeros(10, int)))) == set(ranked[:2])


def test_a_class_of_one_image_cannot_be_split():
    with pytest.raises(InputError, match="class 1 has a single image"):
        held_out(np.array([0, 0, 1]))


def corpus(images: np.ndarray, labels: np.ndarray, **options) -> Corpus:
    split = split_by_class(images, labels, 2)
    return make_corpus("test", split, split, images.shape[1:], **options)


IMAGES = np.random.default_rng(0).random((3000, 2, 3))
LABELS = np.arange(3000) % 2


def test_moments_are_those_of_the_training_pixels():
    made = corpus(IMAGES, LABELS)
    pixels = made.train.images.astype(np.float64)
    assert made.mean == pytest.approx(pixels.mean(), rel=1e-12)
    assert made.std == pytest.approx(pixels.std(), rel=1e-12)
    assert made.classes == 2
    published = corpus(IMAGES, LABELS, moments=(0.25, 0.5))
    assert (published.mean, published.std) == (0.25, 0.5)


def test_the_checksum_covers_pixels_labels_split_and_shape():
    checksum = corpus(IMAGES, LABELS).checksum
    assert checksum == corpus(IMAGES.copy(), LABELS.copy()).checksum
    changed = IMAGES.copy()
    changed[7, 0, 0] = 1 - changed[7, 0, 0]
    # The middle image, on the border between the sorted classes, changes its class and nothing else.
    moved = np.sort(LABELS)
    border = moved.copy()
    border[1500] = 0
    half = split_by_class(IMAGES[:1500], LABELS[:1500], 2)
    rest = split_by_class(IMAGES[1500:], LABELS[1500:], 2)
    others = [
        corpus(changed, LABELS),
        corpus(IMAGES, moved),
        corpus(IMAGES, border),
        corpus(IMAGES.reshape(-1, 3, 2), LABELS),
        make_corpus("test", half, rest, (2, 3)),
        make_corpus("test", rest, half, (2, 3)),
    ]
    assert len({checksum, *(other.checksum for other in others)}) == 7


@pytest.mark.parametrize("pixel", [math.nan, math.inf, -0.01, 1.01])
def test_a_pixel_outside_the_unit_interval_is_refused(pixel: float):
    images = IMAGES.copy()
    images[5, 1, 1] = pixel
    with pytest.raises(InputError, match=r"every pixel must be a number in \[0, 1\]"):
        split_by_class(images, LABELS, 2)


def test_a_class_without_images_is_refused():
    with pytest.raises(InputError, match="class 2 has no image in one of the splits"):
        split_by_class(IMAGES, LABELS, 3)


@pytest.mark.unchecked
def test_a_corpus_that_does_not_fit_together_is_refused():
    split = split_by_class(IMAGES, LABELS, 2)
    with pytest.raises(InputError, match="6 pixels, which is not the shape"):
        make_corpus("test", split, split, (2, 2))
    with pytest.raises(InputError, match="2 classes and the test images 1"):
        make_corpus("test", split, split_by_class(IMAGES, LABELS * 0, 1), (2, 3))
    with pytest.raises(InputError, match="all training pixels are the same"):
        corpus(np.zeros((4, 2, 2)), np.array([0, 1, 0, 1]))
    with pytest.raises(InputError, match="sorted by class"):
        dataclasses.replace(split, labels=split.labels[::-1].copy())
    with pytest.raises(InputError, match="float32"):
        dataclasses.replace(split, images=split.images.astype(np.float64))
    with pytest.raises(InputError, match="int32"):
        dataclasses.replace(split, labels=split.labels.astype(np.int64))
