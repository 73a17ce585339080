"""The certificate of a state too large for matrices, from products with them.

The questions and tolerances are those of `_certificate`; the numbers come from Krylov spaces (see `_krylov`). If the
smallest curvature or the Newton step does not converge in the largest space, the state is unfinished. A fixed point
needs neither of the two.
"""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Complex128, Float

from slowpoints._types import State, Step, Vector
from slowpoints.dynamics._certificate import Certificate, FLAT, is_fixed, is_stationary, outcome_of, Verdict
from slowpoints.dynamics._domain import Box
from slowpoints.dynamics._krylov import (
    Extreme,
    KrylovStep,
    leading_eigenvalues,
    newton_step,
    Product,
    SETTLED,
    smallest_eigenvalue,
    smallest_singular_value,
)
from slowpoints.dynamics._landscape import Coordinates, Landscape
from slowpoints.dynamics._spectrum import by_falling_modulus, error_bound


class _Linearised(eqx.Module):
    """A state, and the derivatives there as functions. H is the Hessian of ½S, J is dF/dx."""

    speed: Float[Array, ""]
    residual: Float[Array, ""]
    gradient: Vector
    active: Bool[Array, " coordinate"]
    fixed: Bool[Array, ""]
    hessian: Callable[[Vector], Vector]
    jacobian: Callable[[Vector], Vector]
    transposed: Callable[[Vector], tuple[Vector]]


def certify_by_products(
    step: Step, coordinates: Coordinates | None, like: State, box: Box, vector: Vector, *, leading: int
) -> Verdict:
    """The certificate of a flat state of the form of `like`, and the `leading` eigenvalues of dF/dx there."""
    here = _linearise(step, coordinates, like, box, vector)
    curvature, stationary = _stationarity(here, np.maximum(1.0, np.abs(vector)))
    settled = _is_settled(curvature)
    convex = curvature.smallest >= -FLAT * curvature.largest
    gradient = np.where(here.active, 0.0, here.gradient)
    certificate = Certificate(
        speed=here.speed,
        gradient_norm=jnp.asarray(np.max(np.abs(gradient))),
        smallest_curvature=jnp.asarray(curvature.smallest if settled else np.nan),
        active_bounds=jnp.sum(here.active),
        outcome=outcome_of(
            fixed=here.fixed,
            stationary=jnp.asarray(stationary and convex and settled) & box.holds(vector),
            isolated=jnp.asarray(_is_firm(curvature)),
            held=jnp.any(here.active),
        ),
    )
    eigenvalues, bound = _jacobian(here, np.asarray(vector), min(leading, vector.size))
    return Verdict(certificate, eigenvalues, np.asarray(bound))


@eqx.filter_jit
def _linearise(step: Step, coordinates: Coordinates | None, like: State, box: Box, vector: Vector) -> _Linearised:
    landscape, _ = Landscape.around(step, like, coordinates)
    gradient, hessian = jax.linearize(jax.grad(landscape.half_speed), vector)
    moved, jacobian = jax.linearize(landscape.advance, vector)
    _, transposed = jax.vjp(landscape.advance, vector)
    return _Linearised(
        speed=2 * landscape.half_speed(vector),
        residual=jnp.linalg.norm(moved - vector),
        gradient=gradient,
        active=box.active(vector, gradient),
        fixed=is_fixed(landscape, vector) & jnp.all(jnp.isfinite(gradient)),
        hessian=hessian,
        jacobian=jacobian,
        transposed=transposed,
    )


@eqx.filter_jit
def _apply(linear: Callable, vector: Vector):
    return linear(vector)


class _NotFiniteError(ArithmeticError):
    """A derivative at the state is NaN or infinite."""


def _product(linear: Callable[[Vector], Vector | tuple[Vector]]) -> Product:
    def product(vector: np.ndarray) -> np.ndarray:
        (image,) = jax.tree.leaves(_apply(linear, jnp.asarray(vector)))
        image = np.asarray(image)
        if not np.isfinite(image).all():
            raise _NotFiniteError
        return image

    return product


def _stationarity(here: _Linearised, size: np.ndarray) -> tuple[Extreme, bool]:
    """The smallest curvature on free coordinates, and whether the state is stationary (see `is_stationary`).

    Both in units of `size`, which is max(1, |x|) of each coordinate.
    """
    free = ~np.asarray(here.active)
    slope = np.asarray(size * here.gradient)[free]
    if not np.isfinite(slope).all():
        return _UNKNOWN, False
    whole = _product(here.hessian)

    def product(part: np.ndarray) -> np.ndarray:
        spread = np.zeros(free.size)
        spread[free] = part
        return (size * whole(size * spread))[free]

    try:
        curvature = smallest_eigenvalue(product, slope.size, 0.1 * FLAT)
        firm = _is_firm(curvature)

        def is_negligible(taken: KrylovStep) -> bool:
            # The gradient outside the space would move the state by at most left/λ, if the smallest curvature λ is
            # firm. If it is not, that gradient may lie along a flat direction.
            beyond = taken.left / curvature.smallest if firm else 0.0
            return bool(
                is_stationary(
                    here.speed,
                    decrease=jnp.asarray(taken.decrease + 0.5 * taken.left * beyond),
                    reach=jnp.asarray(np.max(np.abs(taken.step), initial=0.0) + beyond),
                    gain=jnp.asarray(taken.flat + (0.0 if firm else taken.left)),
                )
            )

        taken = newton_step(product, slope, FLAT * curvature.largest, is_negligible)
    except _NotFiniteError:
        return _UNKNOWN, False
    return curvature, is_negligible(taken)


def _jacobian(
    here: _Linearised, vector: np.ndarray, leading: int
) -> tuple[Complex128[np.ndarray, " eigenvalue"], float]:
    """The leading eigenvalues of J, and the error bound."""
    jacobian, transposed = _product(here.jacobian), _product(here.transposed)
    try:
        eigenvalues = by_falling_modulus(leading_eigenvalues(jacobian, vector.size, leading))[:leading]
        moved = smallest_singular_value(lambda v: v - jacobian(v), lambda v: v - transposed(v), vector.size)
    except _NotFiniteError:
        return np.full(leading, np.nan, np.complex128), np.inf
    smallest = moved.smallest - moved.error if moved.error <= SETTLED * moved.smallest else 0.0
    return eigenvalues, error_bound(
        float(here.residual), float(np.linalg.norm(vector)), smallest, moved.largest, vector.size
    )


def _is_settled(curvature: Extreme) -> bool:
    return curvature.error <= max(SETTLED * abs(curvature.smallest), 0.1 * FLAT * curvature.largest)


def _is_firm(curvature: Extreme) -> bool:
    return curvature.smallest - curvature.error > FLAT * curvature.largest


_UNKNOWN = Extreme(np.nan, np.inf, np.nan)
