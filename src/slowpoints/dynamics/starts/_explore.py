"""Search in rounds: from given starts, then from the points found, until a round finds nothing new."""

import enum
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Bool, Float, Float64, Int

from slowpoints._errors import InputError
from slowpoints._types import PRNGKey, State, Step
from slowpoints.dynamics._domain import bounds, Domain
from slowpoints.dynamics._landscape import Coordinates
from slowpoints.dynamics._precision import as_double, double_precision
from slowpoints.dynamics._slow_points import SlowPoints
from slowpoints.dynamics._speed import speed
from slowpoints.dynamics._states import as_states, check_states, flatten, in_parts, one_of, Rows
from slowpoints.dynamics.behaviour._stability import stability
from slowpoints.dynamics.sets._distinct import Distinct, distinguish
from slowpoints.dynamics.sets._search_problem import SearchProblem
from slowpoints.dynamics.solvers import AbstractSolver, Newton
from slowpoints.dynamics.starts._deflation import away_from_known


class Origin(enum.IntEnum):
    """Where a search of an exploration began.

    Examples:
        >>> from slowpoints.dynamics import Origin
        >>> [origin.name for origin in Origin]
        ['START', 'DISPLACED', 'DEFLATED']
    """

    START = 0
    """At one of the given starts."""
    DISPLACED = 1
    """Displaced from a point found in the round before."""
    DEFLATED = 2
    """Where Newton's method, deflated by all known points, ended (see `_deflation`)."""


class Exploration(eqx.Module):
    """All that was found in some rounds of search, and the distinct points and sets among it.

    Examples:
        Two starts find two of the three fixed points of x ↦ tanh 2x. The second round finds the third, the next nothing
        new.

        >>> import jax, jax.numpy as jnp, numpy as np
        >>> from slowpoints.dynamics import explore
        >>> step = lambda x: jnp.tanh(2.0 * x)
        >>> found = explore(step, np.array([[-0.5], [0.5]]), key=jax.random.key(0), domain=(-1.0, 1.0))
        >>> found.new, found.settled
        (array([2, 1, 0]), True)
    """

    found: SlowPoints
    """The end of every search of F, in the order in which they were made."""
    distinct: Distinct
    """The distinct points and sets in `found`; its rows are those of `found`."""
    start: State
    """The states at which the searches began, in the structure of `found.state`."""
    round: Int[np.ndarray, " point"]
    """The round of each search; 0 is that of the given starts."""
    origin: Int[np.ndarray, " point"]
    """Codes of `Origin`."""
    parent: Int[np.ndarray, " point"]
    """For a displaced search, the row in `found` of the point it was displaced from. Otherwise the index of the given
    start at which the search, or the deflated Newton's method before it, began."""
    new: Int[np.ndarray, " round"]
    """How many distinct points and sets each round was the first to find."""
    settled: bool
    """Whether something was found, and the last round was complete and found nothing new. If not, no search was
    certified, or the rounds or searches allowed were used up."""

    @property
    def start_multiplicity(self) -> Int[np.ndarray, " distinct_or_set"]:
        """How many of the given starts ended at each point and set: for `unseen`, if they were independent."""
        label = self.distinct.label[self.round == 0]
        return np.bincount(label[label >= 0], minlength=len(self.distinct.multiplicity))


class _Starts(NamedTuple):
    """The starts of one round, and where each comes from."""

    rows: Rows
    origin: Int[np.ndarray, " point"]
    parent: Int[np.ndarray, " point"]


def explore(
    step: Step,
    starts: State,
    *,
    key: PRNGKey,
    coordinates: Coordinates | None = None,
    domain: Domain | None = None,
    rounds: int = 5,
    searches: int = 2000,
    directions: int = 4,
    distances: tuple[float, ...] = (0.3, 1.0, 2.0),
    deflated: int = 16,
    solver: AbstractSolver = Newton(),  # noqa: B008, frozen and so safe to share
    watch: Callable[[int, int, int], object] = lambda number, starts, points: None,
) -> Exploration:
    """Searches in rounds for as many points as can be found, and records where each search began.

    Round 0 searches from the starts. Each further round searches from two kinds of states. The first are displaced,
    both ways, from each point that the round before found first (from one member, if it is a set), along its least
    stable directions. The second are reached by Newton's method, deflated by everything known, from the starts with
    noise. Every point is found and certified by the same search. It stops when a round finds nothing new.

    Args:
        step: as in `find_slow_points`.
        starts: as in `find_slow_points`.
        key: the random key, for the noise and the choice of starts.
        coordinates: as in `find_slow_points`.
        domain: as in `find_slow_points`.
        rounds: the most rounds, including round 0.
        searches: the most searches after round 0, without the short ones between members of sets. If a round would
            exceed this, displacements along the less leading directions are left out.
        directions: along how many directions points are displaced: eigenvectors of dF/dx with the eigenvalues of
            largest modulus, so unstable ones first, then the slowest of the stable ones. A complex pair counts as two.
        distances: how far points are displaced, in units of the spread of the starts and everything found. The spread
            is the root mean squared distance from the mean, or 1 plus the norm if all coincide.
        deflated: how many deflated starts a round makes. The noise they begin with is Gaussian, a tenth of the spread.
        solver: as in `find_slow_points`.
        watch: is told at the beginning of each round its number, from 0, its starts, and how many points are known.

    Returns:
        `Exploration`. Points that are far from all starts, and to which no unstable direction leads, can be missed.
        `unseen` estimates how many, for the starts' distribution.

    Raises:
        InputError: if `rounds`, `searches` or a distance are not positive, or `directions` or `deflated` are negative;
            and what `find_slow_points` raises.

    Source:
        Deflation, Farrell, Birkisson and Funke (2015).

    Examples:
        >>> import jax, jax.numpy as jnp, numpy as np
        >>> from slowpoints.dynamics import explore
        >>> step = lambda x: jnp.tanh(2.0 * x)
        >>> found = explore(step, np.array([[-0.5], [0.5]]), key=jax.random.key(0), domain=(-1.0, 1.0))
        >>> np.sort(np.abs(found.distinct.points.state[:, 0])).round(6)  # 0 and both solutions of tanh 2x = x
        array([0.      , 0.957504, 0.957504])
    """
    _check(rounds, searches, directions, distances, deflated)
    starts = check_states(starts, "starts")

    problem = SearchProblem(step, coordinates, domain, solver)
    watch(0, len(flatten(starts)), 0)
    found, geometry = problem.search(starts)
    given, like, size = flatten(starts), found.state, len(found.speed)
    lower, upper = (flatten(_one(side)) for side in bounds(domain, one_of(starts, 0)))
    filler = flatten(like)[[np.argmin(found.outcome)]]

    def in_all(function: Callable[[State], Any], rows: Rows) -> Any:
        return in_parts(lambda part: function(as_states(part, like)), size, (filler,), rows)

    distinct = distinguish(found, geometry, problem, size)
    begun = [_Starts(given, np.full(len(given), Origin.START), np.arange(len(given)))]
    fresh, new = _firsts(distinct), [len(distinct.multiplicity)]
    spent, whole = 0, True
    for round_key in jax.random.split(key, rounds)[1:]:
        if not new[-1] or spent >= searches:
            break
        spread = _spread(np.concatenate([given, flatten(found.state)]))
        room = min(deflated, searches - spent)
        index, noisy = _with_noise(given, room, 0.1 * spread / given.shape[1] ** 0.5, round_key)
        if room:
            away = partial(away_from_known, step, _known(distinct), domain=domain, longest_step=1 + spread)
            noisy = flatten(in_all(away, np.clip(noisy, lower, upper)))
        leading = in_all(partial(_leading_directions, step, directions), flatten(found.state)[fresh])
        parent, moved = _displaced(flatten(found.state), fresh, leading, spread * np.asarray(distances, np.float64))
        left = searches - spent - room
        whole = room == deflated and len(moved) <= left
        begin = _Starts(
            np.clip(np.concatenate([moved[:left], noisy]), lower, upper),
            np.repeat([Origin.DISPLACED, Origin.DEFLATED], [len(moved[:left]), room]),
            np.concatenate([parent[:left], index]),
        )
        # Where one of these states is one that F cannot go on from, no search begins.
        usable = in_all(partial(_finite, step, coordinates), begin.rows)
        begin = _Starts(*(column[usable] for column in begin))
        if not len(begin.rows):
            break
        watch(len(begun), len(begin.rows), len(distinct.multiplicity))
        more, there = in_all(problem.search, begin.rows)
        before = len(found.speed)
        found, geometry = _join(found, more), _join(geometry, there)
        begun.append(begin)
        spent += len(begin.rows)
        distinct = distinguish(found, geometry, problem, size)
        fresh = _firsts(distinct)
        fresh = fresh[fresh >= before]
        new.append(len(fresh))

    result = Exploration(
        found=found,
        distinct=distinct,
        start=as_states(np.concatenate([begin.rows for begin in begun]), like),
        round=np.repeat(np.arange(len(begun)), [len(begin.rows) for begin in begun]),
        origin=np.concatenate([begin.origin for begin in begun]),
        parent=np.concatenate([begin.parent for begin in begun]),
        new=np.array(new),
        settled=whole and not new[-1] and len(distinct.multiplicity) > 0,
    )
    for array in filter(eqx.is_array, jax.tree.leaves(result)):
        array.setflags(write=False)
    return result


def _one(state: State) -> State:
    return jax.tree.map(lambda leaf: np.asarray(leaf)[None], state)


def _join(*parts: Any) -> Any:
    return jax.tree.map(lambda *leaves: np.concatenate(leaves), *parts)


def _firsts(distinct: Distinct) -> Int[np.ndarray, " distinct_or_set"]:
    """For each point and set, the first row of what was found that belongs to it."""
    return np.sort([np.argmax(distinct.label == k) for k in range(len(distinct.multiplicity))]).astype(np.int64)


def _known(distinct: Distinct) -> Rows:
    """The states of all known points, and of all known members of sets."""
    return np.concatenate([flatten(distinct.points.state), *(flatten(one.state) for one in distinct.sets)])


def _spread(rows: Rows) -> float:
    """The root mean squared distance from the mean; 1 + the norm if all rows coincide."""
    spread = float(np.sqrt(np.mean(np.sum((rows - rows.mean(axis=0)) ** 2, axis=1))))
    return spread if spread > 0 else 1 + float(np.linalg.norm(rows[0]))


def _with_noise(
    rows: Rows, count: int, noise: float, key: PRNGKey
) -> tuple[Int[np.ndarray, " start"], Float64[np.ndarray, "start coordinate"]]:
    """`count` rows in random order, repeated only if there are too few, with Gaussian noise on each coordinate."""
    order_key, noise_key = jax.random.split(key)
    index = np.resize(np.asarray(jax.random.permutation(order_key, len(rows))), count).astype(np.int64)
    ripple = np.asarray(jax.random.normal(noise_key, (count, rows.shape[1])), np.float64)
    return index, rows[index] + noise * ripple


def _displaced(
    rows: Rows,
    parents: Int[np.ndarray, " parent"],
    directions: Float64[np.ndarray, "parent direction coordinate"],
    distances: Float64[np.ndarray, " distance"],
) -> tuple[Int[np.ndarray, " start"], Float64[np.ndarray, "start coordinate"]]:
    """The parents' states moved both ways: first all parents along their first direction, then along their second …"""
    moves = directions.swapaxes(0, 1)[:, None] * np.concatenate([distances, -distances])[:, None, None]
    begin = (rows[parents] + moves).reshape(-1, rows.shape[1])
    return np.resize(parents, len(begin)), begin


def _leading_directions(step: Step, count: int, states: State) -> Float64[np.ndarray, "point direction coordinate"]:
    """`count` unit vectors for each point: its eigenvectors of dF/dx with the largest moduli, as real vectors."""
    there = stability(step, states)
    # Of a complex pair the first gives its real, the second its imaginary part.
    second = np.imag(there.eigenvalues)[:, None, :count] < 0
    vectors = there.eigenvectors[:, :, :count]
    parts = np.where(second, np.imag(vectors), np.real(vectors))
    return (parts / np.linalg.norm(parts, axis=1, keepdims=True)).swapaxes(1, 2)


def _finite(step: Step, coordinates: Coordinates | None, states: State) -> Bool[np.ndarray, " point"]:
    """Whether the speed at each state is finite."""
    with double_precision():
        return np.isfinite(np.asarray(_speeds(as_double(step), as_double(coordinates), states)))


@eqx.filter_jit
def _speeds(step: Step, coordinates: Coordinates | None, states: State) -> Float[Array, " point"]:
    return jax.vmap(lambda state: speed(step, state, coordinates))(states)


def _check(rounds: int, searches: int, directions: int, distances: tuple[float, ...], deflated: int) -> None:
    for name, value in {"rounds": rounds, "searches": searches}.items():
        if value < 1:
            raise InputError(f"{name} must be positive, not {value}.")
    for name, value in {"directions": directions, "deflated": deflated}.items():
        if value < 0:
            raise InputError(f"{name} must not be negative, but it is {value}.")
    if not all(distance > 0 for distance in distances):
        raise InputError(f"distances must be positive, but they are {distances}.")
