"""Slow points of any JAX map: states where the dynamics nearly stand still. Imports no other part of the package."""

from slowpoints.dynamics._domain import Domain as Domain
from slowpoints.dynamics._landscape import Coordinates as Coordinates
from slowpoints.dynamics._outcome import Outcome as Outcome
from slowpoints.dynamics._search import find_slow_points as find_slow_points
from slowpoints.dynamics._slow_points import SlowPoints as SlowPoints
from slowpoints.dynamics._speed import jacobian as jacobian, speed as speed
from slowpoints.dynamics.behaviour import (
    basin_fraction as basin_fraction,
    BasinFraction as BasinFraction,
    Cycles as Cycles,
    destination as destination,
    Ending as Ending,
    find_cycles as find_cycles,
    input_jacobian as input_jacobian,
    lyapunov_exponents as lyapunov_exponents,
    LyapunovExponents as LyapunovExponents,
    noise_response as noise_response,
    NoiseResponse as NoiseResponse,
    relax as relax,
    Relaxation as Relaxation,
    speed_along as speed_along,
    speed_on_axes as speed_on_axes,
    SpeedMap as SpeedMap,
    Stability as Stability,
    stability as stability,
    StabilityLabel as StabilityLabel,
    trajectories as trajectories,
)
from slowpoints.dynamics.exchange import (
    from_fixed_point_finder as from_fixed_point_finder,
    from_xarray as from_xarray,
    load_points as load_points,
    save_points as save_points,
    to_fixed_point_finder as to_fixed_point_finder,
    to_xarray as to_xarray,
)
from slowpoints.dynamics.graph import (
    compare_graphs as compare_graphs,
    GraphComparison as GraphComparison,
    point_graph as point_graph,
    PointGraph as PointGraph,
)
from slowpoints.dynamics.modes import (
    Integration as Integration,
    integration as integration,
    linear_prediction as linear_prediction,
    LinearPrediction as LinearPrediction,
)
from slowpoints.dynamics.regions import (
    linear_regions as linear_regions,
    LinearRegions as LinearRegions,
    Region as Region,
)
from slowpoints.dynamics.sets import (
    Distinct as Distinct,
    distinct_points as distinct_points,
    PointSet as PointSet,
    slow_manifold as slow_manifold,
    SlowManifold as SlowManifold,
)
from slowpoints.dynamics.solvers import (
    AbstractSolver as AbstractSolver,
    Adam as Adam,
    GradientFlow as GradientFlow,
    Newton as Newton,
    NewtonKrylov as NewtonKrylov,
)
from slowpoints.dynamics.starts import (
    Exploration as Exploration,
    explore as explore,
    Origin as Origin,
    random_starts as random_starts,
    sample_states as sample_states,
    Unseen as Unseen,
    unseen as unseen,
)
from slowpoints.dynamics.tracking import (
    Event as Event,
    EventKind as EventKind,
    Genealogy as Genealogy,
    genealogy as genealogy,
    track as track,
    Tracks as Tracks,
)
