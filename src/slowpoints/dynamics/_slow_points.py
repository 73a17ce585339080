"""The result of a search for slow points."""

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Bool, Complex128, Float64, Int

from slowpoints._errors import InputError
from slowpoints._types import State
from slowpoints.dynamics._outcome import Outcome


class SlowPoints(eqx.Module):
    """The results of a search, one for each start: immutable, and all evaluated at `state`.

    Every array is NumPy's, read-only, with the starts' order on its leading axis. H is the Hessian of ½S over the whole
    state. *Free* coordinates are those that no bound holds. Where it says "not finite", the derivatives of the step are
    not finite at `state`; such a point is unfinished.

    Examples:
        The map x ↦ x + ¼ + x² has no fixed point. It is slowest at 0, where it moves by ¼.

        >>> import numpy as np
        >>> from slowpoints.dynamics import find_slow_points, Outcome
        >>> points = find_slow_points(lambda x: x + 0.25 + x**2, np.array([[0.5], [-0.5]]))
        >>> points.outcomes
        (<Outcome.SLOW_POINT: 1>, <Outcome.SLOW_POINT: 1>)
        >>> points.root_speed.round(6)
        array([0.25, 0.25])
        >>> len(points[points.outcome == Outcome.FIXED_POINT])
        0
    """

    state: State
    """The states, of the starts' structure; each leaf float64 with a leading axis `point`."""
    speed: Float64[np.ndarray, " point"]
    """S = ‖ξ(F(x)) − ξ(x)‖², in the coordinates' units squared, per step squared."""
    gradient_norm: Float64[np.ndarray, " point"]
    """The largest entry, by modulus, of the gradient of ½S on free coordinates (∞-norm)."""
    smallest_curvature: Float64[np.ndarray, " point"]
    """The smallest eigenvalue of H on free coordinates, where coordinates above 1 count in units of their own size.
    Infinite if no coordinate is free. NaN if a search without matrices could not compute it."""
    eigenvalues: Complex128[np.ndarray, "point eigenvalue"]
    """Eigenvalues of J = dF/dx on the whole state, by falling modulus: all of them or, from a search without matrices,
    the leading ones. NaN if J is not finite, or if a leading one did not converge."""
    error_bound: Float64[np.ndarray, " point"]
    """‖(I−J)⁻¹‖₂ (‖F(x)−x‖ + its rounding error): to first order, the distance to the nearest fixed point, in 2-norm
    over the whole state, whatever ξ is.

    It is meaningful if x is close to a fixed point. Let L be a Lipschitz constant of J around x, b this bound and
    h = ‖(I−J)⁻¹‖₂ L b. If h ≤ ½, there is a fixed point within 2b/(1 + √(1−2h)) ≤ 2b (Newton and Kantorovich). L is not
    known here, so b is an estimate; the true distance can exceed it by a part of about h/2. At a slow point far from
    any fixed point it says nothing, even if it is small.
    Infinite if I−J is singular to rounding, as on a line attractor, if J is not finite, or if a search without matrices
    could not compute ‖(I−J)⁻¹‖₂. Never NaN.
    """
    active_bounds: Int[np.ndarray, " point"]
    """How many coordinates lie on a bound beyond which speed would fall."""
    iterations: Int[np.ndarray, " point"]
    """How many iterations of the solver the point took."""
    outcome: Int[np.ndarray, " point"]
    """Codes of `Outcome`: how each search ended."""

    @property
    def root_speed(self) -> Float64[np.ndarray, " point"]:
        """√S = ‖ξ(F(x)) − ξ(x)‖: how far the state moves in one step."""
        return np.sqrt(self.speed)

    @property
    def q(self) -> Float64[np.ndarray, " point"]:
        """½S, as FixedPointFinder and Sussillo and Barak (2013) report it."""
        return 0.5 * self.speed

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """`outcome` as members of `Outcome`."""
        return tuple(Outcome(int(code)) for code in self.outcome)

    def __len__(self) -> int:
        return len(self.speed)

    def __getitem__(self, rows: slice | Int[np.ndarray, " kept"] | Bool[np.ndarray, " point"]) -> "SlowPoints":
        """Some of the points, by a slice, row numbers or a mask: ``points[points.outcome == Outcome.SLOW_POINT]``.

        Raises:
            InputError: if a single number is given.
        """
        if not isinstance(rows, slice) and np.ndim(rows) == 0:
            raise InputError(f"points are taken by a slice, an array of rows or a mask, not by {rows!r}.")
        return jax.tree.map(lambda leaf: _read_only(leaf[rows]), self)


def _read_only(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array
