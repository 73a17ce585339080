"""Configs: every option there and back, and every mistake named."""

import dataclasses
from pathlib import Path

import pytest
import yaml

from slowpoints._errors import InputError
from slowpoints.study import (
    config_from,
    config_to_mapping,
    named_config,
    overrides_from,
    PRESETS,
    read_config,
    StudyConfig,
)
from slowpoints.study.config import RANGES


def test_the_default_config_names_every_option():
    mapping = config_to_mapping(StudyConfig())
    assert set(mapping) == {field.name for field in dataclasses.fields(StudyConfig)}
    for group in ("training", "extrapolation", "slow_points", "lifetimes", "robustness", "tracking"):
        names = {field.name for field in dataclasses.fields(getattr(StudyConfig(), group))}
        assert set(mapping[group]) == names


OTHER_VALUES = {
    "name": "mine",
    "corpus": "arrays",
    "corpus_file": "mine.npz",
    "unit": ["lstm", "gru"],
    "units": 7,
    "readout": ["linear", "sigmoid"],
    "protocol": ["naive", "own"],
    "seeds": 4,
    "ensemble": 2,
    "records": 5,
    "snapshots": 6,
    "snapshots_around": 2,
    "schedules": {"own": {"longest_delay": {"values": [6, 20], "breakpoints": [100]}, "vocabulary": 3}},
    "training": {
        "steps": 11,
        "batch": 3,
        "rate": 0.25,
        "rate_drop": 0.5,
        "rate_drop_at": 0.75,
        "trial_steps": 30,
        "shortest_delay": 5,
        "joint_timing": True,
        "noise": "independent",
        "noise_bank": 17,
        "precision": "tf32",
    },
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
        "gradient_flow": True,
    },
    "lifetimes": {"max_steps": 10, "draws": 11},
    "robustness": {"trials": 5},
    "tracking": {
        "newton_iterations": 12,
        "reach": 0.25,
        "splits": 3,
        "adam_steps": 13,
        "pause_steps": 14,
        "noise": 1.5,
        "trials_per_class": 15,
    },
}
"""A value unlike the default for every option."""


def leaves(mapping: dict, path: str = "") -> dict:
    found = {}
    for name, value in mapping.items():
        inner = path in ("",) and name in ("training", "extrapolation", "slow_points", "lifetimes", "tracking")
        found |= leaves(value, f"{name}.") if inner else {f"{path}{name}": value}
    return found


def test_every_option_survives_yaml(tmp_path: Path):
    default, other = leaves(config_to_mapping(StudyConfig())), leaves(OTHER_VALUES)
    assert default.keys() == other.keys()
    assert [name for name in default if default[name] == other[name]] == []
    config = config_from(OTHER_VALUES)
    assert config_to_mapping(config) == OTHER_VALUES
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(config_to_mapping(config), allow_unicode=True))
    assert read_config(path) == config


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_survive_yaml(preset, tmp_path: Path):
    path = tmp_path / "preset.yaml"
    path.write_text(yaml.safe_dump(config_to_mapping(PRESETS[preset]), sort_keys=False))
    assert read_config(path) == PRESETS[preset]
    assert PRESETS[preset].name == preset


def test_a_preset_s_name_stands_for_it_where_there_is_no_such_file(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert named_config(Path("digits"), overrides={"seeds": 7}) == dataclasses.replace(PRESETS["digits"], seeds=7)
    Path("digits").write_text("units: 3\n")
    assert named_config(Path("digits"), overrides={}).units == 3
    with pytest.raises(InputError, match=r"digit cannot be read.*give a config in YAML, or a preset"):
        named_config(Path("digit"), overrides={})


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
        ({"training": {"stepz": 5}}, "There is no option training.stepz; did you mean steps?"),
        ({"training": {"Rate": 5}}, "There is no option training.Rate; did you mean rate?"),
        ({"slow_points": {"adam_step": 5}}, "There is no option slow_points.adam_step; did you mean adam_steps?"),
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
    *groups, last = path.split(".")
    return {groups[0]: {last: value}} if groups else {last: value}


@pytest.mark.parametrize("path", RANGES)
def test_a_number_out_of_range_gives_the_range(path):
    for end, beyond in zip(RANGES[path], (-1, 1), strict=True):
        value = end + beyond * max(1, abs(end) * 1e-6)
        value = int(value) if isinstance(end, int) else value
        value = [value] if path in ("extrapolation.delays", "extrapolation.noise") else value
        with pytest.raises(InputError, match=rf"^{path} must be from \S+ to \S+; got \S+\.$"):
            config_from(nested(path, value))


def test_every_number_has_a_range_or_is_checked_otherwise():
    numbers = {
        path
        for path, value in leaves(config_to_mapping(StudyConfig())).items()
        for one in [value[0] if isinstance(value, list) else value]
        if isinstance(one, int | float) and not isinstance(one, bool)
    }
    assert numbers - set(RANGES) == {"extrapolation.first_trigger"}  # between the shortest delay and the second


def test_a_number_that_is_none_is_refused():
    with pytest.raises(InputError, match=r"training\.rate must be from 1e-12 to 10; got nan\."):
        config_from({"training": {"rate": float("nan")}})


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        ({"units": 1.5}, "units must be a whole number; got 1.5."),
        ({"units": True}, "units must be a whole number; got True."),
        ({"units": "many"}, "units must be a whole number; got 'many'."),
        ({"units": [5]}, "units must be a whole number; got [5]."),
        ({"training": {"rate": "fast"}}, "training.rate must be a number; got 'fast'."),
        ({"training": {"rate": True}}, "training.rate must be a number; got True."),
        ({"training": {"joint_timing": 1}}, "training.joint_timing must be true or false; got 1."),
        ({"name": 5}, "name must be a text; got 5."),
        ({"unit": []}, "unit must name at least one."),
        ({"unit": 5}, "unit must be a text; got 5."),
        ({"training": 5}, "training must be a mapping of names to values."),
        ({"schedules": 5}, "schedules must be a mapping of names to schedules; got 5."),
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
        ({"extrapolation": {"noise": [1, 1.0]}}, "extrapolation.noise names something twice: 1.0, 1.0."),
        ({"extrapolation": {"delays": [5, 5]}}, "extrapolation.delays names something twice: 5, 5."),
        ({"extrapolation": {"delays": [8, 5]}}, "extrapolation.delays must increase."),
        ({"training": {"trial_steps": 4}}, "training.trial_steps must be greater than training.shortest_delay."),
        ({"training": {"noise_bank": 19}}, "training.noise_bank must be at least training.trial_steps."),
        ({"corpus": "arrays"}, "The corpus arrays needs corpus_file, the .npz with images and labels."),
    ],
)
def test_values_that_do_not_fit_together_are_refused(mapping, sentence):
    with pytest.raises(InputError) as caught:
        config_from(mapping)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("triggers", [(3, 19), (12, 12), (12, 5)])
def test_the_two_triggers_come_in_order(triggers):
    first, second = triggers
    with pytest.raises(InputError, match=r"^extrapolation\.first_trigger must be at least training\.shortest_delay"):
        config_from({"extrapolation": {"first_trigger": first, "second_trigger": second}})


@pytest.mark.parametrize(
    ("tokens", "mapping"),
    [
        ("--unit gru lstm", {"unit": ["gru", "lstm"]}),
        ("--unit=[gru,lstm]", {"unit": ["gru", "lstm"]}),
        ("--unit gru", {"unit": "gru"}),
        ("--training.rate 1e-4", {"training": {"rate": "1e-4"}}),
        ("--training.rate=0.5 --training.steps 7", {"training": {"rate": 0.5, "steps": 7}}),
        ("--training.joint-timing true", {"training": {"joint_timing": True}}),
        ("--slow-points.adam-steps 7", {"slow_points": {"adam_steps": 7}}),
        ("--extrapolation.noise 1 2.5", {"extrapolation": {"noise": [1, 2.5]}}),
        ("", {}),
    ],
)
def test_options_of_the_command_line(tokens, mapping):
    assert overrides_from(tokens.split()) == mapping


def test_a_mapping_can_be_an_option():
    assert overrides_from(["--schedules={own: {vocabulary: 3}}"]) == {"schedules": {"own": {"vocabulary": 3}}}


def test_options_become_a_config():
    config = config_from(overrides_from(["--unit", "gru", "lstm", "--training.rate", "1e-4", "--seeds=2"]))
    assert (config.unit, config.training.rate, config.seeds) == (("gru", "lstm"), 1e-4, 2)


@pytest.mark.parametrize(
    ("tokens", "sentence"),
    [
        ("--trainin 5", "There is no option --trainin; did you mean training?"),
        ("--outptu here", "There is no option --outptu; did you mean output?"),
        ("--units", "--units needs a value."),
        ("--units=", "--units needs a value."),
        ("units 5", "units is not an option; options are written --name value."),
        ("-u 5", "-u is not an option; options are written --name value."),
        ("--unit=[gru", "--unit cannot be read as YAML: [gru."),
        ("--training 5 --training.steps 5", "--training.steps and --training cannot both be given."),
        ("--training.steps 5 --training 5", "--training and an option within it cannot both be given."),
    ],
)
def test_mistaken_options_are_named(tokens, sentence):
    with pytest.raises(InputError) as caught:
        overrides_from(tokens.split(), also=("output",))
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"training: {steps: 5", "is not YAML"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"- 5\n", "must be a mapping"),
        (b"units: 0\n", "units must be from 1 to 100,000; got 0."),
        (b"5: 5\n", "There is no option 5"),
        (b"!!python/object/apply:os.getcwd []\n", "is not YAML"),
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


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(InputError, match=r"none\.yaml cannot be read"):
        read_config(tmp_path / "none.yaml")
