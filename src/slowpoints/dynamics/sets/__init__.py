"""What a search found, each thing once: isolated points, and the sets that are not made of such."""

from slowpoints.dynamics.sets.distinct import Distinct as Distinct, distinct_points as distinct_points
from slowpoints.dynamics.sets.point_set import PointSet as PointSet
