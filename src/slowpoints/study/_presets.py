"""Studies by name. How each was chosen is told in docs/presets.md; none was tuned to make a claim come out."""

import dataclasses

from slowpoints.measurements import ExtrapolationSettings, LifetimeSettings, SlowPointSettings
from slowpoints.study._config import Grid, StudyConfig
from slowpoints.training import TrainingSettings

_MNIST = StudyConfig(
    name="mnist",
    corpus="mnist",
    units=200,
    networks=(Grid(unit=("gru", "lstm"), seeds=10),),
    snapshots=140,
    training=TrainingSettings(steps=140_000, batch=128, rate=1e-4),
)
_DIGITS = StudyConfig(
    name="digits",
    corpus="digits",
    units=100,
    networks=(Grid(unit=("gru", "lstm"), seeds=3),),
    training=TrainingSettings(steps=12_000, batch=64, rate=1e-3),
    measurements={"slow_points": SlowPointSettings(adam_steps=20_000)},
)

PRESETS: dict[str, StudyConfig] = {
    "digits": _DIGITS,
    "digits-quick": dataclasses.replace(
        _DIGITS,
        name="digits-quick",
        networks=(Grid(unit=("gru", "lstm"), seeds=2),),
        snapshots=14,
        training=TrainingSettings(steps=1_400, batch=64, rate=2e-3),
        measurements={
            "extrapolation": ExtrapolationSettings(delays=(5, 10, 15, 20, 50, 100, 200), trials_per_class=50),
            "slow_points": SlowPointSettings(newton_iterations=150, adam_steps=1_000),
            "lifetimes": LifetimeSettings(max_steps=2_000),
        },
    ),
    "mnist": _MNIST,
    "mnist-half": dataclasses.replace(
        _MNIST, name="mnist-half", training=TrainingSettings(steps=70_000, batch=128, rate=2e-4)
    ),
    "mnist-fast": dataclasses.replace(
        _MNIST, name="mnist-fast", training=TrainingSettings(steps=14_000, batch=128, rate=1e-3)
    ),
}
"""`mnist` is the paper's own; `mnist-half` halves the steps at twice the rate; `mnist-fast` takes a tenth of the steps
at ten times the rate and ends in degenerate slow points: for trying things out."""
