"""A study on disk: begun, opened, grown, and refused."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from slowpoints._errors import InputError
from slowpoints._options import option
from slowpoints.measurements import by_default
from slowpoints.study import _folder, _reading, Grid, named_study, NetworkRecord, Study, StudyConfig
from slowpoints.study._datasets import dataset_path, load_dataset, save_dataset
from slowpoints.study._json import read_checked_json, write_json
from slowpoints.training import TrainingSettings
from tests.study.tiny import tiny_config, write_corpus


@pytest.fixture
def corpus_file(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "corpus.npz")


@pytest.fixture
def begun(corpus_file, tmp_path: Path) -> Study:
    study = Study.create(tiny_config(corpus_file), tmp_path / "study")
    study.save()
    return study


def test_a_study_is_found_again(begun, tmp_path: Path):
    assert Study.open(begun.folder) == begun
    assert Study.create(begun.config, begun.folder) == begun
    content = json.loads((begun.folder / "study.json").read_text())
    assert {"jax", "numpy", "slowpoints", "python"} <= set(content["versions"])


def test_nothing_is_written_before_it_is_saved(corpus_file, tmp_path: Path):
    study = Study.create(tiny_config(corpus_file), tmp_path / "study")
    assert not study.folder.exists()
    with pytest.raises(InputError, match="does not exist"):
        Study.create(tiny_config(tmp_path / "none.npz"), tmp_path / "other")
    lost = tiny_config(corpus_file, protocol="own", schedules={"own": {"order": "random"}})
    with pytest.raises(InputError, match=r"schedules\.own\.order must be corpus or drawn; got 'random'"):
        Study.create(lost, tmp_path / "lost")
    bad = tiny_config(corpus_file, protocol="own", schedules={"own": {"vocabulary": 4}})
    with pytest.raises(InputError, match=r"schedules\.own\.vocabulary must be from 1 to 3"):
        Study.create(bad, tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_a_study_is_opened_without_its_corpus(begun, corpus_file):
    before = list(begun.networks)
    corpus_file.unlink()
    opened = Study.open(begun.folder)
    assert list(opened.networks) == before
    with pytest.raises(InputError, match="does not exist"):
        opened.open_corpus()


def test_another_corpus_in_the_place_of_the_study_s_is_refused(begun, corpus_file):
    write_corpus(corpus_file, seed=1)
    with pytest.raises(InputError, match=r"is not the one that .* began with"):
        begun.open_corpus()


def test_a_study_grows_by_networks_and_measurements(begun, corpus_file):
    first = set(begun.networks)
    more = Study.create(tiny_config(corpus_file, protocol=["DeCu", "VoCu"], seeds=3, unit="lstm"), begun.folder)
    assert first < set(more.networks)
    assert len(more.networks) == 3 + 6
    more.save()
    assert Study.open(begun.folder) == more
    # Asked for what it has, it stays as it is.
    assert Study.create(begun.config, begun.folder).networks == more.networks
    tracked = more.measuring(["tracks"])
    assert {n.measurements for n in tracked.networks.values()} == {(*by_default(), "tracks")}


def test_a_study_takes_another_measurement_s_options(begun, corpus_file):
    changed = Study.create(tiny_config(corpus_file, measurements={"lifetimes": {"draws": 9}}), begun.folder)
    assert changed.config.measurements["lifetimes"].draws == 9
    assert changed.networks == begun.networks


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"units": 7}, "units"),
        ({"training": {"steps": 61}}, "training"),
        ({"task": {"trial_steps": 7}, "snapshots": 2}, "task, snapshots"),
        ({"ensemble": 2}, "ensemble"),
    ],
)
def test_what_makes_another_study_is_refused(changes, named, begun, corpus_file):
    before = (begun.folder / "study.json").read_bytes()
    with pytest.raises(InputError, match=rf"holds another study \(its config differs in {named}\); choose another"):
        Study.create(tiny_config(corpus_file, **changes), begun.folder)
    assert (begun.folder / "study.json").read_bytes() == before


def test_a_schedule_may_be_added_but_not_changed(begun, corpus_file):
    def with_schedule(vocabulary):
        return tiny_config(corpus_file, protocol="own", schedules={"own": {"vocabulary": vocabulary}})

    grown = Study.create(with_schedule(2), begun.folder)
    grown.save()
    assert len(grown.networks) == 4
    with pytest.raises(InputError, match=r"differs in schedules\.own"):
        Study.create(with_schedule(3), begun.folder)
    # A config that does not name it leaves it.
    assert Study.create(begun.config, begun.folder).networks == grown.networks


def test_a_folder_of_something_else_is_refused(corpus_file, tmp_path: Path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").touch()
    (tmp_path / "file").touch()
    for name in ("full", "file"):
        with pytest.raises(InputError, match="is there already and is not a study"):
            Study.create(tiny_config(corpus_file), tmp_path / name)
    (tmp_path / "empty").mkdir()
    assert Study.create(tiny_config(corpus_file), tmp_path / "empty").folder == tmp_path / "empty"


def test_a_study_begins_where_a_full_disk_had_cut_it_off(corpus_file, tmp_path: Path):
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / ".study.json.here-5.partial").touch()
    Study.create(tiny_config(corpus_file), folder).save()
    assert Study.open(folder).networks


def test_a_folder_where_a_file_belongs_is_set_aside(tmp_path: Path):
    path = tmp_path / "tasks.json"
    (path / "within").mkdir(parents=True)
    write_json(path, {"training": {"seconds": 5}})
    assert read_checked_json(path) == {"training": {"seconds": 5}}
    assert (tmp_path / "tasks.json.damaged" / "within").is_dir()


def test_a_folder_without_a_study_is_refused(tmp_path: Path):
    (tmp_path / "file").touch()
    for name in ("none", ".", "file"):
        with pytest.raises(InputError, match=r"is not a study: it has no study\.json"):
            Study.open(tmp_path / name)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"5", b"\xff\xfe", b'{"config": {}, "corpus": {}}'])
def test_a_damaged_study_file_is_named(content, tmp_path: Path):
    (tmp_path / "study.json").write_bytes(content)
    with pytest.raises(InputError, match=r"study\.json is damaged"):
        Study.open(tmp_path)


def test_a_person_may_name_a_folder_a_file_or_a_preset(begun, corpus_file, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert named_study(begun.folder, overrides={}) == begun
    assert len(named_study(begun.folder, overrides={"seeds": 2}).networks) == 6
    with pytest.raises(InputError, match="grows where it lies; leave out --output elsewhere"):
        named_study(begun.folder, overrides={}, output=Path("elsewhere"))
    Path("mine.yaml").write_text(f"corpus: arrays\ncorpus_file: {corpus_file}\nname: mine\n")
    assert named_study(Path("mine.yaml"), overrides={}).folder == Path("studies/mine")
    # A folder that merely bears a preset's name is not in the preset's way.
    Path("digits").mkdir()
    one_each = (Grid(protocol=("DeCu", "VoCu"), seeds=1), Grid(protocol=("naive",), seeds=1))
    assert named_study(Path("digits"), overrides={"seeds": 1}).config.networks == one_each
    with pytest.raises(InputError, match="none is not a study, a config file or a preset"):
        named_study(Path("none"), overrides={})


@pytest.mark.parametrize("content", [b"", b"{", b"5", b'{"network": "x"}', b"\xff"])
def test_a_damaged_record_is_named(content, tmp_path: Path):
    assert NetworkRecord.read(tmp_path) is None
    (tmp_path / "network.json").write_bytes(content)
    with pytest.raises(InputError, match=r"network\.json is damaged"):
        NetworkRecord.read(tmp_path)


@pytest.fixture
def dataset() -> xr.Dataset:
    return xr.Dataset(
        {
            "speed": (("class", "step"), np.array([[1.0, np.nan], [1e-300, np.inf]]), {"units": "1/step"}),
            "outcome": ("class", np.array(["slow point", "kein „Start“"])),
            "count": ("class", np.array([-1, 2], np.int32)),
        },
        coords={"class": np.array([0, 1], np.int32), "step": np.array([5, 10], np.int32)},
        attrs={"genealogy": '{"a": [1, 2]}'},
    )


def test_a_dataset_is_read_as_it_was_written(dataset, tmp_path: Path):
    path = dataset_path(tmp_path, "slow_points", "abc")
    save_dataset(path, dataset)
    loaded = load_dataset(path)
    xr.testing.assert_identical(loaded, dataset)
    assert loaded["outcome"].dtype.kind == "U"
    first = path.read_bytes()
    save_dataset(path, dataset)
    assert path.read_bytes() == first


def test_a_new_dataset_takes_the_place_of_the_old(dataset, tmp_path: Path):
    for name, fingerprint in (("slow", "a"), ("slow_points", "b"), ("slow_points", "c")):
        save_dataset(dataset_path(tmp_path, name, fingerprint), dataset)
    assert {path.name for path in (tmp_path / "measurements").iterdir()} == {"slow-a.nc.gz", "slow_points-c.nc.gz"}


@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty", "text"])
def test_a_damaged_dataset_is_named(damage, dataset, tmp_path: Path):
    path = dataset_path(tmp_path, "slow_points", "abc")
    save_dataset(path, dataset)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes({"truncated": content[:-9], "flipped": content, "empty": b"", "text": b"nonsense"}[damage])
    with pytest.raises(InputError, match=r"slow_points-abc\.nc\.gz is damaged"):
        load_dataset(path)
    path.unlink()
    with pytest.raises(InputError, match=r"slow_points-abc\.nc\.gz does not exist"):
        load_dataset(path)


def test_a_study_written_before_an_option_was_added_means_what_was_done_then(begun, monkeypatch):
    @dataclasses.dataclass(frozen=True)
    class Extended(TrainingSettings):
        decay: float = option(0.01, "New.", low=0.0, high=1.0, before=0.0)

    @dataclasses.dataclass(frozen=True)
    class Config(StudyConfig):
        training: Extended = option(Extended(), "How networks are trained.")

    monkeypatch.setattr(_reading, "StudyConfig", Config)
    monkeypatch.setattr(_folder, "StudyConfig", Config)
    opened = Study.open(begun.folder)
    assert opened.config.training.decay == 0.0
    assert set(opened.networks) == set(begun.networks)
