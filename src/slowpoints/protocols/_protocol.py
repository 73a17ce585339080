"""A protocol: two schedules under a name, and the order of the classes."""

import dataclasses
from typing import Literal, Self

from slowpoints._options import option
from slowpoints.protocols._schedule import Schedule


@dataclasses.dataclass(frozen=True)
class Protocol:
    """How the task grows during training.

    - `longest_delay`: T_max, the number of steps a trial lasts; training unrolls no more than that and compiles once
      for each distinct value.
    - `vocabulary`: the number of classes shown, the first ones in order.
    - `order`: of the classes: the corpus' own, or one drawn for each network from its seed.

    Example:
        >>> from slowpoints import Protocol, Schedule
        >>> both = Protocol("both", Schedule((6, 12, 20), (4000, 8000)), Schedule((2, 3), (6000,)))
        >>> both.breakpoints, both.scaled(0.5).breakpoints
        ((4000, 6000, 8000), (2000, 3000, 4000))
    """

    name: str
    longest_delay: Schedule
    vocabulary: Schedule
    order: Literal["corpus", "drawn"] = option(
        "corpus", "Of the classes: the corpus' own, or one drawn for each network from its seed.", before="corpus"
    )

    def scaled(self, factor: float) -> Self:
        """The same protocol stretched or shortened in training time."""
        return dataclasses.replace(
            self,
            longest_delay=self.longest_delay.scaled(factor),
            vocabulary=self.vocabulary.scaled(factor),
        )

    @property
    def breakpoints(self) -> tuple[int, ...]:
        """All training steps at which something changes, in order."""
        return tuple(sorted({*self.longest_delay.breakpoints, *self.vocabulary.breakpoints}))
