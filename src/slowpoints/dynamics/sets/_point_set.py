"""A continuum of points, as far as a search has seen it."""

import equinox as eqx
import numpy as np
from jaxtyping import Int

from slowpoints._types import State


class PointSet(eqx.Module):
    """Points that are not isolated and that were shown to hang together: a line, ring, sheet … of fixed points, or a
    valley floor of equal speed.

    Members hang together in pairs such that a point of the set was found near the middle of the two, and near the
    middles of both halves (see `connect`). Two sets that no such pair joins may still be one: more starts would tell.
    """

    members: Int[np.ndarray, " member"]
    """Rows of what was found, rising."""
    state: State
    """The members' states and after them those found in between: the starts' structure, each leaf float64 with a
    leading axis."""
    flat_directions: int
    """Along how many directions a member cannot be told from its neighbours: what most members say."""
    spread: int | None
    """Over how many dimensions neighbouring members spread; None where there are too few."""
    dimension: int | None
    """What the two agree on. None, undecided, where they do not, where a quarter or more of the members say otherwise
    than most, or where `extent` is so small that one point of many vanishing derivatives would look the same."""
    extent: float
    """The largest distance between two of the states, in the state's units."""
