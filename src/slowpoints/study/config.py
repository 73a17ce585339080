"""The config of a study: frozen dataclasses, read from plain mappings with every mistake named."""

import dataclasses
import difflib
import re
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml

from slowpoints._errors import InputError
from slowpoints.extrapolation import ExtrapolationSettings
from slowpoints.networks import UNITS
from slowpoints.protocols import PROTOCOLS
from slowpoints.training import TrainingSettings


@dataclasses.dataclass(frozen=True)
class SlowPointSettings:
    """How slow points are searched for.

    - `delay`, `noise`, `images_per_class`: the class means the search starts from: states `delay` steps after the
      image, in noise of `noise` times the trained standard deviation (the scripts: 15, 1/3, 100).
    - `newton_iterations`: the second-order search's budget a point.
    - `adam_steps`: steps of the paper's search (100,000 in the scripts).
    - `gradient_flow`: also follow the gradient flow of speed from each start, to confirm which minimum it belongs to.
    """

    delay: int = 15
    noise: float = 1 / 3
    images_per_class: int = 100
    newton_iterations: int = 2000
    adam_steps: int = 100_000
    gradient_flow: bool = False


@dataclasses.dataclass(frozen=True)
class LifetimeSettings:
    """How lifetimes of memories are measured.

    - `max_steps`: steps without noise after which a memory that still holds is counted as that long (censored).
    - `draws`: runs a class of one trial's length in noise, for its drift.
    """

    max_steps: int = 20_000
    draws: int = 64


@dataclasses.dataclass(frozen=True)
class RobustnessSettings:
    """How it is told whether slow points depend on where the search began.

    - `trials`: how many more searches a class are begun, each from the state of a single trial.
    """

    trials: int = 3


@dataclasses.dataclass(frozen=True)
class TrackingSettings:
    """How slow points are followed back through training.

    - `newton_iterations`: the second-order search's budget a point and search.
    - `reach`: how far any coordinate may be, where a search ends, from where it began, to be of the same point.
    - `splits`: how often an interval between two snapshots may be halved where a point is not found again.
    - `adam_steps`: steps a snapshot of the paper's way, a descent from the previous point.
    - `pause_steps`: for how long the noise-free trajectory from a class' mean state is watched for its first pause.
    - `noise`, `trials_per_class`: the accuracies through training are in noise of `noise` times the trained standard
      deviation (the paper: 2), over so many test images a class.
    """

    newton_iterations: int = 300
    reach: float = 0.5
    splits: int = 4
    adam_steps: int = 1000
    pause_steps: int = 2000
    noise: float = 2.0
    trials_per_class: int = 200


@dataclasses.dataclass(frozen=True)
class StudyConfig:
    """Everything that determines a study. Lists span a grid: every unit × readout × protocol × seed is a network.

    - `corpus`: a corpus' name; `corpus_file`: the .npz of the corpus `arrays`.
    - `unit`: kinds of recurrent unit; `units`: how many of them a network has.
    - `readout`: "sigmoid" (the published scripts) or "linear" (the paper's text), before the soft-max.
    - `protocol`: names out of DeCu, VoCu, naive and `schedules`.
    - `seeds`: networks per setting, with seeds 0 … seeds − 1.
    - `ensemble`: networks trained together by one process: all at once on a GPU, which one alone does not fill; one
      after the other on a CPU, where 1 leaves most to share among processes.
    - `records`, `snapshots`: how many rows of metrics and how many snapshots of the weights a training leaves.
    - `snapshots_around`: how many more snapshots there are on either side of every change of the curriculum, half
      of the regular interval away, a quarter, and so on.
    - `schedules`: protocols of one's own, by name: `longest_delay` and `vocabulary`, each one number or
      `{values: […], breakpoints: […]}` in this study's training steps.
    """

    name: str = "study"
    corpus: str = "digits"
    corpus_file: str | None = None
    unit: tuple[str, ...] = ("gru",)
    units: int = 100
    readout: tuple[Literal["sigmoid", "linear"], ...] = ("sigmoid",)
    protocol: tuple[str, ...] = ("DeCu", "VoCu", "naive")
    seeds: int = 3
    ensemble: int = 1
    records: int = 140
    snapshots: int = 70
    snapshots_around: int = 0
    schedules: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    training: TrainingSettings = dataclasses.field(default_factory=TrainingSettings)
    extrapolation: ExtrapolationSettings = dataclasses.field(default_factory=ExtrapolationSettings)
    slow_points: SlowPointSettings = dataclasses.field(default_factory=SlowPointSettings)
    lifetimes: LifetimeSettings = dataclasses.field(default_factory=LifetimeSettings)
    robustness: RobustnessSettings = dataclasses.field(default_factory=RobustnessSettings)
    tracking: TrackingSettings = dataclasses.field(default_factory=TrackingSettings)

    def __post_init__(self):
        _check_names("unit", self.unit, UNITS)
        _check_names("protocol", self.protocol, {**PROTOCOLS, **self.schedules})
        for name in self.schedules:
            if not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
                raise InputError(
                    f"schedules.{name}: a name may hold letters, digits and _ . - only, because folders bear it."
                )
        for path, (low, high) in RANGES.items():
            value: Any = self
            for part in path.split("."):
                value = getattr(value, part)
            for one in value if isinstance(value, tuple) else (value,):
                if not low <= one <= high:
                    raise InputError(f"{path} must be from {_number(low)} to {_number(high)}; got {_number(one)}.")
        for path, values in (
            ("unit", self.unit),
            ("readout", self.readout),
            ("protocol", self.protocol),
            ("extrapolation.delays", self.extrapolation.delays),
            ("extrapolation.noise", self.extrapolation.noise),
        ):
            if len(set(values)) != len(values):
                raise InputError(f"{path} names something twice: {', '.join(map(str, values))}.")
        if list(self.extrapolation.delays) != sorted(self.extrapolation.delays):
            raise InputError("extrapolation.delays must increase.")
        first, second = self.extrapolation.first_trigger, self.extrapolation.second_trigger
        if not self.training.shortest_delay <= first < second:
            raise InputError(
                f"extrapolation.first_trigger must be at least training.shortest_delay "
                f"({self.training.shortest_delay}) and below second_trigger ({second}); got {first}."
            )
        if self.training.trial_steps <= self.training.shortest_delay:
            raise InputError("training.trial_steps must be greater than training.shortest_delay.")
        if self.training.noise == "shared" and self.training.noise_bank < self.training.trial_steps:
            raise InputError("training.noise_bank must be at least training.trial_steps.")
        if self.corpus == "arrays" and not self.corpus_file:
            raise InputError("The corpus arrays needs corpus_file, the .npz with images and labels.")


_MANY = 10**9
RANGES: dict[str, tuple[float, float]] = {
    "units": (1, 100_000),
    "seeds": (1, 10_000),
    "ensemble": (1, 10_000),
    "records": (1, 1_000_000),
    "snapshots": (1, 1_000_000),
    "snapshots_around": (0, 20),
    "training.steps": (1, _MANY),
    "training.batch": (1, 1_000_000),
    "training.rate": (1e-12, 10.0),
    "training.rate_drop": (0.0, 1.0),
    "training.rate_drop_at": (0.0, 1.0),
    "training.trial_steps": (2, 10_000),
    "training.shortest_delay": (1, 10_000),
    "training.noise_bank": (1, 1_000_000),
    "extrapolation.delays": (1, 10_000_000),
    "extrapolation.noise": (0.0, 1000.0),
    "extrapolation.trials_per_class": (1, 1_000_000),
    "extrapolation.second_trigger": (1, 100_000),
    "slow_points.delay": (1, 100_000),
    "slow_points.noise": (0.0, 1000.0),
    "slow_points.images_per_class": (1, 1_000_000),
    "slow_points.newton_iterations": (1, _MANY),
    "slow_points.adam_steps": (1, _MANY),
    "lifetimes.max_steps": (1, _MANY),
    "lifetimes.draws": (2, 1_000_000),
    "robustness.trials": (0, 1000),
    "tracking.newton_iterations": (1, _MANY),
    "tracking.reach": (1e-12, 1e6),
    "tracking.splits": (0, 40),
    "tracking.adam_steps": (1, _MANY),
    "tracking.pause_steps": (1, _MANY),
    "tracking.noise": (0.0, 1000.0),
    "tracking.trials_per_class": (1, 1_000_000),
}
"""What numbers may be, by path; both ends are allowed."""


def config_from(mapping: Mapping[str, Any], *, base: StudyConfig | None = None) -> StudyConfig:
    """A config from nested plain values (as YAML gives them), the rest taken from `base` (or the defaults).

    Raises `InputError` for an unknown name (with the nearest right one), a value of the wrong kind, or a number out
    of its range.
    """
    return _build(base or StudyConfig(), mapping, "")


def config_to_mapping(config: StudyConfig) -> dict[str, Any]:
    """The config as nested plain values, such that `config_from` gives it back."""

    def plain(value):
        if isinstance(value, Mapping):
            return {name: plain(inner) for name, inner in value.items()}
        return list(value) if isinstance(value, tuple) else value

    return {
        field.name: (
            {inner.name: plain(getattr(value, inner.name)) for inner in dataclasses.fields(value)}
            if dataclasses.is_dataclass(value)
            else plain(value)
        )
        for field in dataclasses.fields(config)
        for value in (getattr(config, field.name),)
    }


def nearest(name: str, names: typing.Iterable[str]) -> str:
    """ " — did you mean X?" for the nearest right name, or the list of all."""
    names = list(names)
    lowered = {n.lower(): n for n in names}
    close = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.5)
    return f"did you mean {lowered[close[0]]}?" if close else f"it can be {', '.join(names)}."


def _build(base: Any, mapping: Mapping[str, Any], path: str) -> Any:
    if not isinstance(mapping, Mapping):
        raise InputError(f"{path.rstrip('.') or 'The config'} must be a mapping of names to values.")
    hints = typing.get_type_hints(type(base))
    changes = {}
    for name, raw in mapping.items():
        if name not in hints:
            raise InputError(f"There is no option {path}{name}; {nearest(str(name), hints)}")
        current = getattr(base, name)
        if dataclasses.is_dataclass(current):
            changes[name] = _build(current, raw, f"{path}{name}.")
        else:
            changes[name] = _value(hints[name], raw, f"{path}{name}")
    return dataclasses.replace(base, **changes)


def _value(kind: Any, raw: Any, path: str) -> Any:
    """`raw` as a value of type `kind`, or an `InputError` that names `path`."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple:
        items = raw if isinstance(raw, list | tuple) else [raw]
        if not items:
            raise InputError(f"{path} must name at least one.")
        return tuple(_value(arguments[0], item, path) for item in items)
    if origin is Literal:
        if raw not in arguments:
            raise InputError(f"{path} cannot be {raw}; {nearest(str(raw), arguments)}")
        return raw
    if origin is types.UnionType:
        return None if raw is None else _value(arguments[0], raw, path)
    if kind is float and isinstance(raw, int) and not isinstance(raw, bool):
        return float(raw)
    if kind is float and isinstance(raw, str):  # YAML 1.1 reads 1e-4 as text
        try:
            return float(raw)
        except ValueError:
            pass
    if kind in (int, float, bool, str) and (type(raw) is kind):
        return raw
    if origin is not None and isinstance(raw, Mapping):
        return dict(raw)
    words = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
    raise InputError(f"{path} must be {words.get(kind, 'a mapping of names to schedules')}; got {raw!r}.")


def _check_names(path: str, names: tuple[str, ...], known: Mapping[str, Any]) -> None:
    for name in names:
        if name not in known:
            raise InputError(f"{path} cannot be {name}; {nearest(name, known)}")


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def overrides_from(tokens: typing.Sequence[str], *, also: typing.Iterable[str] = ()) -> dict[str, Any]:
    """Nested plain values from command-line tokens: `--training.steps 500`, `--unit=[gru, lstm]`, `--unit gru lstm`.

    Values are read as YAML; several in a row are a list. `also` are names to suggest besides the config's own.
    Raises `InputError` for a token that is no option, or an option without a value.
    """
    given: dict[str, list[Any]] = {}
    name = None
    for token in tokens:
        if token.startswith("--"):
            name, _, value = token.removeprefix("--").partition("=")
            given[name] = [value] if value else []
        elif name is None:
            raise InputError(f"{token} is not an option; options are written --name value.")
        else:
            given[name].append(token)
    nested: dict[str, Any] = {}
    top = [field.name for field in dataclasses.fields(StudyConfig)]
    for name, texts in given.items():
        *groups, last = name.replace("-", "_").split(".")
        if not groups and last not in top:
            raise InputError(f"There is no option --{name}; {nearest(last, [*top, *also])}")
        if not texts:
            raise InputError(f"--{name} needs a value.")
        try:
            values = [yaml.safe_load(text) for text in texts]
        except yaml.YAMLError as error:
            raise InputError(f"--{name} cannot be read as YAML: {' '.join(texts)}.") from error
        inner = nested
        for group in groups:
            inner = inner.setdefault(group, {})
            if not isinstance(inner, dict):
                raise InputError(f"--{name} and --{group} cannot both be given.")
        if last in inner:
            raise InputError(f"--{name} and an option within it cannot both be given.")
        inner[last] = values[0] if len(values) == 1 else values
    return nested


def read_config(path: Path, *, overrides: Mapping[str, Any] | None = None) -> StudyConfig:
    """A config from a YAML file, with `overrides` on top. Raises `InputError` if the file cannot be used."""
    try:
        mapping = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read ({error}); give a config in YAML, or a preset.") from error
    except yaml.YAMLError as error:
        where = str(error).replace("\n", " ")
        raise InputError(f"{path} is not YAML ({where}); see `slowpoints config digits` for one that is.") from error
    try:
        return config_from(overrides or {}, base=config_from(mapping or {}))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
