"""Whether two networks have the same graph of points, and how far apart two graphs are."""

import time
from typing import NamedTuple, TYPE_CHECKING

from slowpoints._errors import InputError
from slowpoints._extras import needs
from slowpoints.dynamics.graph._point_graph import PointGraph

if TYPE_CHECKING:
    import networkx


class GraphComparison(NamedTuple):
    """How two graphs of points differ.

    Examples:
        >>> from slowpoints.dynamics import GraphComparison
        >>> GraphComparison._fields
        ('isomorphic', 'edit_distance', 'exact')
    """

    isomorphic: bool
    """Whether the points of one can be numbered so that it is the other: as many unstable directions at each, the same
    label where there is none, as many ways from each to each."""
    edit_distance: float
    """How many points and connections must be put in, taken out or changed to make one of the other."""
    exact: bool
    """Whether no smaller number will do. If not, the time given was over, and it is the least number found."""


def compare_graphs(one: PointGraph, other: PointGraph, *, seconds: float = 10.0) -> GraphComparison:
    """Compares what leads to what in two networks, whatever their units, weights and states are.

    Args:
        one: from `point_graph`.
        other: from `point_graph`.
        seconds: for how long to look for the edit distance of graphs that are not isomorphic. It takes a time that
            grows exponentially with the number of points; with more than about ten it is often only bounded.

    Returns:
        `GraphComparison`.

    Raises:
        InputError: if `seconds` is not positive.

    Examples:
        One attractor, and two with a saddle between them: two points and two connections more.

        >>> import numpy as np
        >>> from slowpoints.dynamics import compare_graphs, point_graph
        >>> one = point_graph(lambda x: 0.5 * x, np.array([[0.0]]))
        >>> two = point_graph(lambda x: 1.5 * x - 0.5 * x**3, np.array([[-1.0], [0.0], [1.0]]))
        >>> compare_graphs(one, two)
        GraphComparison(isomorphic=False, edit_distance=4.0, exact=True)
    """
    needs("study", "networkx")
    import networkx

    if not seconds > 0:
        raise InputError(f"seconds must be positive, not {seconds}.")
    first, second = _plain(one), _plain(other)
    if networkx.is_isomorphic(first, second, node_match=_same, edge_match=_same):
        return GraphComparison(True, 0.0, True)
    begun = time.perf_counter()
    distance = networkx.graph_edit_distance(first, second, node_match=_same, edge_match=_same, timeout=seconds)
    assert distance is not None
    return GraphComparison(False, float(distance), time.perf_counter() - begun < seconds)


def _plain(graph: PointGraph) -> "networkx.DiGraph":
    """One node a point and one edge a pair, each with all that must agree as `what`."""
    import networkx

    full = graph.to_networkx()
    plain = networkx.DiGraph()
    for node, about in full.nodes(data=True):
        plain.add_node(node, what=about["unstable"] or about["label"])
    for source, target in full.edges():
        plain.add_edge(source, target, what=full.number_of_edges(source, target))
    return plain


def _same(a: dict[str, object], b: dict[str, object]) -> bool:
    return a["what"] == b["what"]
