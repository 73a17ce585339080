"""Slow points written and read: as files, as labelled datasets, and for FixedPointFinder."""

from slowpoints.dynamics.exchange._files import load_points as load_points, save_points as save_points
from slowpoints.dynamics.exchange._fixed_point_finder import (
    from_fixed_point_finder as from_fixed_point_finder,
    to_fixed_point_finder as to_fixed_point_finder,
)
from slowpoints.dynamics.exchange._labelled import from_xarray as from_xarray, to_xarray as to_xarray
