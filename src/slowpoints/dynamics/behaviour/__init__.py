"""What states do under a map: what holds them, where they go, how long they stay. Needs the rest of `dynamics` only."""

from slowpoints.dynamics.behaviour.basin import basin_fraction as basin_fraction, BasinFraction as BasinFraction
from slowpoints.dynamics.behaviour.cycles import Cycles as Cycles, find_cycles as find_cycles
from slowpoints.dynamics.behaviour.destination import destination as destination
from slowpoints.dynamics.behaviour.input_jacobian import input_jacobian as input_jacobian
from slowpoints.dynamics.behaviour.lyapunov import (
    lyapunov_exponents as lyapunov_exponents,
    LyapunovExponents as LyapunovExponents,
)
from slowpoints.dynamics.behaviour.noise import noise_response as noise_response, NoiseResponse as NoiseResponse
from slowpoints.dynamics.behaviour.relax import Ending as Ending, relax as relax, Relaxation as Relaxation
from slowpoints.dynamics.behaviour.speed_along import speed_along as speed_along
from slowpoints.dynamics.behaviour.speed_on_axes import speed_on_axes as speed_on_axes, SpeedMap as SpeedMap
from slowpoints.dynamics.behaviour.stability import (
    Stability as Stability,
    stability as stability,
    StabilityLabel as StabilityLabel,
)
from slowpoints.dynamics.behaviour.trajectories import trajectories as trajectories
