"""How the suite is run."""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path

CLOCKS: dict[str, Callable[[], float]] = {"wall": time.perf_counter, "processor": time.process_time}
"""Seconds on the wall, or seconds of this process' processor time: on a machine that computes for others too, the time
of one thread says more than the wall's."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """What every benchmark is given.

    - `threads`: threads of each side.
    - `rounds`: how often each side is timed, in turn.
    - `seconds`: how long a timing of something short is drawn out, about.
    - `clock`: which of `CLOCKS` counts.
    - `study`: a study whose first GRU is searched and tracked, if any.
    """

    threads: int = 1
    rounds: int = 3
    seconds: float = 2.0
    clock: str = "wall"
    study: Path | None = None

    @property
    def now(self) -> Callable[[], float]:
        """The clock."""
        return CLOCKS[self.clock]
