"""Orbits that come back to where they were after a few steps."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float64, Int

from slowpoints._errors import InputError
from slowpoints._types import State, Step
from slowpoints.dynamics._domain import Domain
from slowpoints.dynamics._landscape import Landscape
from slowpoints.dynamics._outcome import Outcome
from slowpoints.dynamics._precision import as_double, double_precision
from slowpoints.dynamics._search import find_slow_points
from slowpoints.dynamics._states import check_states, one_of, unflatten
from slowpoints.dynamics.behaviour._stability import jacobians, of_jacobians, Stability
from slowpoints.dynamics.solvers import AbstractSolver, Newton

SAME = 1e-6
"""States nearer than this, times 1 + their norm, are the same state. If the phases of an orbit are nearer than that,
just
past a period doubling, the orbit is taken for the shorter cycle."""


class Cycles(eqx.Module):
    """The cycles found, each once, shortest first. Every array is NumPy's, read-only.

    A cycle's first phase is the one at which the coordinate that varies most along the orbit is smallest.

    Examples:
        Under x ↦ 1 − x², 0 goes to 1 and 1 to 0. The multiplier of this cycle is F'(0) F'(1) = 0.

        >>> import numpy as np
        >>> from slowpoints.dynamics import find_cycles
        >>> cycles = find_cycles(lambda x: 1 - x**2, np.array([[0.1]]), longest=2)
        >>> cycles.period
        array([1, 2])
        >>> cycles.stability.labels
        (<StabilityLabel.REPELLER: 2>, <StabilityLabel.ATTRACTOR: 0>)
    """

    state: State
    """The orbits: each leaf float64 with leading axes `cycle` and `phase`, NaN after a cycle's last phase."""
    period: Int[np.ndarray, " cycle"]
    """p, the least number of steps after which the state is back; 1 for fixed points."""
    residual: Float64[np.ndarray, " cycle"]
    """‖F^p(x) − x‖ at the first phase x, in the state's units."""
    hits: Int[np.ndarray, " cycle"]
    """How many searches ended on the cycle, over all starts and lengths."""
    stability: Stability
    """Of F^p at the first phase. Its eigenvalues are the cycle's multipliers, the same at all phases; its time
    constants and periods are numbers of turns."""
    missed: Int[np.ndarray, " length"]
    """For each length 1, 2, …, how many starts led to no cycle: their search ended at a minimum of ‖F^k(x) − x‖ that is
    not zero, or unfinished."""


def find_cycles(
    step: Step,
    starts: State,
    *,
    longest: int = 8,
    domain: Domain | None = None,
    solver: AbstractSolver = Newton(),  # noqa: B008, frozen and so safe to share
) -> Cycles:
    """Fixed points of F, F², …, F^longest, from each start, sorted into cycles.

    Each length is searched for by `find_slow_points` on the composed map; only certified fixed points count. Each is
    reduced to the smallest divisor of the length after which the state is back, so a cycle that was found with twice
    its length is not counted again. There may be more cycles than were found: more starts find more.

    Args:
        step: F, as in `find_slow_points`.
        starts: as in `find_slow_points`. States along a trajectory are good starts.
        longest: the longest period to search for. All lengths share one compilation. The time grows with the square of
            `longest`, and rounding with the orbits' multipliers, so long unstable cycles are missed.
        domain: as in `find_slow_points`.
        solver: as in `find_slow_points`.

    Returns:
        `Cycles`.

    Raises:
        InputError: as `find_slow_points`, also if F^longest is not finite at a start.

    Examples:
        The map x ↦ 1 − x² has a fixed point, the golden ratio less 1.

        >>> import numpy as np
        >>> from slowpoints.dynamics import find_cycles
        >>> find_cycles(lambda x: 1 - x**2, np.array([[0.5]]), longest=1).state.round(6)
        array([[[0.618034]]])
    """
    if not longest >= 1:
        raise InputError(f"longest must be at least 1, not {longest}.")
    starts = check_states(starts, "starts")
    some_state = one_of(starts, 0)
    with double_precision():
        landscape, vector = Landscape.around(as_double(step), some_state, None)
        jax.eval_shape(landscape.advance, vector)  # its error messages are clearer than the composed map's

    cycles: list[_Cycle] = []
    missed = []
    for length in range(1, longest + 1):
        composed = _Composed(step, np.asarray(length, np.int32), longest)
        found = find_slow_points(composed, starts, domain=domain, solver=solver)
        fixed = found.outcome == Outcome.FIXED_POINT
        missed.append(np.sum(~fixed))
        with double_precision():
            orbits = np.asarray(_orbits(as_double(step), found.state, longest))
        for orbit in orbits[fixed]:
            _count(cycles, orbit, length)
    cycles = [cycle._replace(orbit=_from_first_phase(cycle.orbit)) for cycle in cycles]
    cycles.sort(key=lambda cycle: (len(cycle.orbit), *cycle.orbit[0]))
    return _conclude(step, some_state, cycles, np.array(missed), longest)


class _Composed(eqx.Module):
    """F^k for any k up to `longest`, in one form, so that all k share one compilation."""

    step: Step
    length: Int[np.ndarray, ""]
    longest: int = eqx.field(static=True)

    def __call__(self, state: State) -> State:
        def once(state, time):
            # JAX hashes the branches, and a module of traced arrays has no hash.
            return jax.lax.cond(time < self.length, lambda: self.step(state), lambda: state), None

        return jax.lax.scan(once, state, jnp.arange(self.longest))[0]


class _Cycle(NamedTuple):
    orbit: Float64[np.ndarray, "phase coordinate"]
    residual: float
    hits: int


@eqx.filter_jit
def _orbits(step: Step, states: State, longest: int) -> Float[Array, "point time coordinate"]:
    """x, F(x), …, F^longest(x) of each state, flat."""

    def orbit(state):
        landscape, vector = Landscape.around(step, state, None)
        _, path = jax.lax.scan(lambda x, _: (landscape.advance(x), x), vector, length=longest + 1)
        return path

    return jax.lax.map(orbit, states)


def _count(cycles: list[_Cycle], path: Float64[np.ndarray, "time coordinate"], length: int) -> None:
    """Counts the cycle that a path follows, of a period that divides the length, among the cycles."""
    near = SAME * (1 + np.linalg.norm(path[0]))
    returns = np.linalg.norm(path - path[0], axis=1)
    period = next(k for k in range(1, length + 1) if length % k == 0 and (k == length or returns[k] <= near))
    for i, (orbit, residual, hits) in enumerate(cycles):
        if len(orbit) == period and np.linalg.norm(orbit - path[0], axis=1).min() <= near:
            cycles[i] = _Cycle(orbit, residual, hits + 1)
            return
    cycles.append(_Cycle(path[:period], returns[period], 1))


def _from_first_phase(orbit: Float64[np.ndarray, "phase coordinate"]) -> Float64[np.ndarray, "phase coordinate"]:
    varying = np.argmax(np.ptp(orbit, axis=0))
    return np.roll(orbit, -np.argmin(orbit[:, varying]), axis=0)


def _conclude(
    step: Step, some_state: State, cycles: list[_Cycle], missed: Int[np.ndarray, " length"], longest: int
) -> Cycles:
    size = sum(leaf.size for leaf in jax.tree.leaves(some_state))
    padded = np.full((len(cycles), longest, size), np.nan)
    products = np.empty((len(cycles), size, size))
    if cycles:
        phases = np.concatenate([cycle.orbit for cycle in cycles])
        each = iter(jacobians(step, unflatten(phases, some_state)))
        for i, cycle in enumerate(cycles):
            padded[i, : len(cycle.orbit)] = cycle.orbit
            product = np.eye(size)
            for _ in cycle.orbit:
                product = next(each) @ product
            products[i] = product
    result = Cycles(
        state=unflatten(padded, some_state),
        period=np.array([len(cycle.orbit) for cycle in cycles], int),
        residual=np.array([cycle.residual for cycle in cycles], float),
        hits=np.array([cycle.hits for cycle in cycles], int),
        stability=of_jacobians(products),
        missed=missed,
    )
    for array in jax.tree.leaves(result):
        array.setflags(write=False)
    return result
