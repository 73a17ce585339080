"""How large a perturbation a point survives."""

from collections.abc import Sequence

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Float64, Int

from slowpoints._errors import InputError
from slowpoints._types import PRNGKey, State, Step
from slowpoints.dynamics._domain import bounds, Domain
from slowpoints.dynamics._precision import double_precision
from slowpoints.dynamics._states import check_state, flatten_one, unflatten
from slowpoints.dynamics.behaviour._destination import destination, WITHIN
from slowpoints.dynamics.behaviour._relax import Ending, relax, Scores

SPARE = 10
"""How many directions are drawn for each that is needed, since some do not fit in the domain."""


class BasinFraction(eqx.Module):
    """How many perturbations of each size a point survives. Every array is NumPy's, read-only.

    Examples:
        If all of n draws survive, Wilson's interval is [n / (n + 1.96²), 1].

        >>> import jax, numpy as np
        >>> from slowpoints.dynamics import basin_fraction
        >>> found = basin_fraction(lambda x: x**3, np.zeros(1), [0.5], key=jax.random.key(0), draws=20)
        >>> found.survived, found.interval.round(3)
        (array([20]), array([[0.839, 1.   ]]))
    """

    sizes: Float64[np.ndarray, " size"]
    """Euclidean norms of the perturbations, in the state's units."""
    draws: int = eqx.field(static=True)
    """How many perturbations of each size were made."""
    survived: Int[np.ndarray, " size"]
    """How many of them the point survived."""
    undecided: Int[np.ndarray, " size"]
    """How many were still moving after the last step; they count as not survived. 0 if scores were given."""

    @property
    def fraction(self) -> Float64[np.ndarray, " size"]:
        """The fraction survived."""
        return self.survived / self.draws

    @property
    def interval(self) -> Float64[np.ndarray, "size 2"]:
        """Wilson's 95 % interval of the fraction that infinitely many draws would give."""
        from scipy.stats import binomtest

        rows = [binomtest(int(count), self.draws).proportion_ci(0.95, method="wilson") for count in self.survived]
        return np.array(rows, np.float64).reshape(-1, 2)


def basin_fraction(
    step: Step,
    point: State,
    sizes: Sequence[float] | Float64[np.ndarray, " size"],
    *,
    key: PRNGKey,
    draws: int = 100,
    scores: Scores | None = None,
    domain: Domain | None = None,
    max_steps: int = 20_000,
    within: float = WITHIN,
) -> BasinFraction:
    """Moves a point in random directions, and counts how often it comes back or keeps its readout.

    Directions are uniform on the sphere and the same for all sizes. So the curve over sizes is smooth, and the result
    for one size does not depend on the other sizes given.

    Args:
        step: F, as in `find_slow_points`.
        point: one state, a pytree of floating-point arrays.
        sizes: Euclidean norms of the perturbations, in the state's units; array (size,).
        key: the random key, for the directions.
        draws: perturbations of each size.
        scores: as in `relax`. With scores, a perturbation is survived if the readout is the point's own at every time
            from 0 to `max_steps`. Without, if the state settles where the point itself settles when it is relaxed.
        domain: as in `find_slow_points`. A coordinate that a perturbation would move out of the domain is moved the
            other way by the same amount, so that the size stays. A direction that still leaves the domain is left out.

    Other Args:
        max_steps: of each relaxation.
        within: as in `destination`, if there are no scores.

    Returns:
        `BasinFraction`.

    Raises:
        InputError: if a size is not positive or does not fit in the domain, if `draws` is not positive, if there are no
            scores and the point itself does not settle, and as `relax`.

    Examples:
        Under x ↦ x³ the basin of 0 is −1 < x < 1.

        >>> import jax, numpy as np
        >>> from slowpoints.dynamics import basin_fraction
        >>> basin_fraction(lambda x: x**3, np.zeros(1), [0.5, 2.0], key=jax.random.key(0)).fraction
        array([1., 0.])
    """
    point = check_state(point, "point")
    sizes = np.asarray(sizes, np.float64)
    if not (sizes.ndim == 1 and (sizes > 0).all()):
        raise InputError(f"sizes must be positive numbers, not {sizes.tolist()}.")
    if not draws > 0:
        raise InputError(f"draws must be positive, not {draws}.")
    centre = flatten_one(point)
    with double_precision():
        directions = np.asarray(jax.random.normal(key, (draws * SPARE, centre.size)))
    directions = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    box = tuple(flatten_one(side) for side in bounds(domain, point))
    perturbed = [_perturb(centre, size, directions, box, draws) for size in sizes]
    starts = unflatten(np.concatenate([centre[None], *perturbed]), point)
    found = relax(step, starts, scores=scores, max_steps=max_steps)
    if scores is not None:
        assert found.label is not None
        assert found.censored is not None
        survived = found.censored & (found.label == found.label[0]) & (found.ending != Ending.DIVERGED)
        undecided = np.zeros(survived.shape, bool)
    elif found.settled[0]:
        there = jax.tree.map(lambda leaf: leaf[:1], found.state)
        survived = found.settled & (destination(found.state, there, within=within) == 0)
        undecided = found.ending == Ending.MOVING
    else:
        raise InputError(
            f"point must settle within {max_steps} steps, or nothing can be said to come back to where it goes: "
            "allow more, or give scores."
        )
    survived, undecided = (of[1:].reshape(len(sizes), draws).sum(axis=1) for of in (survived, undecided))
    result = BasinFraction(sizes.copy(), draws, survived, undecided)
    for array in jax.tree.leaves(result):
        array.setflags(write=False)
    return result


def _perturb(
    centre: Float64[np.ndarray, " coordinate"],
    size: float,
    directions: Float64[np.ndarray, "direction coordinate"],
    box: tuple[Float64[np.ndarray, " coordinate"], ...],
    draws: int,
) -> Float64[np.ndarray, "draw coordinate"]:
    """The point moved along the first `draws` directions that fit in the box, after coordinates that leave it are
    turned."""

    def outside(moves):
        return (centre + moves < box[0]) | (centre + moves > box[1])

    moves = size * directions
    moves = np.where(outside(moves), -moves, moves)
    fitting = moves[~outside(moves).any(axis=1)]
    if len(fitting) < draws:
        raise InputError(
            f"sizes must fit in the domain around the point; of size {size:g}, "
            f"only {len(fitting)} of {len(moves)} perturbations do."
        )
    return centre + fitting[:draws]
