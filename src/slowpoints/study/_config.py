"""The config of a study: frozen dataclasses whose fields say their meaning and their range."""

import dataclasses
import json
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

from slowpoints._errors import InputError
from slowpoints._options import check_once, check_ranges, identity, option, plain
from slowpoints.measurements import by_default, MEASUREMENTS
from slowpoints.networks import FRONT_ENDS, FrontEndSettings, ReadoutKind, UNITS
from slowpoints.protocols import PROTOCOLS
from slowpoints.study._names import check_names, plainly, shown
from slowpoints.task import TaskSettings
from slowpoints.training import TrainingSettings

MOST = 1_000_000
"""Networks of a study: ten times what its folder was thought through for."""


@dataclasses.dataclass(frozen=True)
class Grid:
    """Some networks of a study: every unit × readout × protocol × seed × training is one.

    Raises `InputError` for a name that is not known, or one given twice.

    Example:
        >>> from slowpoints import Grid
        >>> Grid(unit=("gru", "lstm"), seeds=2).count  # two units, one readout, three protocols, two seeds
        12
    """

    unit: tuple[str, ...] = option(("gru",), "Kinds of recurrent unit.")
    readout: tuple[ReadoutKind, ...] = option(
        ("sigmoid",), "What stands before the soft-max: a sigmoid (the published scripts) or nothing (the paper)."
    )
    protocol: tuple[str, ...] = option(
        ("DeCu", "VoCu", "naive"), "Names out of DeCu, VoCu, naive, VoCu-permuted and the study's `schedules`."
    )
    seeds: int | tuple[int, ...] = option(
        3, "How many networks a setting, with seeds from 0; or a list of the seeds.", low=0, high=2**31 - 1
    )
    trainings: int = option(
        1,
        "How often each seed's initial weights are trained: first on the data of its own seed, then on other data (the "
        "control that claim 29 needs).",
        low=1,
        high=1000,
    )
    measurements: tuple[str, ...] = option(by_default(), "What is measured of these networks.")

    def __post_init__(self):
        check_ranges(self)
        if self.seeds == 0:
            raise InputError("seeds must be at least 1, or a list of seeds; got 0.")
        check_names("unit", self.unit, UNITS)
        check_names("measurements", self.measurements, MEASUREMENTS)
        check_once(self, "unit", "readout", "protocol", "measurements")
        if isinstance(self.seeds, tuple):
            check_once(self, "seeds")

    @property
    def count(self) -> int:
        """How many networks these are."""
        seeds = len(self.seeds) if isinstance(self.seeds, tuple) else self.seeds
        return len(self.unit) * len(self.readout) * len(self.protocol) * seeds * self.trainings

    @property
    def seed_list(self) -> tuple[int, ...]:
        """The seeds, one by one."""
        return self.seeds if isinstance(self.seeds, tuple) else tuple(range(self.seeds))


@dataclasses.dataclass(frozen=True)
class StudyConfig:
    """Everything that determines a study. Raises `InputError` where parts do not fit together.

    Example:
        >>> from slowpoints import Grid, StudyConfig
        >>> StudyConfig(units=50, networks=(Grid(seeds=10), Grid(unit=("lstm",), protocol=("DeCu",)))).networks[1].count
        3
    """

    name: str = option("study", "The study's name, also of its folder.")
    corpus: str = option("digits", "The corpus' name; `slowpoints data list` has them all.")
    corpus_file: str | None = option(None, "The .npz with the images and labels of the corpus `arrays`.")
    front_end: FrontEndSettings = option(FrontEndSettings(), "What makes features of an image's pixels.")
    units: int = option(100, "Recurrent units of a network.", low=1, high=100_000)
    networks: tuple[Grid, ...] = option((Grid(),), "Which networks there are, as one grid or several.")
    timetable: Literal["mnist", "cifar10"] = option(
        "mnist", "The corpus whose times in the paper the protocols take, scaled to the number of training steps."
    )
    schedules: Mapping[str, Any] = option(
        {},
        "Protocols of one's own by name: `longest_delay` (steps of a trial) and `vocabulary`, each a number or "
        "{values: […], breakpoints: […]} in training steps; `order` of the classes, corpus or drawn (for each "
        "network).",
    )
    task: TaskSettings = option(TaskSettings(), "The delayed-recall task.")
    training: TrainingSettings = option(TrainingSettings(), "How networks are trained.")
    ensemble: int = option(
        1,
        "Networks trained together by one worker: at once on a GPU, which one alone does not fill; one after the "
        "other on a CPU, where 1 leaves most to share.",
        low=1,
        high=10_000,
    )
    records: int = option(140, "Rows of loss and accuracy that a training leaves.", low=1, high=1_000_000)
    snapshots: int = option(70, "Snapshots of the weights that a training leaves.", low=1, high=1_000_000)
    snapshots_around: int = option(
        0,
        "More snapshots on either side of every change of the curriculum, half of the regular interval away, a "
        "quarter, and so on.",
        low=0,
        high=20,
    )
    keep: Literal["snapshots", "final", "nothing"] = option(
        "snapshots", "Which weights stay on disk once a network has been measured."
    )
    measurements: Mapping[str, Any] = option({}, "The options of each measurement.")

    def __post_init__(self):
        check_ranges(self)
        if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}", self.name):
            raise InputError(
                f"name may hold letters, digits and _ . - only, because a folder bears it; got {shown(self.name)}."
            )
        if not self.networks:
            raise InputError("networks must hold at least one grid.")
        count = sum(grid.count for grid in self.networks)
        if count > MOST:
            raise InputError(f"networks must be at most {MOST:,} in all; got {count:,}.")
        for name in self.schedules:
            if not re.fullmatch(r"[A-Za-z0-9_.-]+", str(name)):
                raise InputError(
                    f"schedules.{plainly(name)}: a name may hold letters, digits and _ . - only, because "
                    "folders bear it."
                )
            if name in PROTOCOLS:
                raise InputError(f"schedules.{name}: {name} is a protocol of the paper; choose another name.")
        check_names("front_end.kind", (self.front_end.kind,), FRONT_ENDS)
        for grid in self.networks:
            check_names("protocol", grid.protocol, {**PROTOCOLS, **self.schedules})
        if self.training.noise == "shared" and self.training.noise_bank < self.task.trial_steps:
            raise InputError(
                f"training.noise_bank must be at least task.trial_steps ({self.task.trial_steps}); "
                f"got {self.training.noise_bank}."
            )
        if self.corpus == "arrays" and not self.corpus_file:
            raise InputError("The corpus arrays needs corpus_file, the .npz with images and labels.")
        full = {name: self.measurements.get(name, measurement.settings()) for name, measurement in with_options()}
        object.__setattr__(self, "measurements", full)
        for name, settings in full.items():
            check = MEASUREMENTS[name].check
            if check is not None:
                check(settings, self.task)

    @cached_property
    def identities(self) -> dict[str, str]:
        """What the options of each measurement add to its fingerprints, as JSON; asked for each network of a study."""
        return {name: json.dumps(identity(settings_of(self, name)), sort_keys=True) for name in MEASUREMENTS}


def with_options() -> tuple[tuple[str, Any], ...]:
    """The measurements that have options, by name."""
    return tuple((name, m) for name, m in MEASUREMENTS.items() if dataclasses.fields(m.settings))


def settings_of(config: StudyConfig, measurement: str) -> Any:
    """A measurement's settings in a study.

    Example:
        >>> from slowpoints import StudyConfig
        >>> from slowpoints.study import settings_of
        >>> settings_of(StudyConfig(), "extrapolation").trials_per_class
        100
    """
    return config.measurements.get(measurement, MEASUREMENTS[measurement].settings())


def config_to_mapping(config: StudyConfig) -> dict[str, Any]:
    """The config as nested plain values, such that `config_from` gives it back.

    Example:
        >>> from slowpoints import config_from, StudyConfig
        >>> from slowpoints.study import config_to_mapping
        >>> config_from(config_to_mapping(StudyConfig(units=50))) == StudyConfig(units=50)
        True
    """
    return plain(config)
