"""What a map does with states: stability, cycles, relaxation, noise. Imports nothing but the rest of `dynamics`."""

from slowpoints.dynamics.behaviour._basin import basin_fraction as basin_fraction, BasinFraction as BasinFraction
from slowpoints.dynamics.behaviour._cycles import Cycles as Cycles, find_cycles as find_cycles
from slowpoints.dynamics.behaviour._destination import destination as destination
from slowpoints.dynamics.behaviour._input_jacobian import input_jacobian as input_jacobian
from slowpoints.dynamics.behaviour._lyapunov import (
    lyapunov_exponents as lyapunov_exponents,
    LyapunovExponents as LyapunovExponents,
)
from slowpoints.dynamics.behaviour._noise import noise_response as noise_response, NoiseResponse as NoiseResponse
from slowpoints.dynamics.behaviour._relax import Ending as Ending, relax as relax, Relaxation as Relaxation
from slowpoints.dynamics.behaviour._speed_along import speed_along as speed_along
from slowpoints.dynamics.behaviour._speed_on_axes import speed_on_axes as speed_on_axes, SpeedMap as SpeedMap
from slowpoints.dynamics.behaviour._stability import (
    Stability as Stability,
    stability as stability,
    StabilityLabel as StabilityLabel,
)
from slowpoints.dynamics.behaviour._trajectories import trajectories as trajectories
