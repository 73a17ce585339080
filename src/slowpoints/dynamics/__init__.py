"""Slow points of any JAX map: where the dynamics nearly stand still. Needs nothing else of the package."""

from slowpoints.dynamics.behaviour import (
    Ending as Ending,
    relax as relax,
    Relaxation as Relaxation,
    Stability as Stability,
    stability as stability,
    StabilityLabel as StabilityLabel,
)
from slowpoints.dynamics.domain import Domain as Domain
from slowpoints.dynamics.landscape import Coordinates as Coordinates
from slowpoints.dynamics.outcome import Outcome as Outcome
from slowpoints.dynamics.search import find_slow_points as find_slow_points
from slowpoints.dynamics.slow_points import SlowPoints as SlowPoints
from slowpoints.dynamics.solvers import (
    AbstractSolver as AbstractSolver,
    Adam as Adam,
    Newton as Newton,
    NewtonKrylov as NewtonKrylov,
)
from slowpoints.dynamics.speed import jacobian as jacobian, speed as speed
