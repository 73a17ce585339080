"""The paper's protocols, with the times at which the paper changes them (appendices C.1 and C.2)."""

import dataclasses
from collections.abc import Callable

from slowpoints.protocols._protocol import Protocol
from slowpoints.protocols._schedule import Schedule


@dataclasses.dataclass(frozen=True)
class Timetable:
    """When the paper's curricula change, in training steps.

    - `steps`: of the whole training.
    - `decu`: when trials grow, by two steps at a time from 6 to 20.
    - `vocu`: when a class is added, from two to ten.

    Example:
        >>> from slowpoints.protocols import decu, Timetable
        >>> hundreds = tuple(range(100, 900, 100))
        >>> decu(times=Timetable(1000, decu=hundreds[:7], vocu=hundreds)).longest_delay(150)
        8
    """

    steps: int
    decu: tuple[int, ...]
    vocu: tuple[int, ...]


TIMETABLES: dict[str, Timetable] = {
    "mnist": Timetable(
        140_000,
        decu=(20_000, 30_000, 40_000, 50_000, 60_000, 70_000, 80_000),
        vocu=(8_000, 16_000, 26_000, 36_000, 48_000, 62_000, 78_000, 98_000),
    ),
    "cifar10": Timetable(
        200_000,
        decu=(30_000, 45_000, 60_000, 75_000, 90_000, 105_000, 120_000),
        vocu=(12_000, 24_000, 38_000, 54_000, 72_000, 92_000, 124_000, 140_000),
    ),
}
"""The paper's times by the corpus that they are for."""

_MNIST = TIMETABLES["mnist"]


def decu(*, trial_steps: int = 20, classes: int = 10, times: Timetable = _MNIST) -> Protocol:
    """Delay curriculum: trials start at 6 steps and grow by 2 at a time up to `trial_steps`.

    The paper's growth to 20 takes seven changes; other lengths keep the first and the last of these and space theirs
    evenly between, as the paper's are.

    Example:
        >>> from slowpoints.protocols import decu
        >>> protocol = decu()
        >>> [protocol.longest_delay(step) for step in (0, 20_000, 139_999)]
        [6, 8, 20]
    """
    lengths = (*range(min(6, trial_steps), trial_steps, 2), trial_steps)
    changes = len(lengths) - 1
    first, last = times.decu[0], times.decu[-1]
    gap = (last - first) / (changes - 1) if changes > 1 else 0
    breakpoints = tuple(round(first + gap * i) for i in range(changes))
    return Protocol("DeCu", Schedule(lengths, breakpoints), Schedule((classes,)))


def vocu(*, trial_steps: int = 20, classes: int = 10, times: Timetable = _MNIST) -> Protocol:
    """Vocabulary curriculum: two classes at first, one more at a time.

    For ten classes at the paper's steps; for another number the same span is crossed along the same curve.

    Example:
        >>> from slowpoints.protocols import vocu
        >>> protocol = vocu()
        >>> [protocol.vocabulary(step) for step in (0, 8_000, 139_999)]
        [2, 3, 10]
    """
    changes = max(classes - 2, 0)
    if changes == len(times.vocu):
        breakpoints = times.vocu
    else:
        breakpoints = tuple(round(_along(times.vocu, (i + 1) / changes)) for i in range(changes))
    return Protocol("VoCu", Schedule((trial_steps,)), Schedule(tuple(range(min(2, classes), classes + 1)), breakpoints))


def vocu_permuted(*, trial_steps: int = 20, classes: int = 10, times: Timetable = _MNIST) -> Protocol:
    """VoCu that introduces the classes in an order drawn for each network from its seed: does the order matter?

    Example:
        >>> from slowpoints.protocols import vocu_permuted
        >>> vocu_permuted().name, vocu_permuted().order
        ('VoCu-permuted', 'drawn')
    """
    inner = vocu(trial_steps=trial_steps, classes=classes, times=times)
    return dataclasses.replace(inner, name="VoCu-permuted", order="drawn")


def naive(*, trial_steps: int = 20, classes: int = 10, times: Timetable = _MNIST) -> Protocol:
    """The full task from the start.

    Example:
        >>> from slowpoints.protocols import naive
        >>> naive().longest_delay(0), naive().vocabulary(0)
        (20, 10)
    """
    return Protocol("naive", Schedule((trial_steps,)), Schedule((classes,)))


def _along(values: tuple[int, ...], fraction: float) -> float:
    """Linear interpolation through (0, 0), (1/n, values[0]) … (1, values[-1])."""
    knots = (0, *values)
    position = fraction * len(values)
    left = min(int(position), len(values) - 1)
    return knots[left] + (position - left) * (knots[left + 1] - knots[left])


PROTOCOLS: dict[str, Callable[..., Protocol]] = {
    "DeCu": decu,
    "VoCu": vocu,
    "naive": naive,
    "VoCu-permuted": vocu_permuted,
}
