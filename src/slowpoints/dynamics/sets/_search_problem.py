"""A map together with the options of its search, and the nearest state of a continuum of that map."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Bool, Float, Int

from slowpoints._types import State, Step
from slowpoints.dynamics._domain import bounds, Box, Domain
from slowpoints.dynamics._landscape import Coordinates, Landscape
from slowpoints.dynamics._precision import as_double, double_precision
from slowpoints.dynamics._search import find_slow_points
from slowpoints.dynamics._slow_points import SlowPoints
from slowpoints.dynamics._states import flatten
from slowpoints.dynamics.sets._geometry import Geometry, local_geometry
from slowpoints.dynamics.solvers import AbstractSolver

STAYED = 1e-6
"""A search from a state that is fixed to within rounding moves it by at most this, times 1 + its norm."""

STEPS = 20
"""Newton's steps at most. From a state nearby the error is squared at each, so fewer are enough."""


class SearchProblem(NamedTuple):
    """A map and the options of its search, as `find_slow_points` takes them."""

    step: Step
    coordinates: Coordinates | None
    domain: Domain | None
    solver: AbstractSolver

    def search(self, starts: State) -> tuple[SlowPoints, Geometry]:
        """The slow points found from these starts, and the geometry at each."""
        options = {"coordinates": self.coordinates, "domain": self.domain}
        found = find_slow_points(self.step, starts, solver=self.solver, **options)
        return found, local_geometry(self.step, found, **options)

    def on_continuum(
        self, states: State, fixed: Bool[np.ndarray, " point"], flat: Int[np.ndarray, " point"]
    ) -> tuple[SlowPoints, Geometry, Bool[np.ndarray, " point"]]:
        """Moves each state to the nearest continuum of `flat` dimensions, and searches from there.

        The last of the results is whether the search ended where it began, as it does on a continuum: between isolated
        fixed points on a slow line it goes to one of them. The search may move along a valley floor, and this is True.
        """
        nearest = nearest_on_continuum(self.step, states, fixed, flat, coordinates=self.coordinates, domain=self.domain)
        found, geometry = self.search(nearest)
        begun, ended = flatten(nearest), flatten(found.state)
        moved = np.linalg.norm(ended - begun, axis=1)
        return found, geometry, ~fixed | (moved <= STAYED * (1 + np.linalg.norm(begun, axis=1)))


def nearest_on_continuum(
    step: Step,
    states: State,
    fixed: Bool[np.ndarray, " point"],
    flat: Int[np.ndarray, " point"],
    *,
    coordinates: Coordinates | None,
    domain: Domain | None,
) -> State:
    """Moves each state to the nearest state of a continuum of `flat` dimensions, by Newton's steps of least norm.

    The continuum is one of fixed points where `fixed`, otherwise a valley floor of equal speed. The step leaves out as
    many directions as the continuum has dimensions: those with the smallest singular values of J−I, or the smallest
    curvatures. So nothing moves along the continuum. (A search that minimises speed in a box may move along it.) The
    result is not certified. If there is no continuum, it means nothing. (Ben-Israel 1966.)
    """
    lower, upper = bounds(domain, jax.tree.map(lambda leaf: leaf[0], states))
    with double_precision():
        ended = _slide(as_double(step), as_double(coordinates), lower, upper, states, fixed, flat)
        return jax.tree.map(np.asarray, ended)


@eqx.filter_jit
def _slide(
    step: Step,
    coordinates: Coordinates | None,
    lower: State,
    upper: State,
    states: State,
    fixed: Bool[Array | np.ndarray, " point"],
    flat: Int[Array | np.ndarray, " point"],
) -> State:
    landscape, _ = Landscape.around(step, jax.tree.map(lambda leaf: leaf[0], states), coordinates)
    box = Box.around(lower, upper)

    def to_fixed_point(vector, dimension):
        left, stretches, right = jnp.linalg.svd(landscape.jacobian(vector) - jnp.eye(vector.size, dtype=vector.dtype))
        return right.T @ _divide(left.T @ (landscape.advance(vector) - vector), stretches, dimension)

    def to_valley(vector, dimension):
        curvatures, directions = jnp.linalg.eigh(landscape.hessian(vector))
        order = jnp.argsort(-jnp.abs(curvatures))
        directions = directions[:, order]
        along = directions.T @ jax.grad(landscape.half_speed)(vector)
        return directions @ _divide(along, curvatures[order], dimension)

    def slide(point):
        vector, is_fixed, dimension = point

        def move(_, at):
            moved = box.clip(at - jax.lax.cond(is_fixed, to_fixed_point, to_valley, at, dimension))
            return jnp.where(jnp.all(jnp.isfinite(moved)), moved, at)

        return jax.lax.fori_loop(0, STEPS, move, vector)

    vectors = jax.vmap(lambda state: ravel_pytree(state)[0])(states)
    return jax.vmap(landscape.unravel)(jax.lax.map(slide, (vectors, fixed, flat)))


def _divide(
    along: Float[Array, " direction"], by: Float[Array, " direction"], left_out: Int[Array, ""]
) -> Float[Array, " direction"]:
    kept = (jnp.arange(by.size) < by.size - left_out) & (by != 0)
    return jnp.where(kept, along / jnp.where(kept, by, 1.0), 0.0)
