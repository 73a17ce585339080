"""The paper's protocols at the paper's own length (MNIST: 140,000 steps; appendix C.1)."""

from collections.abc import Callable

from slowpoints.protocols._protocol import Protocol
from slowpoints.protocols._schedule import Schedule

STEPS = 140_000
"""The number of training steps that the breakpoints below belong to."""


def decu(*, trial_steps: int = 20, classes: int = 10) -> Protocol:
    """Delay curriculum: trials start at 6 steps and grow by 2 at a time up to `trial_steps`.

    The paper's growth to 20 takes seven changes at 20,000, 30,000 … 80,000; other lengths keep the first and the
    last of these and space theirs evenly between.
    """
    lengths = (*range(min(6, trial_steps), trial_steps, 2), trial_steps)
    changes = len(lengths) - 1
    gap = 60_000 / (changes - 1) if changes > 1 else 0
    breakpoints = tuple(round(20_000 + gap * i) for i in range(changes))
    return Protocol("DeCu", Schedule(lengths, breakpoints), Schedule((classes,)))


def vocu(*, trial_steps: int = 20, classes: int = 10) -> Protocol:
    """Vocabulary curriculum: two classes at first, one more at a time.

    For ten classes at the paper's steps; for another number the same span is crossed along the same curve.
    """
    paper = (8_000, 16_000, 26_000, 36_000, 48_000, 62_000, 78_000, 98_000)
    changes = max(classes - 2, 0)
    if changes == len(paper):
        breakpoints = paper
    else:
        breakpoints = tuple(round(_along(paper, (i + 1) / changes)) for i in range(changes))
    return Protocol("VoCu", Schedule((trial_steps,)), Schedule(tuple(range(min(2, classes), classes + 1)), breakpoints))


def naive(*, trial_steps: int = 20, classes: int = 10) -> Protocol:
    """The full task from the start."""
    return Protocol("naive", Schedule((trial_steps,)), Schedule((classes,)))


def _along(values: tuple[int, ...], fraction: float) -> float:
    """Linear interpolation through (0, 0), (1/n, values[0]) … (1, values[-1])."""
    knots = (0, *values)
    position = fraction * len(values)
    left = min(int(position), len(values) - 1)
    return knots[left] + (position - left) * (knots[left + 1] - knots[left])


PROTOCOLS: dict[str, Callable[..., Protocol]] = {"DeCu": decu, "VoCu": vocu, "naive": naive}
