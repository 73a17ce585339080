"""The points of a network across constant inputs: along a path, on a grid, and where the way that was taken matters."""

from slowpoints.interop.inputs._across import AcrossInputs as AcrossInputs, points_across as points_across
from slowpoints.interop.inputs._grid import sweep_grid as sweep_grid, SweepGrid as SweepGrid
from slowpoints.interop.inputs._hysteresis import Hysteresis as Hysteresis, hysteresis as hysteresis
from slowpoints.interop.inputs._sweep import Sweep as Sweep, sweep as sweep, SweepEvent as SweepEvent
