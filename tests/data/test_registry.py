import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from slowpoints._errors import InputError
from slowpoints.data import fetch_corpus, list_corpora, load_corpus, verify_corpus
from slowpoints.data._registry import SOURCES

DIGITS_CHECKSUM = "80deacb1bc43c180d5ff0f3bc1838d89f6a5c7c3ada1819e04b1a596b6ad503b"


def rows(images: np.ndarray) -> list[bytes]:
    return sorted(image.tobytes() for image in images)


def test_digits_are_scikit_learns():
    corpus = load_corpus("digits")
    images, labels = load_digits(return_X_y=True)
    together = np.concatenate([corpus.train.images, corpus.test.images])
    assert rows(together) == rows((np.asarray(images) / 16).astype(np.float32))
    np.testing.assert_array_equal(corpus.train.count + corpus.test.count, np.bincount(labels))
    assert corpus.test.count.tolist() == [36, 36, 35, 37, 36, 36, 36, 36, 35, 36]
    assert not set(rows(corpus.train.images)) & set(rows(corpus.test.images))
    assert (corpus.image_shape, corpus.classes) == ((8, 8), 10)
    pixels = corpus.train.images.astype(float)
    assert (corpus.mean, corpus.std) == pytest.approx((pixels.mean(), pixels.std()))


def test_digits_are_the_same_everywhere():
    assert load_corpus("digits").checksum == DIGITS_CHECKSUM
    [status] = verify_corpus("digits")
    assert status.ok
    assert DIGITS_CHECKSUM in status.status
    assert fetch_corpus("digits") == "installed with scikit-learn"


def test_every_corpus_is_listed_once_and_nothing_is_downloaded(cache: Path):
    records = list_corpora()
    names = [record.name for record in records]
    assert names == ["digits", "mnist", "fashion-mnist", "cifar10", "cifar10-small", "arrays"]
    assert [record.found for record in records] == ["installed with scikit-learn", *[None] * 5]
    assert all(record.description for record in records)
    assert not cache.exists()


def test_an_unknown_name_gets_the_nearest_one():
    known = "digits, mnist, fashion-mnist, cifar10, cifar10-small, arrays"
    with pytest.raises(InputError) as raised:
        load_corpus("MNITS")
    assert str(raised.value) == f"there is no corpus 'MNITS' (did you mean mnist?); take one of {known}"
    with pytest.raises(InputError) as raised:
        verify_corpus("zzz")
    assert str(raised.value) == f"there is no corpus 'zzz'; take one of {known}"


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_every_corpus_loads_or_says_in_one_sentence_what_to_do(source):
    if source.find(None):
        corpus = load_corpus(source.name)
        assert corpus.name == source.name
        assert corpus.checksum == load_corpus(source.name).checksum
    else:
        with pytest.raises(InputError, match=r"SLOWPOINTS_DATA|give an \.npz file") as raised:
            load_corpus(source.name)
        assert not re.search(r"\.\s|\n", str(raised.value))


def test_a_missing_corpus_says_where_it_was_looked_for(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch):
    for folder in ("given", "named"):
        (tmp_path / folder).mkdir()
    monkeypatch.setenv("SLOWPOINTS_DATA", str(tmp_path / "named"))
    with pytest.raises(InputError) as raised:
        load_corpus("mnist", folder=tmp_path / "given")
    assert str(raised.value) == (
        f"mnist was looked for in {tmp_path}/given/mnist, {tmp_path}/named/mnist, {cache}/mnist "
        "and not found, and train-images-idx3-ubyte could not be downloaded from "
        "https://ossci-datasets.s3.amazonaws.com/mnist/train-images-idx3-ubyte.gz (ProxyError); "
        "set SLOWPOINTS_DATA to a folder that has its files in mnist/, "
        "or run `slowpoints data fetch mnist` with a network"
    )
    with pytest.raises(InputError, match=r"is on no public mirror; set SLOWPOINTS_DATA to a folder that has"):
        fetch_corpus("cifar10-small")


def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(InputError, match="absent is not a folder; name the one that holds the corpora"):
        load_corpus("mnist", folder=tmp_path / "absent")
    monkeypatch.setenv("SLOWPOINTS_DATA", str(tmp_path / "absent"))
    with pytest.raises(InputError, match="which SLOWPOINTS_DATA names, is not a folder"):
        list_corpora()


def test_only_arrays_takes_a_file(tmp_path: Path):
    for name in ("digits", "mnist"):
        with pytest.raises(InputError, match=f"{name} reads no file of yours"):
            load_corpus(name, file=tmp_path / "own.npz")


def test_importing_data_imports_neither_jax_nor_what_is_only_used_inside():
    heavy = "{'jax', 'sklearn', 'pooch', 'requests'}"
    code = f"import sys, slowpoints.data; print(sorted({heavy} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_real_mnist(real_data: Path):
    corpus = load_corpus("mnist")
    assert corpus.train.images.shape == (60_000, 784)
    assert corpus.test.images.shape == (10_000, 784)
    # Counts per class as published with MNIST.
    assert corpus.train.count.tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert corpus.test.count.tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert (corpus.mean, corpus.std, corpus.image_shape) == (0.1307, 0.30816, (28, 28))
    # The published moments are those of the pixels, rounded.
    assert corpus.train.images.mean(dtype=float) == pytest.approx(corpus.mean, abs=1e-4)
    assert corpus.train.images.std(dtype=float) == pytest.approx(corpus.std, abs=1e-4)
    assert all(status.ok and status.status == "has the published SHA-256" for status in verify_corpus("mnist"))
    assert fetch_corpus("mnist") == str(real_data / "mnist")


def test_real_cifar10_small(real_data: Path):
    corpus = load_corpus("cifar10-small")
    assert (corpus.train.count == 100).all()
    assert (corpus.test.count == 50).all()
    assert (corpus.image_shape, corpus.train.images.shape) == ((32, 32, 3), (1000, 3072))
    # Channels come last, red first: CIFAR-10's channel means are 0.4914, 0.4822 and 0.4465.
    means = corpus.train.images.reshape(-1, 3).mean(0, dtype=float)
    assert means == pytest.approx([0.4914, 0.4822, 0.4465], abs=0.02)
    assert (corpus.mean, corpus.std) == pytest.approx((0.4734, 0.2517), abs=0.01)
