"""What a search found, each thing once: isolated points, and the sets that are not made of such."""

from slowpoints.dynamics.sets._distinct import Distinct as Distinct, distinct_points as distinct_points
from slowpoints.dynamics.sets._point_set import PointSet as PointSet
