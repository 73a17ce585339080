"""Studies by name. How each was chosen is told in docs/presets.md; none was tuned to make a claim come out."""

import dataclasses
from typing import Any

from slowpoints.measurements import MEASUREMENTS
from slowpoints.networks import FrontEndSettings
from slowpoints.study._config import Grid, StudyConfig
from slowpoints.task import TaskSettings
from slowpoints.training import TrainingSettings

_WITH_CLOUDS = tuple(name for name, each in MEASUREMENTS.items() if each.by_default or name == "clouds")
"""What is measured of networks that the paper's figure 3 is of, or could be."""


def _options(**of: dict[str, Any]) -> dict[str, Any]:
    """The options of measurements, by name."""
    return {name: MEASUREMENTS[name].settings(**options) for name, options in of.items() if name in MEASUREMENTS}


_MNIST = StudyConfig(
    name="mnist",
    corpus="mnist",
    units=200,
    networks=(Grid(unit=("gru", "lstm"), seeds=10, measurements=_WITH_CLOUDS),),
    snapshots=140,
    training=TrainingSettings(steps=140_000, batch=128, rate=1e-4),
)
_DIGITS = StudyConfig(
    name="digits",
    corpus="digits",
    units=100,
    networks=(Grid(protocol=("DeCu", "VoCu"), seeds=10), Grid(protocol=("naive",), seeds=3)),
    training=TrainingSettings(steps=12_000, batch=64, rate=1e-3),
    measurements=_options(slow_points={"newton_iterations": 2_000, "adam_steps": 20_000}),
)
_CIFAR10 = StudyConfig(
    name="cifar10",
    corpus="cifar10",
    front_end=FrontEndSettings("convolutional", channels=(64, 64, 64), dense=(1024, 1024)),
    units=400,
    networks=(Grid(unit=("gru", "lstm"), seeds=5, measurements=_WITH_CLOUDS),),
    timetable="cifar10",
    snapshots=100,
    training=TrainingSettings(steps=200_000, batch=64, rate=1e-4, rate_drop_at=0.9, noise_bank=64),
    measurements=_options(slow_points={"noise": 1.0, "images_per_class": 1000}),
)

PRESETS: dict[str, StudyConfig] = {
    "digits": _DIGITS,
    "digits-quick": dataclasses.replace(
        _DIGITS,
        name="digits-quick",
        networks=(Grid(unit=("gru", "lstm"), seeds=2),),
        snapshots=14,
        training=TrainingSettings(steps=1_400, batch=64, rate=2e-3),
        measurements=_options(
            extrapolation={"delays": (5, 10, 15, 20, 50, 100, 200), "trials_per_class": 50},
            slow_points={"newton_iterations": 150, "adam_steps": 1_000},
            lifetimes={"max_steps": 2_000},
        ),
    ),
    "mnist": _MNIST,
    "mnist-half": dataclasses.replace(
        _MNIST, name="mnist-half", training=TrainingSettings(steps=70_000, batch=128, rate=2e-4)
    ),
    "mnist-fast": dataclasses.replace(
        _MNIST, name="mnist-fast", training=TrainingSettings(steps=14_000, batch=128, rate=1e-3)
    ),
    "mnist-paper": dataclasses.replace(
        _MNIST,
        name="mnist-paper",
        networks=(Grid(unit=("gru", "lstm"), readout=("linear",), seeds=10, measurements=_WITH_CLOUDS),),
        task=TaskSettings(shortest_delay=5, joint_timing=True, noise_moments="pixel", report_weight="longest_delay"),
        training=TrainingSettings(steps=140_000, batch=128, rate=1e-4, noise="independent"),
        measurements=_options(slow_points={"lstm_coordinates": "tanh c"}),
    ),
    "cifar10": _CIFAR10,
    "cifar10-fast": dataclasses.replace(
        _CIFAR10,
        name="cifar10-fast",
        front_end=FrontEndSettings("convolutional", channels=(32, 32, 32), dense=(256, 256)),
        units=200,
        networks=(Grid(unit=("gru",), protocol=("DeCu", "VoCu"), seeds=6, measurements=_WITH_CLOUDS),),
        training=TrainingSettings(steps=40_000, batch=64, rate=5e-4, rate_drop_at=0.9, noise_bank=64),
    ),
    "cifar10-tiny": dataclasses.replace(
        _CIFAR10,
        name="cifar10-tiny",
        corpus="cifar10-small",
        front_end=FrontEndSettings("convolutional", channels=(4, 4, 8), dense=(16,)),
        units=16,
        networks=(Grid(unit=("gru",), protocol=("DeCu", "VoCu"), seeds=1, measurements=_WITH_CLOUDS),),
        snapshots=4,
        training=TrainingSettings(steps=200, batch=16, rate=3e-3, rate_drop_at=0.9, noise_bank=32),
        measurements=_options(
            extrapolation={"delays": (5, 20, 50), "noise": (1.0, 2.0), "trials_per_class": 10},
            clouds={"long_delay": 40, "trials_per_class": 10, "permutations": 9},
            slow_points={"noise": 1.0, "images_per_class": 10, "newton_iterations": 20, "adam_steps": 20},
            lifetimes={"max_steps": 200, "draws": 4},
        ),
    ),
}
"""`mnist` is the paper's own; `mnist-half` halves the steps at twice the rate; `mnist-fast` takes a tenth of the steps
at ten times the rate and ends in degenerate slow points: for trying things out; `mnist-paper` follows the paper's text
where its scripts differ from it. `cifar10` is the paper's own too;
`cifar10-fast` has a fifth of the steps at five times the rate and smaller layers, and `cifar10-tiny` learns nothing: it
shows that everything runs."""
