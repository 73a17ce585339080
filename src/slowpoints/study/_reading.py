"""Configs from YAML, from presets and from the command line, with every mistake named in one sentence."""

import dataclasses
import io
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

import cattrs
from cattrs.errors import BaseValidationError, ForbiddenExtraKeysError
from cattrs.gen import make_dict_structure_fn
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from slowpoints._errors import InputError
from slowpoints._options import described, plain
from slowpoints.study._config import config_to_mapping, Grid, StudyConfig, with_options
from slowpoints.study._names import nearest, plainly, shown

Settings = TypeVar("Settings")

OF_EVERY_GRID = ("unit", "readout", "protocol", "seeds", "trainings")
"""Options of a grid that may be given for a whole config: they then hold for each of its grids."""


def config_from(mapping: Any, *, base: StudyConfig | None = None) -> StudyConfig:
    """A config from a mapping of nested plain values (as YAML gives them), the rest from `base` (or the defaults).

    `unit`, `readout`, `protocol`, `seeds` and `trainings` may stand at the top: they are then of every grid.

    Raises:
        InputError: for what is no mapping, an unknown name (with the nearest right one), a value of the wrong kind, or
            a number out of its range.

    Example:
        >>> from slowpoints.study import config_from
        >>> config_from({"units": 50, "seeds": 2}).networks[0].seeds
        2
    """
    if not isinstance(mapping, Mapping):
        raise InputError("The config must be a mapping of names to values.")
    own = {name: value for name, value in mapping.items() if name not in OF_EVERY_GRID}
    merged = _merged(config_to_mapping(base or StudyConfig()), own)
    of_grids = {name: mapping[name] for name in OF_EVERY_GRID if name in mapping}
    if of_grids and isinstance(merged["networks"], list):
        merged["networks"] = [
            {**grid, **of_grids} if isinstance(grid, Mapping) else grid for grid in merged["networks"]
        ]
    try:
        return _converter().structure(merged, StudyConfig)
    except (BaseValidationError, InputError) as error:
        sentence = _sentence(error, ())
        for name in of_grids:  # where a person wrote it
            sentence = sentence.removeprefix("networks.1.") if sentence.startswith(f"networks.1.{name} ") else sentence
        raise InputError(sentence) from error


def _merged(base: Mapping[str, Any], changes: Mapping[Any, Any]) -> dict[str, Any]:
    # A mapping is changed name by name; but schedules are the user's, and an own one replaces its namesake whole.
    merged = dict(base)
    for name, value in changes.items():
        inner = merged.get(name)
        if isinstance(inner, Mapping) and isinstance(value, Mapping) and name != "schedules":
            merged[name] = _merged(inner, value)
        else:
            merged[name] = value
    return merged


def _converter() -> cattrs.Converter:
    converter = cattrs.Converter()
    for kind in (int, float, bool, str):
        converter.register_structure_hook(kind, _plain_value)
    converter.register_structure_hook_func(
        lambda kind: typing.get_origin(kind) is tuple, lambda value, kind: _several(converter, value, kind)
    )
    converter.register_structure_hook_func(
        lambda kind: typing.get_origin(kind) is Literal, lambda value, kind: _one_of(value, typing.get_args(kind))
    )
    converter.register_structure_hook_func(
        lambda kind: isinstance(kind, types.UnionType), lambda value, kind: _either(converter, value, kind)
    )
    converter.register_structure_hook_func(
        lambda kind: typing.get_origin(kind) is Mapping, lambda value, _: _mapping(value)
    )
    converter.register_structure_hook_factory(dataclasses.is_dataclass, lambda kind: _settings(converter, kind))
    return converter


def _settings(converter: cattrs.Converter, kind: Any) -> Callable[[Any, Any], Any]:
    """How a settings dataclass is made of a mapping."""
    make = make_dict_structure_fn(kind, converter, _cattrs_forbid_extra_keys=True)
    whole = kind is StudyConfig
    return lambda value, _: make(_measurements(converter, _mapping(value)) if whole else _mapping(value), kind)


_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}


def _plain_value(value: Any, kind: type) -> Any:
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise InputError(f"must be {_WORDS[kind]}; got {shown(value)}.")
    return value


def _several(converter: cattrs.Converter, value: Any, kind: Any) -> tuple[Any, ...]:
    values = list(value) if isinstance(value, list | tuple) else [value]
    if not values:
        raise InputError("must name at least one.")
    inner = typing.get_args(kind)[0]
    if dataclasses.is_dataclass(inner):
        return tuple(converter.structure(values, list[inner]))
    return tuple(converter.structure(one, inner) for one in values)


def _one_of(value: Any, allowed: tuple[Any, ...]) -> Any:
    if value not in allowed:
        raise InputError(f"cannot be {plainly(value)}; {nearest(plainly(value), allowed)}")
    return value


def _either(converter: cattrs.Converter, value: Any, kind: Any) -> Any:
    # Of the unions there are: something or None, and one whole number or several.
    kinds = typing.get_args(kind)
    if value is None and types.NoneType in kinds:
        return None
    several = [k for k in kinds if typing.get_origin(k) is tuple]
    chosen = several[0] if several and isinstance(value, list | tuple) else kinds[0]
    return converter.structure(value, chosen)


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise InputError(f"must be a mapping of names to values; got {shown(value)}.")
    return dict(value)


def _measurements(converter: cattrs.Converter, value: Any) -> Any:
    """A config's plain values with each measurement's options as its own dataclass."""
    given = value.get("measurements", {})
    if not isinstance(given, Mapping):
        raise InputError(
            f"measurements must be a mapping of names to options; got {shown(given)}. To measure more, give "
            "`slowpoints run` --only and the names."
        )
    kinds = {name: measurement.settings for name, measurement in with_options()}
    made = {}
    for name, options in given.items():
        if name not in kinds:
            advice = nearest(plainly(name), kinds, within="measurements.")
            raise InputError(f"There is no option measurements.{plainly(name)}; {advice}")
        try:
            made[name] = converter.structure(options, kinds[name])
        except (BaseValidationError, InputError) as error:
            raise InputError(_sentence(error, ("measurements", name))) from error
    return {**value, "measurements": made}


def _sentence(error: BaseException, path: tuple[str, ...]) -> str:
    """The first of the mistakes that cattrs found, as one sentence that begins with the option's whole name."""
    where = ".".join(path)
    if isinstance(error, ForbiddenExtraKeysError) and error.cl is not None:
        name = sorted(map(plainly, error.extra_fields))[0]
        known = [field.name for field in dataclasses.fields(error.cl)]
        top = () if path else OF_EVERY_GRID
        within = f"{where}." if where else ""
        return f"There is no option {within}{name}; {nearest(name, (*known, *top), within=within)}"
    if isinstance(error, BaseValidationError):
        inner = error.exceptions[0]
        notes = [note for note in getattr(inner, "__notes__", ()) if hasattr(note, "name") or hasattr(note, "index")]
        step = () if not notes else (str(getattr(notes[-1], "name", None) or f"{notes[-1].index + 1}"),)
        return _sentence(inner, (*path, *step))
    if isinstance(error, InputError):
        said = str(error)
        if not where or said.startswith(("There is no", where)):
            return said
        # A sentence about this option, about one within it, or about both of several.
        of_itself, within = said.startswith(("must", "cannot")), said[0].islower()
        return f"{where} {said}" if of_itself else f"{where}.{said}" if within else f"{where}: {said}"
    return f"{where or 'The config'} cannot be read ({error})."


def overrides_from(tokens: Sequence[str], *, also: Iterable[str] = ()) -> dict[str, Any]:
    """Nested plain values from command-line tokens: `--training.steps 500`, `--unit=[gru, lstm]`, `--unit gru lstm`.

    Values are read as YAML; several in a row are a list. A measurement's options may be written without
    `measurements.` before them. `also` are names to suggest besides the config's own.

    Raises:
        InputError: for a token that is no option, or an option without a value.

    Example:
        >>> from slowpoints.study import overrides_from
        >>> overrides_from(["--training.steps", "500", "--unit", "gru", "lstm"])
        {'training': {'steps': 500}, 'unit': ['gru', 'lstm']}
    """
    given: dict[str, list[str]] = {}
    name = None
    for token in tokens:
        if token.startswith("--"):
            name, _, value = token.removeprefix("--").partition("=")
            if name in given:
                raise InputError(f"--{name} is given twice.")
            given[name] = [value] if value else []
        elif name is None:
            raise InputError(f"{token} is not an option; options are written --name value.")
        else:
            given[name].append(token)
    nested: dict[str, Any] = {}
    measurements = dict(with_options())
    top = [field.name for field in dataclasses.fields(StudyConfig)] + [*OF_EVERY_GRID, *measurements]
    for name, texts in given.items():
        *groups, last = name.replace("-", "_").split(".")
        if (groups or [last])[0] in measurements:
            groups = ["measurements", *groups]
        if not groups and last not in top:
            paths = _paths_to(last)
            advice = f"did you mean {' or '.join(paths)}?" if paths else nearest(last, [*top, *also])
            raise InputError(f"There is no option --{name}; {advice}")
        if not texts:
            raise InputError(f"--{name} needs a value.")
        values = [_load(text, f"--{name}") for text in texts]
        inner = nested
        for group in groups:
            inner = inner.setdefault(group, {})
            if not isinstance(inner, dict):
                raise InputError(f"--{name} and --{group} cannot both be given.")
        if last in inner:
            raise InputError(f"--{name} and an option within it cannot both be given.")
        inner[last] = values[0] if len(values) == 1 else values
    return nested


def _paths_to(name: str) -> list[str]:
    """The whole names of the options that are called so within a part of the config."""
    parts = {f.name: f.default for f in dataclasses.fields(StudyConfig) if dataclasses.is_dataclass(f.default)}
    parts |= {of: measurement.settings for of, measurement in with_options()}
    return [f"{of}.{name}" for of, part in parts.items() if name in {f.name for f in dataclasses.fields(part)}]


def read_settings(path: Path, kind: type[Settings]) -> Settings:
    """A dataclass of options from a YAML file. Raises `InputError` if the file cannot be used.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import TaskSettings
        >>> from slowpoints.study import read_settings
        >>> _ = Path("task.yaml").write_text("trial_steps: 10")
        >>> read_settings(Path("task.yaml"), TaskSettings).trial_steps
        10
    """
    mapping = _load_file(path)
    try:
        return _converter().structure({} if mapping is None else mapping, kind)
    except (BaseValidationError, InputError) as error:
        raise InputError(f"{path}: {_sentence(error, ())}") from error


def read_config(path: str | Path, *, overrides: Mapping[str, Any] | None = None) -> StudyConfig:
    """A config from a YAML file, with `overrides` on top. Raises `InputError` if the file cannot be used.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import read_config
        >>> _ = Path("mine.yaml").write_text("units: 50")
        >>> read_config(Path("mine.yaml")).units
        50
    """
    mapping = _load_file(Path(path))
    try:
        return config_from(overrides or {}, base=config_from({} if mapping is None else mapping))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _load_file(path: Path) -> Any:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read ({error}); give a config in YAML, or a preset.") from error
    return _load(text, str(path))


def _load(text: str, where: str) -> Any:
    """YAML 1.2 as plain values; keys given twice are refused."""
    try:
        value = YAML(typ="safe", pure=True).load(text)
        _refuse_loops(value, frozenset(), set())
        return value
    except (YAMLError, ValueError, RecursionError) as error:
        what = str(error).replace("\n", " ")
        raise InputError(f"{where} is not YAML ({what}); see `slowpoints config digits` for one that is.") from error


def _refuse_loops(value: Any, within: frozenset[int], whole: set[int]) -> None:
    """Raises `ValueError` for a value that is a part of itself. What several parts share is looked at once."""
    if id(value) in within:
        raise ValueError("an alias stands within what it is an alias of")
    if isinstance(value, list | dict) and id(value) not in whole:
        for part in value.values() if isinstance(value, dict) else value:
            _refuse_loops(part, within | {id(value)}, whole)
        whole.add(id(value))


def config_to_yaml(config: StudyConfig) -> str:
    """The config as YAML, every option with its meaning, unit and range above it.

    Example:
        >>> from slowpoints import StudyConfig
        >>> from slowpoints.study import config_to_yaml
        >>> for line in config_to_yaml(StudyConfig()).splitlines()[:2]:
        ...     print(line)
        # The study's name, also of its folder.
        name: study
    """
    return settings_to_yaml(config)


def settings_to_yaml(settings: Any) -> str:
    """A dataclass of options as YAML, every option with its meaning, unit and range above it.

    Example:
        >>> from slowpoints import TaskSettings
        >>> from slowpoints.study import settings_to_yaml
        >>> for line in settings_to_yaml(TaskSettings()).splitlines()[:2]:
        ...     print(line)
        # Steps of a trial once the task is complete (T). From 2 to 10,000 steps.
        trial_steps: 20
    """
    written = io.StringIO()
    yaml = YAML()
    yaml.width = 120
    yaml.dump(_commented(plain(settings), type(settings), 0), written)
    return written.getvalue()


def _commented(values: Mapping[str, Any], settings: type, indent: int) -> CommentedMap:
    made = CommentedMap()
    kinds = {name: measurement.settings for name, measurement in with_options()}
    for name, kind, about in described(settings):
        value = values[name]
        if dataclasses.is_dataclass(kind) and isinstance(kind, type):
            value = _commented(value, kind, indent + 2)
        elif name == "networks":
            value = [_commented(grid, Grid, indent + 2) for grid in value] if indent == 0 else value
        elif name == "measurements" and indent == 0:
            value = CommentedMap({key: _commented(value[key], kinds[key], indent + 4) for key in value})
        made[name] = value
        made.yaml_set_comment_before_after_key(name, before=_about(about), indent=indent)
    return made


def _about(about: Mapping[str, Any]) -> str:
    low, high, unit = about["low"], about["high"], about["unit"]
    limits = "" if low is None else f" From {low:,} to {high:,}" if high is not None else f" At least {low:,}"
    ending = f"{limits}{f' {unit}' if limits and unit else ''}{'.' if limits else ''}"
    return f"{about['meaning']}{ending}"
