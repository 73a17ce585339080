"""A study on disk: begun, gone on with, and refused."""

import json
from pathlib import Path

import pytest

from slowpoints._errors import InputError
from slowpoints.study import load_results, Study
from slowpoints.study.artifacts import is_complete, load_artifact, save_artifact
from tests.study.tiny import tiny_config


@pytest.fixture
def config(tmp_path: Path):
    return tiny_config(tmp_path / "corpus.npz")


def test_a_study_is_found_again(config, tmp_path: Path):
    begun = Study.create(config, tmp_path / "new" / "study", data=tmp_path)
    assert Study.open(begun.folder, data=tmp_path) == begun
    assert Study.create(config, begun.folder, data=tmp_path) == begun
    content = json.loads((begun.folder / "study.json").read_text())
    assert {"jax", "numpy", "slowpoints", "python"} <= set(content["versions"])
    assert len(content["hash"]) == 10


def test_another_study_in_the_folder_is_refused(config, tmp_path: Path):
    Study.create(config, tmp_path / "study")
    before = (tmp_path / "study" / "study.json").read_bytes()
    other = tiny_config(tmp_path / "corpus.npz", seeds=2, training={"steps": 5})
    with pytest.raises(InputError, match=r"holds another study \(its config differs in seeds, training\)"):
        Study.create(other, tmp_path / "study")
    assert (tmp_path / "study" / "study.json").read_bytes() == before


def test_a_folder_of_something_else_is_refused(config, tmp_path: Path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").touch()
    (tmp_path / "file").touch()
    for name in ("full", "file"):
        with pytest.raises(InputError, match="is there already and is not a study"):
            Study.create(config, tmp_path / name)
    (tmp_path / "empty").mkdir()
    assert Study.create(config, tmp_path / "empty").folder == tmp_path / "empty"


def test_a_folder_without_a_study_is_refused(tmp_path: Path):
    (tmp_path / "file").touch()
    for name in ("none", ".", "file"):
        with pytest.raises(InputError, match=r"is not a study: it has no study\.json"):
            Study.open(tmp_path / name)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"5", b"\xff\xfe"])
def test_a_damaged_study_file_is_named(content, tmp_path: Path):
    (tmp_path / "study.json").write_bytes(content)
    with pytest.raises(InputError, match=r"study\.json is damaged"):
        Study.open(tmp_path)


def test_results_that_are_not_there_are_asked_for(config, tmp_path: Path):
    study = Study.create(config, tmp_path / "study")
    with pytest.raises(InputError, match="has no results yet; run `slowpoints"):
        load_results(study)


@pytest.mark.parametrize("content", [None, b"", b"not zarr"])
def test_damaged_results_are_named(content, config, tmp_path: Path):
    study = Study.create(config, tmp_path / "study")
    study.results_path.mkdir()
    if content is not None:
        (study.results_path / ".zmetadata").write_bytes(content)
    with pytest.raises(InputError, match=r"results\.zarr is damaged"):
        load_results(study)


def test_an_artifact_knows_its_inputs(tmp_path: Path):
    import numpy as np

    path = tmp_path / "artifact.safetensors"
    assert not is_complete(path, "these")
    arrays = {"a": np.arange(6.0).reshape(2, 3).T, "b": np.array(5)}
    save_artifact(path, arrays, "these")
    assert is_complete(path, "these")
    assert not is_complete(path, "those")
    loaded = load_artifact(path)
    assert loaded.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(loaded[name], array)
    path.write_bytes(path.read_bytes()[:-7])
    assert not is_complete(path, "these")
    with pytest.raises(InputError, match="is damaged"):
        load_artifact(path)
