"""Where a study's work runs: one interface, and what offers it."""

from slowpoints.engines._engine import Engine as Engine
from slowpoints.engines._processes import Processes as Processes, processors as processors
from slowpoints.engines._serial import Serial as Serial
from slowpoints.engines._worker import end_with_parent as end_with_parent
