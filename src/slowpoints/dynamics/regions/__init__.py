"""Points of piecewise-linear maps, such as networks of ReLU units, certified by the linear region that they lie in."""

from slowpoints.dynamics.regions._linear_regions import (
    linear_regions as linear_regions,
    LinearRegions as LinearRegions,
    Region as Region,
)
