"""The graph of points: where the ways out of each saddle lead, and how large the attractors' basins are."""

from typing import TYPE_CHECKING

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Complex128, Float64, Int

from slowpoints._errors import InputError
from slowpoints._extras import needs
from slowpoints._types import State, Step
from slowpoints.dynamics._domain import bounds, Domain
from slowpoints.dynamics._states import as_states, check_states, flatten, one_of
from slowpoints.dynamics.behaviour._destination import destination, WITHIN
from slowpoints.dynamics.behaviour._relax import Ending, relax
from slowpoints.dynamics.behaviour._stability import Stability, stability, StabilityLabel
from slowpoints.dynamics.graph._ways import paths_of, PLACES, ways_out

if TYPE_CHECKING:
    import networkx


class PointGraph(eqx.Module):
    """Points as nodes, and as edges the ways out of each along its unstable directions. Arrays are NumPy's, read-only.

    Examples:
        Of the fixed points −1, 0, 1 the middle one leads to both others.

        >>> import numpy as np
        >>> from slowpoints.dynamics import point_graph
        >>> graph = point_graph(lambda x: 1.5 * x - 0.5 * x**3, np.array([[-1.0], [0.0], [1.0]]))
        >>> graph.source, graph.target, sorted(graph.boundaries().edges)
        (array([1, 1]), array([2, 0]), [(0, 2)])
    """

    points: State
    """The points; each leaf with a leading axis `point`."""
    stability: Stability
    """Of each point."""
    source: Int[np.ndarray, " way"]
    """The point that each way leaves."""
    target: Int[np.ndarray, " way"]
    """The point to which it leads; −1 if that is none of those given."""
    eigenvalue: Complex128[np.ndarray, " way"]
    """λ of the direction along which it leaves."""
    ending: Int[np.ndarray, " way"]
    """Codes of `Ending`. A way that leads to none of the points and yet is settled has found one more; one that still
    moves may be on a cycle."""
    steps: Int[np.ndarray, " way"]
    """How many steps it takes from its displaced start."""
    path: Float64[np.ndarray, "way place coordinate"]
    """64 states along it, equally far apart, laid flat; NaN if it diverges."""
    reached: Int[np.ndarray, " point"] | None
    """How many of the `starts` given settled at each point; None without starts."""
    starts: int = eqx.field(static=True)
    """How many starts were given."""

    @property
    def share(self) -> Float64[np.ndarray, " point"]:
        """Each basin's share of the starts; NaN without starts. What is missing to 1 went elsewhere."""
        return np.full(len(self.stability.label), np.nan) if self.reached is None else self.reached / self.starts

    @property
    def share_interval(self) -> Float64[np.ndarray, "point 2"]:
        """Wilson's 95 % interval of the share that infinitely many starts of this kind would give."""
        from scipy.stats import binomtest

        if self.reached is None:
            return np.full((len(self.stability.label), 2), np.nan)
        rows = [binomtest(int(count), self.starts).proportion_ci(0.95, method="wilson") for count in self.reached]
        return np.array(rows, np.float64).reshape(-1, 2)

    def to_networkx(self) -> "networkx.MultiDiGraph":
        """Nodes are the points' numbers, with `label` (in words), `unstable` (how many directions grow) and `share`;
        edges have `eigenvalue` and `steps`. Ways that lead to none of the points are left out.
        """
        needs("study", "networkx")
        import networkx

        graph = networkx.MultiDiGraph()
        there = self.stability
        for k, (label, unstable, share) in enumerate(zip(there.labels, there.unstable, self.share, strict=True)):
            graph.add_node(k, label=label.name.lower(), unstable=int(unstable), share=float(share))
        for way in np.flatnonzero(self.target >= 0):
            ends = int(self.source[way]), int(self.target[way])
            graph.add_edge(*ends, eigenvalue=complex(self.eigenvalue[way]), steps=int(self.steps[way]))
        return graph

    def boundaries(self) -> "networkx.Graph":
        """Which basins touch: attractors as nodes, joined where the two ways out of a saddle with one unstable
        direction lead to both. Such a saddle lies on the boundary between the two; `saddles` of an edge lists them.
        """
        needs("study", "networkx")
        import networkx

        graph = networkx.Graph()
        graph.add_nodes_from(np.flatnonzero(self.stability.label == StabilityLabel.ATTRACTOR).tolist())
        for saddle in np.flatnonzero(self.stability.unstable == 1):
            ends = sorted(set(self.target[self.source == saddle].tolist()))
            if len(ends) == 2 and all(end in graph for end in ends):
                before = graph.get_edge_data(ends[0], ends[1], {"saddles": []})["saddles"]
                graph.add_edge(*ends, saddles=[*before, int(saddle)])
        return graph


def point_graph(
    step: Step,
    points: State,
    *,
    starts: State | None = None,
    domain: Domain | None = None,
    displacement: float = 1e-3,
    max_steps: int = 20_000,
    within: float = WITHIN,
) -> PointGraph:
    """From each point both ways along its unstable directions, to where the map takes the state from there.

    Args:
        step: F, as in `find_slow_points`.
        points: the fixed points, as ``survey(…).exploration.distinct.points.state``, each leaf with a leading axis
            `point`.
        starts: states from which the basins' shares are counted, as from `random_starts` or `sample_states`: a share is
            one of states of that kind.
        domain: as in `find_slow_points`; states beside a point are clipped to it.

    Other Args:
        displacement: how far from the point a way begins, times 1 + the point's norm. It must be small beside the
            distances between points: the unstable manifold bends by its square.
        max_steps: of each way and start.
        within: as in `destination`.

    Returns:
        `PointGraph`. Out of a point with two or more unstable directions go more ways than are tried: all that lie
        between them.

    Raises:
        InputError: if `displacement` is not positive; and as `relax`.

    Source:
        Heteroclinic connections as what a network can do next: Ceni, Ashwin and Livi (2020), *Interpreting recurrent
        neural networks behaviour via excitable network attractors*.

    Examples:
        >>> import numpy as np
        >>> from slowpoints.dynamics import point_graph
        >>> points, starts = np.array([[-1.0], [0.0], [1.0]]), np.linspace(-1.5, 0.5, 9)[:, None]
        >>> graph = point_graph(lambda x: 1.5 * x - 0.5 * x**3, points, starts=starts)
        >>> graph.reached  # of 9 starts from −1.5 to 0.5
        array([6, 1, 2])
    """
    points = check_states(points, "points")
    if not displacement > 0:
        raise InputError(f"displacement must be positive, not {displacement}.")
    there = stability(step, points)
    ways = ways_out(flatten(points), there, displacement)
    lower, upper = bounds(domain, one_of(points, 0))
    if len(ways.source):
        begin = jax.tree.map(np.clip, as_states(ways.begin, points), lower, upper)
        relaxed = relax(step, begin, max_steps=max_steps)
        target = _arrived(relaxed.state, relaxed.ending, points, within)
        ending, steps, path = relaxed.ending, relaxed.steps, paths_of(step, begin, relaxed)
    else:
        target = ending = steps = np.zeros(0, np.int64)
        path = np.zeros((0, PLACES, ways.begin.shape[1]))
    reached, count = None, 0
    if starts is not None:
        ended = relax(step, starts, max_steps=max_steps)
        arrived, count = _arrived(ended.state, ended.ending, points, within), len(ended.ending)
        reached = np.bincount(arrived[arrived >= 0], minlength=len(there.label))
    result = PointGraph(
        points,
        there,
        ways.source,
        target,
        ways.eigenvalue,
        ending.astype(np.int64),
        steps.astype(np.int64),
        path,
        reached,
        count,
    )
    for array in filter(eqx.is_array, jax.tree.leaves(result)):
        array.setflags(write=False)
    return result


def _arrived(
    states: State, ending: Int[np.ndarray, " state"], points: State, within: float
) -> Int[np.ndarray, " state"]:
    """Which point each relaxation that settled ended at; −1 elsewhere."""
    settled = ending == Ending.SETTLED
    arrived = np.full(len(ending), -1, np.int64)
    if settled.any():
        arrived[settled] = destination(jax.tree.map(lambda leaf: leaf[settled], states), points, within=within)
    return arrived
