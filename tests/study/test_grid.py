"""From configs to networks: their IDs, their protocols, and the presets' numbers."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.protocols import Schedule
from slowpoints.study import config_from, config_to_mapping, PRESETS
from slowpoints.study.grid import networks_of
from tests.study.tiny import tiny_config, tiny_corpus


@pytest.fixture
def corpus(tmp_path: Path):
    return tiny_corpus(tmp_path / "corpus.npz")


def ids(corpus, **changes) -> list[str]:
    return list(networks_of(tiny_config(Path("corpus.npz"), **changes), corpus))


@pytest.mark.parametrize(
    "changes",
    [
        {"units": 7},
        {"readout": "linear"},
        {"ensemble": 2},
        {"training": {"steps": 61}},
        {"training": {"batch": 5}},
        {"training": {"rate": 0.04}},
        {"training": {"rate_drop": 0.2}},
        {"training": {"rate_drop_at": 0.5}},
        {"training": {"trial_steps": 7}},
        {"training": {"shortest_delay": 3}},
        {"training": {"joint_timing": True}},
        {"training": {"noise": "independent"}},
        {"training": {"noise_bank": 9}},
        {"unit": "lstm"},
    ],
    ids=str,
)
def test_whatever_determines_a_network_changes_its_id(changes, corpus):
    assert not set(ids(corpus)) & set(ids(corpus, **changes))


def test_a_schedule_changes_the_id_of_its_networks_only(corpus):
    def with_schedule(vocabulary):
        return ids(corpus, protocol=["naive", "own"], schedules={"own": {"vocabulary": vocabulary}})

    (naive, own), (same, other) = with_schedule(2), with_schedule(3)
    assert naive == same
    assert own != other


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "another"},
        {"corpus_file": "elsewhere.npz"},
        {"records": 3},
        {"snapshots": 2},
        {"extrapolation": {"delays": [6]}},
        {"extrapolation": {"noise": [3.0]}},
        {"slow_points": {"adam_steps": 3}},
    ],
    ids=str,
)
def test_whatever_does_not_determine_a_network_leaves_its_id(changes, corpus):
    assert ids(corpus) == ids(corpus, **changes)


def test_another_corpus_changes_the_id(corpus, tmp_path: Path):
    assert not set(ids(corpus)) & set(ids(tiny_corpus(tmp_path / "other.npz", seed=1)))
    assert not set(ids(corpus)) & set(ids(dataclasses.replace(corpus, std=corpus.std * 2)))
    assert ids(corpus) == ids(dataclasses.replace(corpus, name="renamed"))


def test_seeds_have_ids_of_their_own_and_more_of_them_keep_the_first(corpus):
    few, many = ids(corpus, seeds=2), ids(corpus, seeds=3)
    assert len(set(many)) == 9
    assert set(few) < set(many)


def test_every_unit_readout_protocol_and_seed_is_a_network(corpus):
    config = tiny_config(Path("c"), unit=["gru", "lstm"], readout=["sigmoid", "linear"], seeds=2)
    networks = networks_of(config, corpus)
    settings = {(r.unit, r.sigmoid, r.protocol.name, r.seed) for r in networks.values()}
    assert len(networks) == len(settings) == 2 * 2 * 3 * 2
    for network, recipe in networks.items():
        assert network.startswith(f"{recipe.unit}-{recipe.protocol.name}-{recipe.seed}-")


def own(schedule, corpus):
    config = tiny_config(Path("c"), protocol="own", schedules={"own": schedule})
    ((_, recipe),) = networks_of(config, corpus).items()
    return recipe.protocol


def test_schedules_of_ones_own(corpus):
    protocol = own({"longest_delay": {"values": [6, 8], "breakpoints": [20]}, "vocabulary": 2}, corpus)
    assert protocol.longest_delay == Schedule((6, 8), (20,))
    assert protocol.vocabulary == Schedule((2,))
    whole = own({}, corpus)
    assert (whole.longest_delay, whole.vocabulary) == (Schedule((8,)), Schedule((3,)))


@pytest.mark.parametrize(
    ("schedule", "sentence"),
    [
        (5, "schedules.own must be a mapping with longest_delay and vocabulary."),
        ({"vocabulry": 2}, "There is no option schedules.own.vocabulry; did you mean vocabulary?"),
        ({"vocabulary": 4}, "schedules.own.vocabulary must be from 1 to 3; got 4."),
        ({"longest_delay": 4}, "schedules.own.longest_delay must be from 5 to 8; got 4."),
        ({"longest_delay": 9}, "schedules.own.longest_delay must be from 5 to 8; got 9."),
        ({"vocabulary": "two"}, "schedules.own.vocabulary must be a whole number or {values: […], breakpoints: […]};"),
        ({"vocabulary": {"values": ["two"]}}, "schedules.own.vocabulary must be a whole number or"),
        ({"vocabulary": {"values": [1.5]}}, "schedules.own.vocabulary must be a whole number or"),
        ({"vocabulary": {"breakpoints": [5]}}, "schedules.own.vocabulary: A schedule has one value more"),
        (
            {"vocabulary": {"values": [2, 3]}},
            "schedules.own.vocabulary: A schedule has one value more than breakpoints",
        ),
        (
            {"vocabulary": {"values": [2, 3], "breakpoints": [0]}},
            "schedules.own.vocabulary: A schedule's breakpoints must be above 0",
        ),
    ],
)
def test_a_mistaken_schedule_is_named(schedule, sentence, corpus):
    with pytest.raises(InputError) as caught:
        own(schedule, corpus)
    assert sentence in str(caught.value)


def test_vocu_with_three_classes_ends_with_all(corpus):
    networks = networks_of(tiny_config(Path("c"), protocol="VoCu", training={"steps": 140_000}), corpus)
    ((_, recipe),) = networks.items()
    assert recipe.protocol.vocabulary == Schedule((2, 3), (98_000,))


PAPER_DELAYS = Schedule((6, 8, 10, 12, 14, 16, 18, 20), tuple(range(20_000, 80_001, 10_000)))
PAPER_VOCABULARY = Schedule(tuple(range(2, 11)), (8_000, 16_000, 26_000, 36_000, 48_000, 62_000, 78_000, 98_000))
"""PROTOCOL.md's table for MNIST."""


@dataclasses.dataclass
class TenClasses:
    """As much of a corpus as the grid reads."""

    classes: int = 10
    checksum: str = ""
    mean: float = 0.1307
    std: float = 0.30816


def protocols_of(preset: str) -> dict:
    return {recipe.protocol.name: recipe.protocol for recipe in networks_of(PRESETS[preset], TenClasses()).values()}


def test_mnist_is_the_papers():
    mapping = config_to_mapping(PRESETS["mnist"])
    expected = {
        "corpus": "mnist",
        "unit": ["gru", "lstm"],
        "units": 200,
        "readout": ["sigmoid"],
        "protocol": ["DeCu", "VoCu", "naive"],
        "seeds": 10,
    }
    assert {name: mapping[name] for name in expected} == expected
    training = mapping["training"]
    assert (training["steps"], training["batch"], training["rate"]) == (140_000, 128, 1e-4)
    assert round(training["rate_drop_at"] * training["steps"]) == 120_000
    assert training["rate"] * training["rate_drop"] == pytest.approx(1e-5)
    assert (training["trial_steps"], training["shortest_delay"], training["joint_timing"]) == (20, 4, False)
    assert mapping["extrapolation"]["delays"][-1] == 1000
    assert mapping["extrapolation"]["noise"][::6] == [1.0, 4.0]
    assert mapping["extrapolation"]["first_trigger"] == 12
    found = mapping["slow_points"]
    assert (found["delay"], found["noise"], found["images_per_class"]) == (15, 1 / 3, 100)
    assert found["adam_steps"] == 100_000


@pytest.mark.parametrize(
    ("preset", "steps"),
    [("mnist", 140_000), ("mnist-half", 70_000), ("mnist-fast", 14_000), ("digits", 12_000), ("digits-quick", 1_400)],
)
def test_presets_scale_the_papers_breakpoints(preset, steps):
    protocols = protocols_of(preset)
    assert PRESETS[preset].training.steps == steps
    assert protocols["DeCu"].longest_delay.values == PAPER_DELAYS.values
    assert protocols["VoCu"].vocabulary.values == PAPER_VOCABULARY.values
    for ours, papers in (
        (protocols["DeCu"].longest_delay.breakpoints, PAPER_DELAYS.breakpoints),
        (protocols["VoCu"].vocabulary.breakpoints, PAPER_VOCABULARY.breakpoints),
    ):
        np.testing.assert_allclose(ours, np.array(papers) * steps / 140_000, atol=0.5)
    assert protocols["DeCu"].vocabulary == protocols["naive"].vocabulary == Schedule((10,))
    assert protocols["VoCu"].longest_delay == protocols["naive"].longest_delay == Schedule((20,))


def test_shorter_presets_train_at_a_higher_rate():
    rates = {name: PRESETS[name].training.rate for name in ("mnist", "mnist-half", "mnist-fast")}
    assert rates == {"mnist": 1e-4, "mnist-half": 2e-4, "mnist-fast": 1e-3}


def test_overriding_a_preset_keeps_the_rest():
    config = config_from({"seeds": 1}, base=PRESETS["mnist"])
    assert dataclasses.replace(config, seeds=10) == PRESETS["mnist"]
