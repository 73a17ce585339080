"""Studies that travel: exported, opened elsewhere, and gathered from several machines."""

import dataclasses
import shutil
from pathlib import Path

import jax
import pytest
import xarray as xr

from slowpoints._errors import Damaged, InputError
from slowpoints.claims import as_records, judge
from slowpoints.report import write_report
from slowpoints.study import export, gather, missing_tasks, results_of, status_of, Study
from slowpoints.training import checksum_of, load_network, snapshot_path, snapshot_steps
from slowpoints.training._checkpoints import save_snapshot
from tests.study.tiny import finished, STEPS, tiny_config, write_corpus


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Study:
    """Read only."""
    return finished(tmp_path_factory)


@pytest.fixture
def copy(study, tmp_path: Path) -> Study:
    shutil.copytree(study.folder, tmp_path / "copy")
    return Study.open(tmp_path / "copy")


def without(results: xr.DataTree) -> dict[str, xr.Dataset]:
    """The groups of results, without what tells of the study as a whole."""
    return {name: group.to_dataset() for name, group in results.children.items()}


def test_an_export_gives_the_same_results_and_holds_no_weights(study, tmp_path: Path):
    assert export(study, tmp_path / "small") == 3
    names = {path.relative_to(tmp_path / "small").parts[-1] for path in (tmp_path / "small").rglob("*")}
    assert not any(name.endswith(".safetensors") for name in names)
    opened = Study.open(tmp_path / "small")
    xr.testing.assert_identical(results_of(opened), results_of(study))
    assert as_records(judge(results_of(opened))) == as_records(judge(results_of(study)))
    assert status_of(opened) == status_of(study)
    assert write_report(results_of(opened), tmp_path / "page").read_text().startswith("<!DOCTYPE html>")


def test_an_export_can_hold_the_final_weights(study, tmp_path: Path):
    export(study, tmp_path / "small", weights=True)
    opened = Study.open(tmp_path / "small")
    for network in opened.networks:
        assert snapshot_steps(opened.network_folder(network)) == (STEPS,)
        mine, theirs = (snapshot_path(s.network_folder(network), STEPS) for s in (study, opened))
        assert mine.read_bytes() == theirs.read_bytes()


def test_weights_that_were_not_kept_cannot_be_exported(copy, tmp_path: Path):
    network = next(iter(copy.networks))
    snapshot_path(copy.network_folder(network), STEPS).unlink()
    with pytest.raises(InputError, match=f"The weights of {network} were not kept"):
        export(copy, tmp_path / "small", weights=True)
    assert not (tmp_path / "small").exists()
    assert export(copy, tmp_path / "small") == 3


def test_weights_trained_anew_take_the_place_of_those_exported(copy, tmp_path: Path):
    export(copy, tmp_path / "small", weights=True)
    network = next(iter(copy.networks))
    weights = trained_elsewhere(copy, network, finished="2001-01-01T00:00:00+00:00")
    export(copy, tmp_path / "small", weights=True)
    assert checksum_of(snapshot_path(Study.open(tmp_path / "small").network_folder(network), STEPS)) == weights


def test_an_export_is_brought_up_to_date(copy, tmp_path: Path):
    first, *others = copy.networks
    kept = copy.network_folder(first)
    shutil.move(kept, tmp_path / "away")
    assert export(copy, tmp_path / "small") == 2
    shutil.move(tmp_path / "away", kept)
    assert export(copy, tmp_path / "small") == 3
    assert list(results_of(Study.open(tmp_path / "small"))["learning"].network.values) == [first, *others]


def test_an_export_leaves_what_is_not_up_to_date(copy, tmp_path: Path):
    stale = copy.grown(
        tiny_config(Path(copy.config.corpus_file or ""), measurements={"slow_points": {"adam_steps": 7}})
    )
    export(stale, tmp_path / "small")
    assert set(results_of(Study.open(tmp_path / "small")).children) == {"learning", "extrapolation"}


def test_an_export_overwrites_nothing_else(study, tmp_path: Path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.tex").touch()
    with pytest.raises(InputError, match="is there already and is not a study"):
        export(study, tmp_path / "thesis")
    with pytest.raises(InputError, match="is the study itself"):
        export(study, study.folder)
    assert [path.name for path in (tmp_path / "thesis").iterdir()] == ["thesis.tex"]


def piece(study: Study, folder: Path, protocols: list[str]) -> Study:
    """A part of a study as another machine would leave it."""
    config = tiny_config(Path(study.config.corpus_file or ""), protocol=protocols)
    part = dataclasses.replace(study, config=config, folder=folder)
    part.save()
    for network in part.networks:
        shutil.copytree(study.network_folder(network), part.network_folder(network))
    return part


def test_pieces_are_gathered_into_one_study(study, tmp_path: Path):
    one = piece(study, tmp_path / "one", ["DeCu", "naive"])
    other = piece(study, tmp_path / "other", ["VoCu", "naive"])
    gathered = gather([one, other], tmp_path / "all")
    assert (gathered.added, gathered.left_out) == (3, {})
    opened = Study.open(tmp_path / "all")
    assert set(opened.networks) == set(study.networks)
    assert missing_tasks(opened) == []
    ours, theirs = without(results_of(opened)), without(results_of(study))
    for name, group in theirs.items():
        xr.testing.assert_identical(ours[name].sel(network=group.network), group)
    # Once more, nothing is new.
    again = gather([one, other], tmp_path / "all")
    assert (again.added, again.left_out) == (0, {})


def trained_elsewhere(study: Study, network: str, *, finished: str) -> str:
    """Makes a network one of another machine, with slightly other weights; gives their checksum."""
    record, folder = study.record(network), study.network_folder(network)
    assert record is not None
    path = snapshot_path(folder, STEPS)
    save_snapshot(folder, jax.tree.map(lambda weights: 1.01 * weights, load_network(path)), step=STEPS)
    weights = checksum_of(path)
    dataclasses.replace(record, weights=weights, finished=finished, processor="Another CPU").write(folder)
    return weights


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_networks_with_other_weights_the_one_finished_first_counts(order, study, tmp_path: Path):
    one = piece(study, tmp_path / "one", ["DeCu"])
    other = piece(study, tmp_path / "other", ["DeCu"])
    (network,) = one.networks
    mine = one.record(network)
    assert mine is not None
    weights = trained_elsewhere(other, network, finished="2001-01-01T00:00:00+00:00")
    assert weights != mine.weights
    gathered = gather([one, other][::order], tmp_path / "all")
    assert gathered.added == 1
    record = gathered.study.record(network)
    assert record is not None
    assert (record.processor, record.weights) == ("Another CPU", weights)
    (sentence,) = gathered.left_out.values()
    assert "the one trained on Another CPU, finished 2001-01-01T00:00:00+00:00, counts" in sentence
    assert mine.processor in sentence


def test_a_damaged_network_takes_no_other_s_place(study, tmp_path: Path):
    joined, other = (piece(study, tmp_path / name, ["DeCu"]) for name in ("joined", "other"))
    (network,) = other.networks
    trained_elsewhere(other, network, finished="2001-01-01T00:00:00+00:00")
    snapshot = snapshot_path(other.network_folder(network), STEPS)
    snapshot.write_bytes(snapshot.read_bytes()[:-1])
    before = {path: path.read_bytes() for path in joined.folder.rglob("*") if path.is_file()}
    with pytest.raises(Damaged, match="its checksum is not the one"):
        gather([other], joined.folder)
    assert {path: path.read_bytes() for path in joined.folder.rglob("*") if path.is_file()} == before


def test_studies_of_other_kinds_are_not_gathered(study, tmp_path: Path):
    one = piece(study, tmp_path / "one", ["DeCu"])
    other = dataclasses.replace(one, config=tiny_config(Path("c.npz"), units=7), folder=tmp_path / "other")
    with pytest.raises(InputError, match="differs in units"):
        gather([one, other], tmp_path / "all")
    corpus = write_corpus(tmp_path / "corpus.npz", seed=1)
    third = Study.create(tiny_config(corpus), tmp_path / "third")
    with pytest.raises(InputError, match="is of another corpus than"):
        gather([one, third], tmp_path / "all")
    third.save()
    for travel in (lambda: gather([one], third.folder), lambda: export(one, third.folder)):
        with pytest.raises(InputError, match="is of another corpus than"):
            travel()
    with pytest.raises(InputError, match="at least one study"):
        gather([], tmp_path / "all")
    assert not (tmp_path / "all").exists()
