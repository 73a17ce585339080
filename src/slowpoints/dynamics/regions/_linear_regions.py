"""Points of a piecewise-linear map: exact inside a linear region, or on a kink between regions."""

from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Complex128, Float, Float64, Int

from slowpoints._errors import InputError
from slowpoints._types import State, Step
from slowpoints.dynamics._certificate import FIXED
from slowpoints.dynamics._landscape import Landscape
from slowpoints.dynamics._outcome import WordedCode
from slowpoints.dynamics._precision import as_double, double_precision
from slowpoints.dynamics._spectrum import eigenvalues
from slowpoints.dynamics._states import as_states, check_states, flatten, in_parts, one_of, Rows
from slowpoints.dynamics.regions._descend_kinks import descend_kinks, Linearise, Linearised

BESIDE = 1e-7
"""Derivatives are compared at this distance from a state, times 1 + its norm: on a kink that is nearer the state is
taken to lie."""

NEARBY = 1e-3
"""At this distance, and at halves and quarters of it, they are compared to tell a curve from straight pieces."""

PROBES = 8
"""Along so many directions, both ways. A kink through the state lies between the two ways of each."""

ALIKE = 1e-9
"""Derivatives are the same if they differ by at most this, times their largest entry or 1 if that is larger."""

JUMP = 1e-4
"""Derivatives at `BESIDE` that differ by more than this differ by a jump: on a curve they differ by `BESIDE` times the
curvature."""

STEPS = 100
"""Newton's steps at most. Each that does not end the search enters another region."""

TOGETHER = 32
"""The map is evaluated at so many states at once, so that it compiles once."""


class Region(WordedCode):
    """Where a point of a piecewise-linear map lies; `sentence` says it in words.

    Examples:
        >>> from slowpoints.dynamics import Region
        >>> Region.INSIDE.sentence
        'A fixed point inside one linear region: around it the map is linear, and its eigenvalues say all.'
    """

    INSIDE = 0, "A fixed point inside one linear region: around it the map is linear, and its eigenvalues say all."
    KINK = 1, "A fixed point on a kink, where linear regions meet: the derivative on no side speaks for the others."
    SLOW_KINK = 2, "No fixed point, but a local minimum of speed on a kink, where linear regions meet: a ghost."
    CURVED = 3, "The map is not piecewise linear around it: a smooth map's point, for the search to certify."
    NEITHER = 4, "No fixed point, and no minimum of speed on a kink: nothing that a linear region certifies."


class LinearRegions(eqx.Module):
    """Points of a piecewise-linear map, one for each state given. Every array is NumPy's, read-only, in their order.

    Examples:
        One unit x ↦ relu(2x − 1): 0 and 1 are fixed, each inside its region.

        >>> import jax, numpy as np
        >>> from slowpoints.dynamics import linear_regions
        >>> found = linear_regions(lambda x: jax.nn.relu(2 * x - 1), np.array([[0.1], [0.9]]))
        >>> found.state[:, 0], found.regions
        (array([0., 1.]), (<Region.INSIDE: 0>, <Region.INSIDE: 0>))
    """

    state: State
    """The points; each leaf float64 with a leading axis `point`."""
    root_speed: Float64[np.ndarray, " point"]
    """‖F(x) − x‖."""
    eigenvalues: Complex128[np.ndarray, "point eigenvalue"]
    """λ of dF/dx by falling modulus; NaN unless the point is inside a region, where there is one derivative."""
    region: Int[np.ndarray, " point"]
    """Codes of `Region`."""

    @property
    def regions(self) -> tuple[Region, ...]:
        """`region` as members of `Region`."""
        return tuple(Region(int(code)) for code in self.region)


def linear_regions(step: Step, states: State, *, seed: int = 0) -> LinearRegions:
    """The point of a piecewise-linear map that each state leads to, with a certificate by its linear region.

    Inside a linear region F(x) = Jx + b. A region holds one fixed point at most, (I − J)⁻¹b: one step of Newton's
    method leads to it, exact to rounding, and it is one if it lies in the region. From each state such steps are made,
    shortened where they would raise the speed. Where they end at no fixed point, a minimum of speed on a kink is looked
    for: inside a region where I − J is not singular, speed has no minimum but the fixed point.

    Args:
        step: F, as in `find_slow_points`: made of ReLUs, absolute values, clipping and the like.
        states: where to start, such as the ends of a search, whatever their outcome; each leaf with a leading axis
            `point`.
        seed: of the directions in which kinks are looked for.

    Returns:
        `LinearRegions`.

    Raises:
        InputError: as `find_slow_points`.

    Source:
        Fixed points region by region: Eisenmann et al. (2023), *Bifurcations and loss jumps in RNN training* (SCYFI).
        Minima on kinks: Burke, Lewis and Overton (2005), gradient sampling.

    Examples:
        x ↦ x + |x| + 0.1 has no fixed point and is slowest at the kink, and 0 is a fixed point of x ↦ relu(2x) on one.

        >>> import jax, jax.numpy as jnp, numpy as np
        >>> from slowpoints.dynamics import linear_regions
        >>> found = linear_regions(lambda x: x + jnp.abs(x) + 0.1, np.array([[0.3]]))
        >>> found.regions, found.root_speed.round(6)
        ((<Region.SLOW_KINK: 2>,), array([0.1]))
        >>> linear_regions(lambda x: jax.nn.relu(2 * x), np.array([[0.0]])).regions
        (<Region.KINK: 1>,)
    """
    states = check_states(states, "states")
    rng = np.random.default_rng(seed)
    with double_precision():
        like, doubled = one_of(states, 0), as_double(step)

        def at(rows: Rows) -> Linearised:
            measured = in_parts(lambda part: _linearise(doubled, like, part), TOGETHER, (rows[:1],), rows)
            return Linearised(*measured)

        usable = np.isfinite(at(flatten(states)).motion).all(axis=1)
        if not usable.all():
            raise InputError(
                f"step must return finite values at every state; at state {np.argmin(usable)} it is not so."
            )
        rows, region = [], []
        for row in flatten(states):
            row, fixed = _by_newton(at, row)
            slowest = False
            if not fixed:
                row, slowest = descend_kinks(at, row, rng)
            if not (fixed or slowest):
                row, fixed = _by_newton(at, row)
            rows.append(row)
            region.append(_region(at, row, rng, fixed=fixed, slowest=slowest))
        rows, region = np.stack(rows), np.array(region, np.int64)
        there = at(rows)
    values = np.where((region == Region.INSIDE)[:, None], eigenvalues(there.jacobian), np.nan)
    result = LinearRegions(as_states(rows, states), np.linalg.norm(there.motion, axis=1), values, region)
    for array in jax.tree.leaves(result):
        array.setflags(write=False)
    return result


@eqx.filter_jit
def _linearise(step: Step, like: State, rows: Float[Array | np.ndarray, "row coordinate"]) -> tuple[Any, Any]:
    landscape, _ = Landscape.around(step, like, None)
    return jax.lax.map(lambda row: (landscape.advance(row) - row, landscape.jacobian(row)), rows)


def _by_newton(at: Linearise, row: Float64[np.ndarray, " coordinate"]) -> tuple[np.ndarray, bool]:
    """Newton's steps on F(x) − x, each as long as speed falls; where they end, and whether that is a fixed point."""
    lengths = 2.0 ** -np.arange(TOGETHER)
    for _ in range(STEPS):
        (motion,), (jacobian,) = at(row[None])
        length = np.linalg.norm(motion)
        if length <= FIXED * (1 + np.linalg.norm(row)):
            return row, True
        if not np.isfinite(jacobian).all():
            return row, False
        step = np.linalg.lstsq(jacobian - np.eye(row.size), -motion, rcond=None)[0]
        tried = row + lengths[:, None] * step
        after = np.linalg.norm(at(tried).motion, axis=1)
        lower = np.flatnonzero(after < (1 - 0.1 * lengths) * length)
        if not len(lower):
            return row, False
        row = tried[lower[0]]
    return row, False


def _region(
    at: Linearise, row: Float64[np.ndarray, " coordinate"], rng: np.random.Generator, *, fixed: bool, slowest: bool
) -> Region:
    directions = rng.normal(size=(PROBES, row.size))
    directions = (1 + np.linalg.norm(row)) * directions / np.linalg.norm(directions, axis=1, keepdims=True)
    both = np.concatenate([directions, -directions])
    beside = at(row + BESIDE * both).jacobian
    scale = max(1.0, np.abs(beside).max())
    if np.abs(beside - beside[0]).max() > JUMP * scale:
        return Region.KINK if fixed else Region.SLOW_KINK if slowest else Region.NEITHER
    further = np.stack([at(row + NEARBY * part * both).jacobian for part in (0.25, 0.5, 1.0)])
    changes = np.abs(further - np.roll(further, 1, axis=0)).max(axis=(2, 3))
    # Straight pieces are the same at two of the three distances, but where two kinks happen to lie between them.
    if np.mean((changes > ALIKE * scale).all(axis=0)) > 0.5:
        return Region.CURVED
    return Region.INSIDE if fixed else Region.NEITHER
