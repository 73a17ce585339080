"""What states do under a map: what holds them, where they go, how long they stay. Needs the rest of `dynamics` only."""

from slowpoints.dynamics.behaviour.relax import Ending as Ending, relax as relax, Relaxation as Relaxation
from slowpoints.dynamics.behaviour.stability import (
    Stability as Stability,
    stability as stability,
    StabilityLabel as StabilityLabel,
)
