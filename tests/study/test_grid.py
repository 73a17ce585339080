"""From configs to networks: their order, their IDs, their protocols, and the presets' numbers."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints._options import identity, option
from slowpoints.networks import GRU
from slowpoints.protocols import Schedule
from slowpoints.study import config_from, config_to_mapping, CorpusFacts, Grid, PRESETS
from slowpoints.study._grid import groups_of, joined, networks_of
from slowpoints.study._identity import network_id
from slowpoints.task import TaskSettings
from slowpoints.training import TrainingSettings
from tests.study.tiny import tiny_config, tiny_corpus


@pytest.fixture
def corpus(tmp_path: Path) -> CorpusFacts:
    return CorpusFacts.of(tiny_corpus(tmp_path / "corpus.npz"))


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
        {"task": {"trial_steps": 7}},
        {"task": {"shortest_delay": 3}},
        {"task": {"joint_timing": True}},
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
        {"measurements": {"extrapolation": {"delays": [6]}}},
        {"measurements": {"extrapolation": {"noise": [3.0]}}},
        {"measurements": {"slow_points": {"adam_steps": 3}}},
        {"keep": "nothing"},
    ],
    ids=str,
)
def test_whatever_does_not_determine_a_network_leaves_its_id(changes, corpus):
    assert ids(corpus) == ids(corpus, **changes)


def test_another_corpus_changes_the_id(corpus, tmp_path: Path):
    assert not set(ids(corpus)) & set(ids(CorpusFacts.of(tiny_corpus(tmp_path / "other.npz", seed=1))))
    assert not set(ids(corpus)) & set(ids(dataclasses.replace(corpus, std=corpus.std * 2)))
    assert ids(corpus) == ids(dataclasses.replace(corpus, name="renamed"))


def test_seeds_have_ids_of_their_own_and_more_of_them_keep_the_first(corpus):
    few, many = ids(corpus, seeds=2), ids(corpus, seeds=3)
    assert len(set(many)) == 9
    assert set(few) < set(many)


def test_every_unit_readout_protocol_and_seed_is_a_network(corpus):
    config = tiny_config(Path("c"), unit=["gru", "lstm"], readout=["sigmoid", "linear"], seeds=2)
    networks = networks_of(config, corpus)
    settings = {(n.recipe.unit, n.recipe.readout, n.recipe.protocol.name, n.recipe.seed) for n in networks.values()}
    assert len(networks) == len(settings) == 2 * 2 * 3 * 2
    for network, planned in networks.items():
        recipe = planned.recipe
        assert network.startswith(f"{recipe.unit}-{recipe.readout}-{recipe.protocol.name}-{recipe.seed}-")


def test_networks_come_seed_by_seed_so_that_pairs_are_whole(corpus):
    config = tiny_config(Path("c"), protocol=["DeCu", "VoCu"], seeds=[4, 0, 2])
    order = [(n.recipe.seed, n.recipe.protocol.name) for n in networks_of(config, corpus).values()]
    assert order == [(seed, protocol) for seed in (0, 2, 4) for protocol in ("DeCu", "VoCu")]


@pytest.mark.parametrize(("own", "base"), [(None, 0), (7, 7)])
def test_further_trainings_of_a_seed_have_its_weights_and_other_data(own, base, corpus):
    once, config = ({"seeds": 2, "trainings": n, "training": {"data_seed": own}} for n in (1, 3))
    networks = networks_of(tiny_config(Path("c"), protocol=["DeCu", "VoCu"], **config), corpus)
    assert set(networks_of(tiny_config(Path("c"), protocol=["DeCu", "VoCu"], **once), corpus)) < set(networks)
    assert tiny_config(Path("c"), protocol=["DeCu", "VoCu"], **config).networks[0].count == len(networks) == 12
    for seed in range(2):
        first = base if own else seed
        data = [n.recipe.training.data_seed for n in networks.values() if n.recipe.seed == seed]
        assert data == [own, own, *2 * [first + 1_000_000], *2 * [first + 2_000_000]]
    # Networks of one group may be of other data.
    assert {len(group) for group in groups_of(networks, 6)} == {6}


def test_a_network_that_several_grids_name_has_the_measurements_of_all(corpus):
    grids = [
        {"unit": "lstm", "protocol": "DeCu", "seeds": 3, "measurements": ["lifetimes"]},
        {"unit": "lstm", "protocol": "DeCu", "seeds": 1, "measurements": ["extrapolation", "tracks"]},
    ]
    measured = [n.measurements for n in networks_of(tiny_config(Path("c"), networks=grids), corpus).values()]
    # What they need comes with them, in the order of the registry.
    assert measured == [("extrapolation", "slow_points", "lifetimes", "tracks")] + 2 * [("slow_points", "lifetimes")]


def test_grids_are_joined_without_any_that_another_covers():
    few, many = Grid(seeds=2), Grid(seeds=3)
    tracked = Grid(seeds=1, measurements=("tracks",))
    assert joined((few,), (many,)) == joined((many,), (few,)) == (many,)
    assert joined((few,), (tracked,)) == (few, tracked)
    assert joined((few, tracked), (few, tracked)) == (few, tracked)
    assert joined((Grid(protocol=("DeCu",)), Grid(protocol=("VoCu",))), (Grid(),)) == (Grid(),)


@pytest.mark.parametrize("ensemble", [1, 2, 3])
def test_ensembles_are_of_one_setting(ensemble, corpus):
    networks = networks_of(tiny_config(Path("c"), seeds=4, ensemble=ensemble), corpus)
    groups = groups_of(networks, ensemble)
    assert sorted(n for group in groups for n in group) == sorted(networks)
    for group in groups:
        assert 1 <= len(group) <= ensemble
        assert len({(networks[n].recipe.unit, networks[n].recipe.protocol) for n in group}) == 1
    assert [groups[k][0] for k in range(3)] == list(networks)[:3]


# IDs as they were when this was written. One that changes orphans every network trained before: raise a `revision`
# on purpose, or give a new option its `before`.
KNOWN = {
    "gru-sigmoid-DeCu-0-fe98a1d511": {},
    "lstm-linear-VoCu-3-91a125ee48": {"unit": "lstm", "readout": "linear", "protocol": "VoCu", "seeds": [3]},
    "gru-sigmoid-naive-1-00e82decc1": {"protocol": "naive", "seeds": [1], "ensemble": 2, "training": {"rate": 0.5}},
}
FACTS = CorpusFacts("known", "0" * 64, classes=3, pixels=25, mean=0.25, std=0.5)


@pytest.mark.parametrize("known", KNOWN)
def test_ids_stay_what_they_were(known):
    assert known in ids(FACTS, **KNOWN[known])


def recipe_of(corpus):
    return next(iter(networks_of(tiny_config(Path("c")), corpus).values())).recipe


def extended(settings, name: str, default, before):
    """The same settings as if an option had been added to their class."""
    kind = type(settings)
    added = dataclasses.make_dataclass(
        kind.__name__, [(name, type(default), option(default, "New.", before=before))], bases=(kind,), frozen=True
    )
    return lambda **changes: added(
        **{field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)}, **changes
    )


@pytest.mark.parametrize("part", ["task", "training"])
def test_an_option_that_is_added_leaves_old_ids(part, corpus):
    recipe = recipe_of(corpus)
    old = network_id(recipe, corpus, 1)
    # Its default may be anything: what counts is the value that says what was done before.
    make = extended(getattr(recipe, part), "clip", default=0.5, before=0.0)
    without = dataclasses.replace(recipe, **{part: make(clip=0.0)})
    by_default = dataclasses.replace(recipe, **{part: make()})
    assert network_id(without, corpus, 1) == old
    assert network_id(by_default, corpus, 1) != old


@pytest.mark.parametrize("part", [TaskSettings, TrainingSettings, GRU], ids=lambda part: part.__name__)
def test_a_part_that_means_something_else_changes_ids(part, corpus, monkeypatch):
    before = ids(corpus)
    monkeypatch.setattr(part, "revision", 2)
    assert not set(before) & set(ids(corpus))
    if part is GRU:
        lstm = ids(corpus, unit="lstm")
        monkeypatch.undo()
        assert ids(corpus, unit="lstm") == lstm


def own(schedule, corpus):
    config = tiny_config(Path("c"), protocol="own", schedules={"own": schedule})
    (planned,) = networks_of(config, corpus).values()
    return planned.recipe.protocol


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
        ({"vocabulry": 2}, "There is no option schedules.own.vocabulry; did you mean schedules.own.vocabulary?"),
        ({"vocabulary": 4}, "schedules.own.vocabulary must be from 1 to 3; got 4."),
        ({"longest_delay": 4}, "schedules.own.longest_delay must be from 5 to 8; got 4."),
        ({"longest_delay": 9}, "schedules.own.longest_delay must be from 5 to 8; got 9."),
        ({"vocabulary": "two"}, "schedules.own.vocabulary must be a whole number or {values: […], breakpoints: […]};"),
        ({"vocabulary": {"values": ["two"]}}, "schedules.own.vocabulary must be a whole number or"),
        ({"vocabulary": {"values": [1.5]}}, "schedules.own.vocabulary must be a whole number or"),
        ({"vocabulary": {"breakpoints": [5]}}, "schedules.own.vocabulary: A schedule has one value more"),
        ({"vocabulary": True}, "schedules.own.vocabulary must be a whole number or"),
        ({"vocabulary": {"value": [2]}}, "There is no option schedules.own.vocabulary.value; did you mean values?"),
        (
            {"vocabulary": {"values": [2, 3], "breakpoints": [60]}},
            "schedules.own.vocabulary changes at step 60, but training has only 60 steps.",
        ),
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
    (planned,) = networks_of(tiny_config(Path("c"), protocol="VoCu", training={"steps": 140_000}), corpus).values()
    assert planned.recipe.protocol.vocabulary == Schedule((2, 3), (98_000,))


PAPER_DELAYS = Schedule((6, 8, 10, 12, 14, 16, 18, 20), tuple(range(20_000, 80_001, 10_000)))
PAPER_VOCABULARY = Schedule(tuple(range(2, 11)), (8_000, 16_000, 26_000, 36_000, 48_000, 62_000, 78_000, 98_000))
"""PROTOCOL.md's table for MNIST."""


def protocols_of(preset):
    shape = (32, 32, 3) if PRESETS[preset].corpus.startswith("cifar") else FACTS.image_shape
    ten = dataclasses.replace(FACTS, classes=10, image_shape=shape)
    return {n.recipe.protocol.name: n.recipe.protocol for n in networks_of(PRESETS[preset], ten).values()}


def test_mnist_is_the_papers():
    mapping = config_to_mapping(PRESETS["mnist"])
    assert (mapping["corpus"], mapping["units"]) == ("mnist", 200)
    (grid,) = mapping["networks"]
    expected = {
        "unit": ["gru", "lstm"],
        "readout": ["sigmoid"],
        "protocol": ["DeCu", "VoCu", "naive"],
        "seeds": 10,
    }
    assert {name: grid[name] for name in expected} == expected
    training, task = mapping["training"], mapping["task"]
    assert (training["steps"], training["batch"], training["rate"]) == (140_000, 128, 1e-4)
    assert round(training["rate_drop_at"] * training["steps"]) == 120_000
    assert training["rate"] * training["rate_drop"] == pytest.approx(1e-5)
    assert (task["trial_steps"], task["shortest_delay"], task["joint_timing"]) == (20, 4, False)
    extrapolation, found = (mapping["measurements"][name] for name in ("extrapolation", "slow_points"))
    assert extrapolation["delays"][-1] == 1000
    assert extrapolation["noise"][::6] == [1.0, 4.0]
    assert extrapolation["first_trigger"] == 12
    assert (found["delay"], found["noise"], found["images_per_class"]) == (15, 1 / 3, 100)
    assert found["adam_steps"] == 100_000


CIFAR_DELAYS = tuple(1000 * k for k in (30, 45, 60, 75, 90, 105, 120))
CIFAR_VOCABULARY = tuple(1000 * k for k in (12, 24, 38, 54, 72, 92, 124, 140))
"""PROTOCOL.md's table for CIFAR-10."""


def test_cifar10_is_the_papers():
    preset, of = PRESETS["cifar10"], protocols_of("cifar10")
    assert (preset.corpus, preset.units, preset.networks[0].seeds) == ("cifar10", 400, 5)
    assert (preset.networks[0].unit, preset.networks[0].readout) == (("gru", "lstm"), ("sigmoid",))
    assert (preset.front_end.channels, preset.front_end.dense) == ((64, 64, 64), (1024, 1024))
    training = preset.training
    assert (training.steps, training.batch, training.rate, training.rate_drop) == (200_000, 64, 1e-4, 0.1)
    assert round(training.rate_drop_at * training.steps) == 180_000
    assert of["DeCu"].longest_delay == Schedule(PAPER_DELAYS.values, CIFAR_DELAYS)
    assert of["VoCu"].vocabulary == Schedule(PAPER_VOCABULARY.values, CIFAR_VOCABULARY)
    found = preset.measurements["slow_points"]
    assert (found.delay, found.noise, found.images_per_class) == (15, 1.0, 1000)


def test_mnist_paper_follows_the_papers_text():
    preset, plain = PRESETS["mnist-paper"], PRESETS["mnist"]
    assert preset.networks[0].readout == ("linear",)
    task = preset.task
    assert (task.shortest_delay, task.joint_timing) == (5, True)
    assert (task.noise_moments, task.report_weight) == ("pixel", "longest_delay")
    assert preset.training == dataclasses.replace(plain.training, noise="independent")
    assert preset.measurements["slow_points"].lstm_coordinates == "tanh c"
    assert protocols_of("mnist-paper") == protocols_of("mnist")


def test_options_of_the_papers_text_are_no_part_of_who_a_network_is_until_they_are_taken():
    def ids(**changes):
        return set(networks_of(config_from(changes), FACTS))

    other = [{"task": {"noise_moments": "pixel"}}, {"task": {"report_weight": "longest_delay"}}]
    for changes in (*other, {"training": {"data_seed": 0}}):
        assert ids(**changes).isdisjoint(ids())
    unsaid = identity(TaskSettings()) | identity(TrainingSettings())
    assert {"noise_moments", "report_weight", "data_seed"}.isdisjoint(unsaid)


@pytest.mark.parametrize("preset", ["cifar10-fast", "cifar10-tiny"])
def test_shorter_cifar10_presets_scale_its_breakpoints(preset):
    of, steps = protocols_of(preset), PRESETS[preset].training.steps
    for ours, papers in (
        (of["DeCu"].longest_delay.breakpoints, CIFAR_DELAYS),
        (of["VoCu"].vocabulary.breakpoints, CIFAR_VOCABULARY),
    ):
        np.testing.assert_allclose(ours, np.array(papers) * steps / 200_000, atol=0.5)


def test_a_front_end_is_part_of_who_a_network_is_where_there_is_one():
    facts = dataclasses.replace(FACTS, pixels=192, image_shape=(8, 8, 3))

    def ids(**front_end):
        return set(networks_of(config_from({"front_end": front_end}), facts))

    # What there is not does not count, so that networks without a front end keep the ID that they had before.
    assert ids() == ids(channels=[7], leak=0.5) == set(networks_of(config_from({}), FACTS))
    convolutional = ids(kind="convolutional", channels=[4])
    assert convolutional.isdisjoint(ids())
    assert convolutional.isdisjoint(ids(kind="convolutional", channels=[5]))


def test_a_front_end_that_does_not_fit_the_images_is_refused_before_anything_is_trained():
    config = config_from({"front_end": {"kind": "convolutional"}})
    with pytest.raises(InputError, match=r"needs images of rows × columns × channels"):
        networks_of(config, FACTS)
    with pytest.raises(InputError, match=r"leaves nothing of 4 × 4 images; give channels at most 2 numbers"):
        networks_of(config, dataclasses.replace(FACTS, pixels=16, image_shape=(4, 4, 1)))
    with pytest.raises(InputError, match=r"front_end.kind cannot be convolution; did you mean convolutional\?"):
        config_from({"front_end": {"kind": "convolution"}})


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
    assert config_from({"seeds": 10}, base=config) == PRESETS["mnist"]
    assert config != PRESETS["mnist"]
