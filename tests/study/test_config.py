"""Configs: every option there and back, and every mistake named."""

import dataclasses
from pathlib import Path

import pytest

from slowpoints._errors import InputError
from slowpoints._options import described
from slowpoints.measurements import by_default, MEASUREMENTS
from slowpoints.networks import FrontEndSettings
from slowpoints.study import (
    config_from,
    config_to_mapping,
    config_to_yaml,
    Grid,
    named_config,
    overrides_from,
    PRESETS,
    read_config,
    StudyConfig,
)
from slowpoints.task import TaskSettings
from slowpoints.training import TrainingSettings

SECTIONS = {
    "": StudyConfig,
    "front_end.": FrontEndSettings,
    "networks.1.": Grid,
    "task.": TaskSettings,
    "training.": TrainingSettings,
    **{f"measurements.{name}.": m.settings for name, m in MEASUREMENTS.items() if dataclasses.fields(m.settings)},
}
"""Every settings dataclass by the name that its options have in a config."""


def test_the_default_config_names_every_option():
    mapping = config_to_mapping(StudyConfig())
    for path, settings in SECTIONS.items():
        inner = mapping
        for name in path.split(".")[:-1]:
            inner = inner[0] if name == "1" else inner[name]
        assert list(inner) == [field.name for field in dataclasses.fields(settings)]


OTHER_VALUES = {
    "name": "mine",
    "corpus": "arrays",
    "corpus_file": "mine.npz",
    "front_end": {"kind": "convolutional", "channels": [4, 5], "kernel": 5, "dense": [6], "leak": 0.5},
    "units": 7,
    "networks": [
        {
            "unit": ["lstm", "gru"],
            "readout": ["linear", "sigmoid"],
            "protocol": ["naive", "own"],
            "seeds": [4, 7],
            "trainings": 2,
            "measurements": ["tracks"],
        }
    ],
    "timetable": "cifar10",
    "schedules": {"own": {"longest_delay": {"values": [6, 20], "breakpoints": [100]}, "vocabulary": 3}},
    "task": {
        "trial_steps": 30,
        "shortest_delay": 5,
        "joint_timing": True,
        "noise_moments": "pixel",
        "report_weight": "longest_delay",
    },
    "training": {
        "steps": 11,
        "batch": 3,
        "rate": 0.25,
        "rate_drop": 0.5,
        "rate_drop_at": 0.75,
        "noise": "independent",
        "noise_bank": 17,
        "data_seed": 3,
        "precision": "tf32",
    },
    "ensemble": 2,
    "records": 5,
    "snapshots": 6,
    "snapshots_around": 2,
    "keep": "final",
    "measurements": {
        "clouds": {"delay": 6, "long_delay": 7, "less_noise": 0.5, "trials_per_class": 8, "permutations": 9},
        "extrapolation": {
            "delays": [6, 7],
            "noise": [0.5],
            "trials_per_class": 2,
            "first_trigger": 8,
            "second_trigger": 9,
        },
        "slow_points": {
            "delay": 3,
            "noise": 0.25,
            "images_per_class": 2,
            "newton_iterations": 8,
            "adam_steps": 9,
            "lstm_coordinates": "tanh c",
            "gradient_flow": True,
            "gradient_flow_without_box": True,
        },
        "lifetimes": {"max_steps": 10, "draws": 11},
        "drift": {"times": [2, 5]},
        "robustness": {"trials": 5},
        "trajectories": {"trials_per_class": 2, "longest": 500, "moments": 30},
        "tracks": {
            "newton_iterations": 12,
            "reach": 0.25,
            "splits": 3,
            "adam_steps": 13,
            "pause_steps": 14,
            "noise": 1.5,
            "trials_per_class": 15,
            "random_starts": 16,
        },
    },
}
"""A value unlike the default for every option."""


def leaves(value, path: str = "") -> dict:
    if isinstance(value, dict) and "schedules" not in path:
        return {k: v for name, inner in value.items() for k, v in leaves(inner, f"{path}{name}.").items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {k: v for n, inner in enumerate(value) for k, v in leaves(inner, f"{path}{n}.").items()}
    return {path: value}


def test_every_option_survives_yaml(tmp_path: Path):
    default, other = leaves(config_to_mapping(StudyConfig())), leaves(OTHER_VALUES)
    assert default.keys() == other.keys(), "give it another value in OTHER_VALUES"
    assert [name for name in default if default[name] == other[name]] == []
    config = config_from(OTHER_VALUES)
    assert config_to_mapping(config) == OTHER_VALUES
    path = tmp_path / "mine.yaml"
    path.write_text(config_to_yaml(config))
    assert read_config(path) == config


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_survive_yaml(preset, tmp_path: Path):
    path = tmp_path / "preset.yaml"
    path.write_text(config_to_yaml(PRESETS[preset]))
    assert read_config(path) == PRESETS[preset]
    assert PRESETS[preset].name == preset


def test_yaml_says_what_each_option_is():
    lines = config_to_yaml(StudyConfig()).splitlines()
    for settings in SECTIONS.values():
        for name, _, about in described(settings):
            (at, *_) = [n for n, line in enumerate(lines) if line.strip().removeprefix("- ").startswith(f"{name}:")]
            assert about["meaning"][:40] in "".join(lines)
            assert at > 0
    (at,) = [n for n, line in enumerate(lines) if line.strip().startswith("rate_drop_at:")]
    assert lines[at - 1] == "  # When it drops, as a fraction of the steps. From 0.0 to 1.0."


def test_a_preset_s_name_stands_for_it_whatever_lies_in_the_folder(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    seven = named_config(Path("digits"), overrides={"seeds": 7})
    each = tuple(dataclasses.replace(grid, seeds=7) for grid in PRESETS["digits"].networks)
    assert seven == dataclasses.replace(PRESETS["digits"], networks=each)
    Path("digits").mkdir()
    assert named_config(Path("digits"), overrides={}) == PRESETS["digits"]
    with pytest.raises(InputError, match=r"digit is not a study, a config file or a preset; did you mean digits\?"):
        named_config(Path("digit"), overrides={})


def test_options_of_a_grid_may_be_given_for_all_of_them():
    grids = [{"protocol": ["DeCu", "VoCu"], "seeds": 10}, {"protocol": "naive", "seeds": 3, "readout": "linear"}]
    config = config_from({"networks": grids, "unit": ["lstm", "gru"], "seeds": [2, 5]})
    assert [grid.unit for grid in config.networks] == [("lstm", "gru")] * 2
    assert [grid.seed_list for grid in config.networks] == [(2, 5)] * 2
    assert [grid.readout for grid in config.networks] == [("sigmoid",), ("linear",)]
    assert [grid.measurements for grid in config.networks] == [by_default()] * 2


def test_a_measurement_that_is_not_named_has_its_defaults():
    config = config_from({"measurements": {"lifetimes": {"draws": 5}}})
    expected = {name: m.settings() for name, m in MEASUREMENTS.items() if dataclasses.fields(m.settings)}
    expected["lifetimes"] = dataclasses.replace(expected["lifetimes"], draws=5)
    assert config.measurements == expected


def test_a_partial_file_takes_the_rest_from_the_defaults(tmp_path: Path):
    path = tmp_path / "some.yaml"
    path.write_text("training:\n  rate: 1e-4\n  steps: 50\n")
    config = read_config(path, overrides={"training": {"steps": 60}})
    assert config.training.rate == 1e-4
    assert config.training.steps == 60
    assert config.training.batch == StudyConfig().training.batch
    path.write_text("")
    assert read_config(path) == StudyConfig()


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        ({"protocl": "DeCu"}, "There is no option protocl; did you mean protocol?"),
        ({"training": {"stepz": 5}}, "There is no option training.stepz; did you mean training.steps?"),
        ({"training": {"Rate": 5}}, "There is no option training.Rate; did you mean training.rate?"),
        ({"task": {"trial_step": 5}}, "There is no option task.trial_step; did you mean task.trial_steps?"),
        (
            {"measurements": {"slow_points": {"adam_step": 5}}},
            "There is no option measurements.slow_points.adam_step; did you mean measurements.slow_points.adam_steps?",
        ),
        (
            {"measurements": {"lifetime": {}}},
            "There is no option measurements.lifetime; did you mean measurements.lifetimes?",
        ),
        ({"networks": [{"units": "gru"}]}, "There is no option networks.1.units; did you mean networks.1.unit?"),
        ({"networks": [{}, {"unit": "gruu"}]}, "networks.2.unit cannot be gruu; did you mean gru?"),
        ({"networks": [{"measurements": "track"}]}, "networks.1.measurements cannot be track; did you mean tracks?"),
        ({"unit": "gruu"}, "unit cannot be gruu; did you mean gru?"),
        ({"protocol": ["DeCu", "vocu"]}, "protocol cannot be vocu; did you mean VoCu?"),
        ({"readout": "sigmoidal"}, "readout cannot be sigmoidal; did you mean sigmoid?"),
        ({"training": {"noise": "sharde"}}, "training.noise cannot be sharde; did you mean shared?"),
        ({"readout": "relu"}, "readout cannot be relu; it can be sigmoid, linear."),
    ],
)
def test_a_typo_gives_the_nearest_right_name(mapping, sentence):
    with pytest.raises(InputError) as caught:
        config_from(mapping)
    assert str(caught.value) == sentence


def nested(path: str, value) -> dict:
    """A config with one option set."""
    first, _, rest = path.partition(".")
    if not rest:
        return {first: value}
    if first == "networks":
        return {"networks": [nested(rest.partition(".")[2], value)]}
    return {first: nested(rest, value)}


NUMBERS = {
    f"{path}{name}": (kind, about)
    for path, settings in SECTIONS.items()
    for name, kind, about in described(settings)
    if kind in (int, float, tuple[int, ...], tuple[float, ...], int | tuple[int, ...])
}


@pytest.mark.parametrize("path", NUMBERS)
def test_a_number_out_of_range_gives_the_range(path):
    kind, about = NUMBERS[path]
    ends = [(about[name], sign) for name, sign in (("low", -1), ("high", 1)) if about[name] is not None]
    assert ends, f"{path} has no range"
    for end, sign in ends:
        beyond = end + sign * max(1, abs(end) * 1e-6)
        beyond = float(beyond) if kind in (float, tuple[float, ...]) else int(beyond)
        with pytest.raises(InputError, match=rf"^{path} must be (from \S+ to \S+|at least \S+); got \S+\.$"):
            config_from(nested(path, [beyond] if "tuple" in str(kind) else beyond))


def test_a_number_that_is_none_is_refused():
    with pytest.raises(InputError, match=r"training\.rate must be from 1e-12 to 10; got nan\."):
        config_from({"training": {"rate": float("nan")}})


@pytest.mark.unchecked
@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        ({"units": 1.5}, "units must be a whole number; got 1.5."),
        ({"units": True}, "units must be a whole number; got True."),
        ({"units": "many"}, "units must be a whole number; got 'many'."),
        ({"units": [5]}, "units must be a whole number; got [5]."),
        ({"seeds": 2.5}, "seeds must be a whole number; got 2.5."),
        ({"seeds": [1, 2.5]}, "seeds must be a whole number; got 2.5."),
        ({"training": {"rate": "fast"}}, "training.rate must be a number; got 'fast'."),
        ({"training": {"rate": True}}, "training.rate must be a number; got True."),
        ({"training": {"steps": 10.0}}, "training.steps must be a whole number; got 10.0."),
        ({"task": {"joint_timing": 1}}, "task.joint_timing must be true or false; got 1."),
        ({"name": 5}, "name must be a text; got 5."),
        ({"corpus_file": 5}, "corpus_file must be a text; got 5."),
        ({"unit": []}, "unit must name at least one."),
        ({"unit": 5}, "unit must be a text; got 5."),
        ({"networks": []}, "networks must name at least one."),
        ({"networks": 5}, "networks.1 must be a mapping of names to values; got 5."),
        ({"training": 5}, "training must be a mapping of names to values; got 5."),
        ({"schedules": 5}, "schedules must be a mapping of names to values; got 5."),
        (
            {"measurements": 5},
            "measurements must be a mapping of names to options; got 5. To measure more, give `slowpoints run` --only "
            "and the names.",
        ),
        ({"measurements": {"lifetimes": 5}}, "measurements.lifetimes must be a mapping of names to values; got 5."),
        ([], "The config must be a mapping of names to values."),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(mapping, sentence):
    with pytest.raises(InputError) as caught:
        config_from(mapping)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        ({"unit": ["gru", "gru"]}, "unit names something twice: gru, gru."),
        ({"protocol": ["DeCu", "naive", "DeCu"]}, "protocol names something twice: DeCu, naive, DeCu."),
        ({"readout": ["linear", "linear"]}, "readout names something twice: linear, linear."),
        ({"seeds": [3, 3]}, "seeds names something twice: 3, 3."),
        (
            {"measurements": {"extrapolation": {"noise": [1, 1.0]}}},
            "measurements.extrapolation.noise names something twice: 1.0, 1.0.",
        ),
        ({"measurements": {"extrapolation": {"delays": [8, 5]}}}, "measurements.extrapolation.delays must increase."),
        (
            {"task": {"trial_steps": 4}},
            "task: A trial of 4 steps has no room for a delay of 4; make trial_steps at least 5.",
        ),
        (
            {"training": {"noise_bank": 19}},
            "training.noise_bank must be at least task.trial_steps (20); got 19.",
        ),
        ({"corpus": "arrays"}, "The corpus arrays needs corpus_file, the .npz with images and labels."),
        (
            {"schedules": {"DeCu": {"vocabulary": 2}}},
            "schedules.DeCu: DeCu is a protocol of the paper; choose another name.",
        ),
        (
            {"name": "../../x"},
            "name may hold letters, digits and _ . - only, because a folder bears it; got '../../x'.",
        ),
    ],
)
def test_values_that_do_not_fit_together_are_refused(mapping, sentence):
    with pytest.raises(InputError) as caught:
        config_from(mapping)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("triggers", [(3, 19), (12, 12), (12, 5)])
def test_the_two_triggers_come_in_order(triggers):
    first, second = triggers
    with pytest.raises(InputError, match=r"^measurements\.extrapolation\.first_trigger must be"):
        config_from({"measurements": {"extrapolation": {"first_trigger": first, "second_trigger": second}}})


@pytest.mark.parametrize(
    ("tokens", "mapping"),
    [
        ("--unit gru lstm", {"unit": ["gru", "lstm"]}),
        ("--unit=[gru,lstm]", {"unit": ["gru", "lstm"]}),
        ("--unit gru", {"unit": "gru"}),
        ("--training.rate 1e-4", {"training": {"rate": 1e-4}}),
        ("--training.rate=0.5 --training.steps 7", {"training": {"rate": 0.5, "steps": 7}}),
        ("--task.joint-timing true", {"task": {"joint_timing": True}}),
        ("--slow-points.adam-steps 7", {"measurements": {"slow_points": {"adam_steps": 7}}}),
        ("--measurements.lifetimes.draws 7", {"measurements": {"lifetimes": {"draws": 7}}}),
        ("--extrapolation.noise 1 2.5", {"measurements": {"extrapolation": {"noise": [1, 2.5]}}}),
        ("", {}),
    ],
)
def test_options_of_the_command_line(tokens, mapping):
    assert overrides_from(tokens.split()) == mapping


def test_a_mapping_can_be_an_option():
    assert overrides_from(["--schedules={own: {vocabulary: 3}}"]) == {"schedules": {"own": {"vocabulary": 3}}}


def test_options_become_a_config():
    config = config_from(overrides_from(["--unit", "gru", "lstm", "--training.rate", "1e-4", "--seeds=2"]))
    assert (config.networks[0].unit, config.training.rate, config.networks[0].seeds) == (("gru", "lstm"), 1e-4, 2)


@pytest.mark.parametrize(
    ("tokens", "sentence"),
    [
        ("--steps 5", "There is no option --steps; did you mean training.steps?"),
        ("--delay 5", "There is no option --delay; did you mean clouds.delay or slow_points.delay?"),
        ("--trainin 5", "There is no option --trainin; did you mean training?"),
        ("--outptu here", "There is no option --outptu; did you mean output?"),
        ("--units", "--units needs a value."),
        ("--units=", "--units needs a value."),
        ("units 5", "units is not an option; options are written --name value."),
        ("-u 5", "-u is not an option; options are written --name value."),
        ("--unit=[gru", "--unit is not YAML (while parsing"),
        ("--units 5 --units 6", "--units is given twice."),
        ("--training 5 --training.steps 5", "--training.steps and --training cannot both be given."),
        ("--training.steps 5 --training 5", "--training and an option within it cannot both be given."),
    ],
)
def test_mistaken_options_are_named(tokens, sentence):
    with pytest.raises(InputError) as caught:
        overrides_from(tokens.split(), also=("output",))
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


BOMB = b"a: &a [x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (k + 1, k + 1, b",".join([b"*%c" % k] * 9)) for k in range(97, 106)
)
"""A billion parts in ten lines."""


@pytest.mark.unchecked
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"training: {steps: 5", "is not YAML"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"- 5\n", "must be a mapping"),
        (b"units: 0\n", "units must be from 1 to 100,000; got 0."),
        (b"5: 5\n", "There is no option 5"),
        (b"!!python/object/apply:os.getcwd []\n", "is not YAML"),
        (b"units: 5\nunits: 6\n", "is not YAML (while constructing a mapping"),
        (b"units: 2026-01-01\n", "units must be a whole number"),
        (b"units: 1:30\n", "units must be a whole number; got '1:30'."),
        (b"&a [*a]\n", "an alias stands within what it is an alias of"),
        (b"schedules: &a {b: *a}\n", "an alias stands within what it is an alias of"),
        (b"!!set {corpus, units}\n", "must be a mapping"),
        (b"units: !!set {a}\n", "units must be a whole number"),
        (b"units: " + b"9" * 5000, "is not YAML (Exceeds the limit"),
        (b"unit: " + b"[" * 3000 + b"]" * 3000, "is not YAML (maximum recursion depth exceeded"),
        (b'name: "a\\0b"\n', "name may hold letters, digits and _ . - only"),
        (b"name: " + b"x" * 300, "name may hold letters, digits and _ . - only"),
        (BOMB, "There is no option a"),
    ],
)
def test_a_file_that_is_no_config_is_named(content, sentence, tmp_path: Path):
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_config(path)
    assert str(path) in str(caught.value)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_number_that_begins_with_nought_is_a_decimal_one(tmp_path: Path):
    (tmp_path / "mine.yaml").write_text("units: 010\n")
    assert read_config(tmp_path / "mine.yaml").units == 10


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(InputError, match=r"none\.yaml cannot be read"):
        read_config(tmp_path / "none.yaml")
