"""How the suite is run."""

import dataclasses
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Settings:
    """What every benchmark is given.

    - `threads`: threads of each side.
    - `rounds`: how often each side is timed, in turn.
    - `seconds`: how long a timing of something short is drawn out, about.
    - `study`: a study whose first GRU is searched, if any.
    """

    threads: int = 1
    rounds: int = 3
    seconds: float = 2.0
    study: Path | None = None
