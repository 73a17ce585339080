"""All measurements. A new one is its own file and one line here."""

from collections.abc import Iterable

from slowpoints.measurements._clouds import CLOUDS
from slowpoints.measurements._drift import DRIFT
from slowpoints.measurements._extrapolation import EXTRAPOLATION
from slowpoints.measurements._learning import LEARNING
from slowpoints.measurements._lifetimes import LIFETIMES
from slowpoints.measurements._measurement import Measurement
from slowpoints.measurements._robustness import ROBUSTNESS
from slowpoints.measurements._slow_points import SLOW_POINTS
from slowpoints.measurements._trajectories import TRAJECTORIES
from slowpoints.measurements.tracks import TRACKS

MEASUREMENTS: dict[str, Measurement] = {
    measurement.name: measurement
    for measurement in (
        LEARNING,
        EXTRAPOLATION,
        CLOUDS,
        SLOW_POINTS,
        LIFETIMES,
        DRIFT,
        ROBUSTNESS,
        TRAJECTORIES,
        TRACKS,
    )
}
"""By name, in the order in which they are made: each after those that it needs."""


def with_needs(names: Iterable[str]) -> tuple[str, ...]:
    """Measurements together with all that they need, in the order in which they are made.

    Example:
        >>> from slowpoints.measurements import with_needs
        >>> with_needs(["lifetimes"])
        ('slow_points', 'lifetimes')
    """
    wanted = set(names)
    for name in reversed(MEASUREMENTS):
        if name in wanted:
            wanted.update(MEASUREMENTS[name].needs)
    return tuple(name for name in MEASUREMENTS if name in wanted)


def by_default() -> tuple[str, ...]:
    """The measurements of a study that does not say which.

    Example:
        >>> from slowpoints.measurements import by_default
        >>> "slow_points" in by_default(), "tracks" in by_default()
        (True, False)
    """
    return tuple(name for name, measurement in MEASUREMENTS.items() if measurement.by_default)
