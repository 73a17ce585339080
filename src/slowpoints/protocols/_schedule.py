"""A piecewise-constant schedule."""

import bisect
import dataclasses
from typing import Self

from slowpoints._errors import InputError


@dataclasses.dataclass(frozen=True)
class Schedule:
    """`values[0]` from step 0 on, `values[k]` from step `breakpoints[k − 1]` on. Steps are training steps.

    Raises `InputError` if the lengths do not fit or the breakpoints do not increase.

    Example:
        >>> from slowpoints import Schedule
        >>> delays = Schedule((6, 12, 20), (4000, 8000))
        >>> delays(3999), delays(4000), delays(100_000)
        (6, 12, 20)
    """

    values: tuple[int, ...]
    breakpoints: tuple[int, ...] = ()

    def __post_init__(self):
        if len(self.values) != len(self.breakpoints) + 1:
            raise InputError(
                f"A schedule has one value more than breakpoints; got {len(self.values)} values and "
                f"{len(self.breakpoints)} breakpoints."
            )
        if any(b <= a for a, b in zip((0, *self.breakpoints), self.breakpoints, strict=False)):
            raise InputError(f"A schedule's breakpoints must be above 0 and increase; got {self.breakpoints}.")

    def __call__(self, step: int) -> int:
        """The value in force at `step`."""
        return self.values[bisect.bisect_right(self.breakpoints, step)]

    def scaled(self, factor: float) -> Self:
        """The same schedule with every breakpoint multiplied by `factor` (to the nearest step)."""
        return dataclasses.replace(self, breakpoints=tuple(round(b * factor) for b in self.breakpoints))
