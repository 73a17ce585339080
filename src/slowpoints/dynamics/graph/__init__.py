"""Which points lead to which: the graph of points, the basins' shares, and graphs compared."""

from slowpoints.dynamics.graph._compare import compare_graphs as compare_graphs, GraphComparison as GraphComparison
from slowpoints.dynamics.graph._point_graph import point_graph as point_graph, PointGraph as PointGraph
