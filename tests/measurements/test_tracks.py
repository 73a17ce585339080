"""Points followed back through a study's snapshots: what is kept, and what is said where it cannot be done."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from slowpoints.dynamics._states import flatten
from slowpoints.measurements._measurement import Needed, Subject
from slowpoints.measurements.tracks._ancestry import _distances, _start, introductions
from slowpoints.measurements.tracks._following import Maps
from slowpoints.plots import figures
from slowpoints.protocols import decu, naive, Schedule, vocu
from slowpoints.report import write_report
from slowpoints.study import results_of, run_study, status_of, Study
from slowpoints.study._config import settings_of
from slowpoints.study._datasets import load_dataset
from slowpoints.task import DelayedRecall
from slowpoints.training import History, load_network, snapshot_path, snapshot_schedule, snapshot_steps
from tests.study.here import Here
from tests.study.tiny import CLASSES, finished, STEPS, tiny_config
from tests.training.tiny import recipe


@pytest.fixture(scope="module")
def tracked(tmp_path_factory) -> Study:
    """The tiny study searched until its points are certified, and tracked. Read only."""
    source = finished(tmp_path_factory)
    folder = tmp_path_factory.mktemp("tracked") / "study"
    shutil.copytree(source.folder, folder)
    config = tiny_config(
        Path(source.config.corpus_file or ""),
        measurements={
            "slow_points": {"newton_iterations": 400},
            "tracks": {"adam_steps": 5, "trials_per_class": 6, "pause_steps": 50, "splits": 2},
        },
    )
    study = Study.open(folder).grown(config).measuring(["tracks"])
    assert run_study(study, only=["tracks"], engine=Here()) == ()
    return study


@pytest.fixture(scope="module")
def results(tracked) -> xr.DataTree:
    return results_of(tracked)


@pytest.fixture
def copy(tracked, tmp_path) -> Study:
    shutil.copytree(tracked.folder, tmp_path / "copy")
    return Study.open(tmp_path / "copy")


def tracks_of(study: Study, network: str) -> Path:
    return study.dataset_paths(network, study.record(network))["tracks"]


def test_tracks_end_at_the_points_that_were_found(tracked, results):
    tracks, points = results["tracks"].to_dataset(), results["slow_points"].to_dataset()
    last = tracks.sel(tracking="certified", step=STEPS)
    found = points.sel(search="newton")
    certified = found["outcome"].isin(["fixed point", "slow point", "edge"])
    assert certified.any()
    np.testing.assert_array_equal(last["root_speed"].notnull(), certified)
    np.testing.assert_allclose(
        last["root_speed"].values[certified], found["root_speed"].values[certified], rtol=1e-5, atol=1e-12
    )
    np.testing.assert_array_equal(last["readout_class"].values[certified], found["readout_class"].values[certified])


def test_each_network_has_its_own_snapshots(tracked, results):
    tracks = results["tracks"].to_dataset()
    for network, planned in tracked.networks.items():
        steps = snapshot_steps(tracked.network_folder(network))
        one = tracks.sel(network=network)
        there = one["noisy_accuracy"].notnull().any("class")
        assert tuple(tracks["step"].values[there]) == steps
        assert one["vocabulary"].sel(step=STEPS) == CLASSES
        np.testing.assert_array_equal(one["introduced"], introductions(planned.recipe.protocol, CLASSES))


def test_accuracy_and_pauses_are_measured_at_every_snapshot(results):
    tracks = results["tracks"].to_dataset()
    accuracy = tracks["noisy_accuracy"]
    assert ((accuracy >= 0) & (accuracy <= 1) | accuracy.isnull()).all()
    np.testing.assert_allclose(6 * accuracy.fillna(0), np.round(6 * accuracy.fillna(0)), atol=1e-5)
    assert {"pause_root_speed", "pause", "lifetime"} <= set(tracks.data_vars)
    assert tracks["pause_root_speed"].notnull().any()


def test_before_a_class_is_shown_there_is_nothing_of_it(results):
    tracks = results["tracks"].to_dataset()
    there = tracks["vocabulary"].notnull()
    shown = tracks["class"] < tracks["vocabulary"].fillna(0)
    assert (tracks["protocol"] == "VoCu").any()
    assert not shown.where(there, True).all()
    np.testing.assert_array_equal(
        tracks["noisy_accuracy"].notnull(), (shown & there).transpose("network", "class", "step")
    )
    assert (tracks["lifetime"].where(~shown, -1) == -1).all()


def test_every_second_snapshot_is_compared(results):
    apart = results["tracks"]["apart"].sel(tracking="certified")
    there = results["tracks"]["root_speed"].sel(tracking="certified").notnull()
    for network in apart["network"].values:
        one = there.sel(network=network).any("class").values
        compared = apart.sel(network=network).notnull().any("class").values
        if one.any():
            np.testing.assert_array_equal(np.flatnonzero(compared)[::-1], np.flatnonzero(one)[::-1][::2])
    assert (apart.isel(step=-1).dropna("network", how="all").fillna(0) == 0).all()


def test_a_class_is_followed_back_to_just_before_its_introduction(results):
    tracks = results["tracks"].to_dataset()
    vocu_ = tracks.isel(network=int(np.flatnonzero(tracks["protocol"].values == "VoCu")[0]))
    introduced = vocu_["introduced"].values
    followed = (vocu_["short_readout_class"] > -2).values
    for c in np.flatnonzero(followed.any(1)):
        steps = tracks["step"].values[followed[c]]
        assert steps[0] == introduced[c]
        later = introduced[introduced > introduced[c]]
        assert steps[-1] == (later.min() if later.size else STEPS)
        # Just before a class is shown, no readout of it counts.
        if introduced[c] > 0:
            assert vocu_["short_readout_class"].values[c][followed[c]][0] < (introduced < introduced[c]).sum()
    others = tracks["protocol"] != "VoCu"
    assert (tracks["short_readout_class"].where(others, -2) == -2).all()


def test_events_and_genealogy_are_plain_json(tracked):
    found = 0
    for network in tracked.networks:
        attributes = load_dataset(tracks_of(tracked, network)).attrs
        if "genealogy" not in attributes:
            continue
        content = json.loads(attributes["genealogy"])
        points = len(content["class"])
        assert tuple(content["step"]) == snapshot_steps(tracked.network_folder(network))
        assert len(content["lineages"]) == points
        assert all(set(event["points"]) <= set(range(points)) for event in content["events"])
        found += 1
    assert found


def test_the_report_shows_them(tracked, results, tmp_path):
    assert "tracked_speeds" in figures(results)
    page = write_report(results, tmp_path).read_text()
    assert "Where slow points come from" in page
    assert "has not been run" not in page.split('id="formation"')[1].split("</section>")[0]


def test_a_network_cut_off_is_tracked_to_the_same_bits(copy):
    assert {status.tasks["tracks"] for status in status_of(copy)} == {"done"}
    path = tracks_of(copy, next(iter(copy.networks)))
    before = path.read_bytes()
    path.unlink()
    assert run_study(copy, only=["tracks"], engine=Here()) == ()
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_a_snapshot_that_cannot_be_read_is_made_anew(damage, copy):
    network = next(iter(copy.networks))
    tracks_of(copy, network).unlink()
    path = snapshot_path(copy.network_folder(network), 20)
    whole = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-7])
    assert run_study(copy, only=["tracks"], engine=Here()) == ()
    assert path.read_bytes() == whole
    assert tracks_of(copy, network).exists()


def test_introductions_are_those_of_the_schedule():
    vocabulary, steps = vocu(classes=4).vocabulary, introductions(vocu(classes=4), 4)
    assert steps[:2].tolist() == [0, 0]
    for c in (2, 3):
        assert (vocabulary(int(steps[c]) - 1), vocabulary(int(steps[c]))) == (c, c + 1)
    for protocol in (decu(classes=4), naive(classes=4)):
        np.testing.assert_array_equal(introductions(protocol, 4), 0)


def test_a_class_that_is_never_shown_is_not_introduced():
    never = recipe(vocabulary=Schedule((2,))).protocol
    np.testing.assert_array_equal(introductions(never, 3), [0, 0, -1])


def test_snapshots_lie_closer_beside_changes():
    made = recipe(lengths=Schedule((6, 8), (40,)), steps=100)
    assert snapshot_schedule(made, 16) == (0, 16, 32, 40, 48, 64, 80, 96, 100)
    assert set(snapshot_schedule(made, 16, 3)) - set(snapshot_schedule(made, 16)) == {36, 38, 42, 44}
    assert snapshot_schedule(recipe(steps=10), 3) == (0, 3, 6, 9, 10)


def test_maps_hold_their_readout(tracked):
    network = next(iter(tracked.networks))
    folder = tracked.network_folder(network)
    steps = snapshot_steps(folder)
    maps = Maps(History(folder, steps), lambda network: network.under(0.3))
    assert len(maps) == len(steps)
    assert maps.some(slice(1, None, 2)).steps == steps[1::2]
    trained = load_network(snapshot_path(folder, steps[-1]))
    state = np.full(6, 0.25, np.float32)
    moved = trained.unit.step(state, trained.drive(np.full(25, 0.3, np.float32), 1.0))
    best = int(np.argmax(np.asarray(trained.outputs(moved))[:3])) - 1
    assert maps[-1].read_out(state[None], 2).tolist() == [best]


def test_how_near_a_point_is_to_those_of_existing_classes(tracked):
    name, planned = next((n, p) for n, p in tracked.networks.items() if p.recipe.protocol.name == "VoCu")
    recipe, corpus = planned.recipe, tracked.open_corpus()
    history = History(tracked.network_folder(name), snapshot_steps(tracked.network_folder(name)))
    subject = Subject(history, corpus, DelayedRecall.of(recipe.task, corpus), recipe.protocol, recipe.seed)
    maps, settings = Maps(history, subject.under_noise), settings_of(tracked.config, "tracks")
    found = Needed(xr.Dataset(), settings_of(tracked.config, "slow_points"))
    # The last snapshot before the last class is shown: where two classes have points.
    k = max(k for k, step in enumerate(maps.steps) if subject.shown(step) < CLASSES)
    points = [_start(subject, found, maps, c, k) for c in range(subject.shown(maps.steps[k]))]
    rows = np.concatenate([flatten(point) for point in points if point is not None])
    aside = rows[:1] + 0.3 * np.eye(rows.shape[1])[:1]
    own, random = _distances(subject, settings, found, maps, k, aside)
    expected = min(np.linalg.norm(aside[0] - row) for row in rows) / rows.shape[1] ** 0.5
    np.testing.assert_allclose(own, expected, rtol=1e-6)
    assert random.shape == (settings.random_starts,)
    assert np.isfinite(random).any()
    assert _distances(subject, settings, found, maps, k, rows[:1])[0] < 1e-6
    # Of points anywhere in the box, the nearest of theirs cannot be farther than across it.
    assert (random[np.isfinite(random)] <= 2.0).all()
