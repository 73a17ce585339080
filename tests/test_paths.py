"""Wherever a user gives a path, a string does as well."""

import os
from pathlib import Path

import jax
import numpy as np
import pytest
from matplotlib.figure import Figure

from slowpoints import (
    config_from,
    export,
    gather,
    GRU,
    load_corpus,
    load_network,
    MemoryNetwork,
    read_config,
    save_figure,
    Study,
)
from slowpoints.data import fetch_corpus, list_corpora, verify_corpus
from slowpoints.training import (
    History,
    load_metrics,
    metrics_path,
    save_network,
    snapshot_path,
    snapshot_steps,
)
from tests.training import tiny

CONFIG = {"corpus": "digits", "unit": ["gru"], "protocol": ["DeCu"], "seeds": [0]}


@pytest.fixture(autouse=True)
def in_its_own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_study_is_begun_opened_exported_and_gathered():
    Study.create(config_from(CONFIG), "mine", data=".").save()
    opened = Study.open("mine", data=".")
    assert opened == Study.open(Path("mine"), data=Path("."))
    assert export(opened, "small") == 0
    assert gather([opened], "all").study.networks == opened.networks
    assert sorted(os.listdir()) == ["all", "mine", "small"]


def test_a_network_is_written_and_read():
    network = MemoryNetwork.draw(GRU, image_shape=(8, 8), units=4, classes=10, key=jax.random.key(0))
    save_network("mine.safetensors", network, step=0)
    save_network(snapshot_path("mine", 20), network, step=20)
    assert snapshot_steps("mine") == (20,)
    for read in (load_network("mine.safetensors"), History("mine", (20,))[0]):
        assert np.array_equal(read.readout.weight, network.readout.weight)


def test_a_network_is_trained():
    with jax.numpy_dtype_promotion("standard"):  # for Optax, as in tests/training
        tiny.run(["mine"])
    assert load_metrics("mine")["step"][-1] == 12
    assert metrics_path("mine").parent == snapshot_path("mine", 12).parents[1]


def test_a_figure_is_drawn(tmp_path):
    save_figure(Figure(), "empty.svg")
    assert (tmp_path / "empty.svg").read_text().startswith("<?xml")


def test_a_config_is_read(tmp_path):
    (tmp_path / "mine.yaml").write_text("units: 50")
    assert read_config("mine.yaml").units == 50


def test_a_corpus_is_found_loaded_and_checked(tmp_path):
    images = np.random.default_rng(0).integers(256, size=(20, 8, 8), dtype=np.uint8)
    np.savez(tmp_path / "mine.npz", images=images, labels=np.arange(20) % 2)
    assert load_corpus("arrays", folder=".", file="mine.npz").classes == 2
    assert [status.ok for status in verify_corpus("arrays", ".", "mine.npz")] == [True]
    assert fetch_corpus("digits", ".") == list_corpora(".")[0].found
