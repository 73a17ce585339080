"""The points under each of many inputs from one set of starts, each input warm-started from the one before."""

from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Float64, Int

from slowpoints._errors import InputError
from slowpoints._types import State
from slowpoints.dynamics import AbstractSolver, Distinct, distinct_points, find_slow_points, Newton
from slowpoints.dynamics._domain import bounds, Domain
from slowpoints.dynamics._states import as_states, check_states, flatten, one_of, Rows
from slowpoints.interop._survey import Network

TOGETHER = 64
"""Warm searches are of a multiple of so many states, so that they compile for few numbers."""

ASIDE = 1e-4
"""Warm searches begin so far beside a point, times 1 + its norm: under another input it may be a maximum of speed, from
which nothing leads down."""

UNFINISHED = -1


class AcrossInputs(NamedTuple):
    """The distinct points under each input, and to which of them each start belongs.

    Examples:
        >>> from slowpoints.interop import AcrossInputs
        >>> AcrossInputs._fields
        ('inputs', 'distinct', 'assigned', 'root_speed')
    """

    inputs: Float64[np.ndarray, "input ..."]
    """The constant inputs."""
    distinct: tuple[Distinct, ...]
    """The distinct points and sets under each, certified; see `distinct_points`. Their rows are those of searches, of
    which there are fewer than starts."""
    assigned: Int[np.ndarray, "input start"]
    """For each input and start the index of its point, or the number of points plus the index of its set; −1 if the
    search is unfinished."""
    root_speed: Float64[np.ndarray, "input start"]
    """√S where the search that each start belongs to ended."""


def points_across(
    network: Network,
    inputs: Any,
    starts: State,
    *,
    fresh: int = 64,
    seed: int = 0,
    solver: AbstractSolver = Newton(),  # noqa: B008, frozen and so safe to share
) -> AcrossInputs:
    """The points of a network under each of some inputs, from the same starts under all.

    Under the first input every start is searched from. Under each further one the points of the input before are
    searched from, and a start belongs to what its point has become. Some starts, drawn afresh under each input, are
    searched from themselves, to find points that were not there before; they belong to what they find.

    Args:
        network: from `from_torch` and its like.
        inputs: constant inputs, each as `Imported.at` takes it, along the first axis, near ones after each other.
        starts: the states to start from, each leaf with a leading axis `point`.
        fresh: how many starts are searched from anew under each input after the first; as many as there are starts
            makes every input's search independent of the others.
        seed: decides which.
        solver: of all searches.

    Returns:
        `AcrossInputs`. Every point in it is certified under its input. That a start belongs to a point says only, but
        for fresh ones, where its point under the first input has come.

    Raises:
        InputError: if there is no input, or `fresh` is negative; and as `Imported.at` and `find_slow_points`.

    Examples:
        h ↦ tanh(2h + u), from either side: under u = 1 one of the two attractors is left, and the other a ghost.

        >>> import numpy as np
        >>> from slowpoints.interop import from_torch, points_across
        >>> weights = {"weight_ih_l0": np.ones((1, 1)), "weight_hh_l0": np.full((1, 1), 2.0)}
        >>> found = points_across(from_torch(weights, unit="tanh"), [[0.0], [1.0]], np.array([[-0.9], [0.9]]))
        >>> [len(one.points) for one in found.distinct], found.distinct[1].points.outcomes
        ([2, 2], (<Outcome.FIXED_POINT: 0>, <Outcome.SLOW_POINT: 1>))
        >>> found.assigned[1]
        array([1, 0])
    """
    path = np.asarray(inputs, np.float64)
    if path.ndim < 1 or not len(path):
        raise InputError(f"inputs must be one or more constant inputs, one a row, not of shape {path.shape}.")
    if fresh < 0:
        raise InputError(f"fresh must not be negative, but it is {fresh}.")
    starts = check_states(starts, "starts")
    rows, domain = flatten(starts), network.domain()
    rng = np.random.default_rng(seed)
    before = np.arange(len(rows))  # the row of what was searched from that each start belongs to
    begin = rows
    distinct, assigned, speeds = [], [], []
    for k, input in enumerate(path):
        step = network.at(input)
        if k:
            again = rng.permutation(len(rows))[:fresh]
            before[again] = len(begin) + np.arange(len(again))
            begin = begin + ASIDE * (1 + np.linalg.norm(begin, axis=1, keepdims=True)) * rng.normal(size=begin.shape)
            begin = _filled_up(_inside(np.concatenate([begin, rows[again]]), starts, domain))
        found = find_slow_points(step, as_states(begin, starts), domain=domain, solver=solver)
        here = distinct_points(step, found, domain=domain, solver=solver)
        assigned.append(here.label[before])
        speeds.append(found.root_speed[before])
        distinct.append(here)
        _, first, place = np.unique(_apart(here.label), return_index=True, return_inverse=True)
        begin, before = flatten(found.state)[first], place[before]
    return AcrossInputs(path, tuple(distinct), np.stack(assigned), np.stack(speeds))


def _inside(rows: Rows, like: State, domain: Domain) -> Rows:
    lower, upper = (flatten(jax.tree.map(lambda leaf: leaf[None], side)) for side in bounds(domain, one_of(like, 0)))
    return np.clip(rows, lower, upper)


def _apart(label: Int[np.ndarray, " search"]) -> Int[np.ndarray, " search"]:
    """The labels, and for each unfinished search one of its own: under the next input it goes on from where it is."""
    return np.where(label == UNFINISHED, label.max(initial=0) + 1 + np.arange(len(label)), label)


def _filled_up(rows: Rows) -> Float64[np.ndarray, "filled coordinate"]:
    """The rows, and the last again up to a multiple of `TOGETHER`."""
    return np.concatenate([rows, np.repeat(rows[-1:], -len(rows) % TOGETHER, axis=0)])
