"""The distinct isolated points of a search, and the sets formed by points that are not isolated."""

from slowpoints.dynamics.sets._distinct import Distinct as Distinct, distinct_points as distinct_points
from slowpoints.dynamics.sets._point_set import PointSet as PointSet
from slowpoints.dynamics.sets._slow_manifold import slow_manifold as slow_manifold, SlowManifold as SlowManifold
