"""What the spectrum of a Jacobian gives: eigenvalues, in one order everywhere, and a bound on a fixed point's error."""

import numpy as np
from jaxtyping import Complex128, Float64


def eigenvalues(
    jacobians: Float64[np.ndarray, "point coordinate coordinate"],
) -> Complex128[np.ndarray, "point coordinate"]:
    """Of each matrix, by falling modulus; NaN where it is not finite."""
    # JAX has no eigenvalues of general matrices on a GPU; LAPACK on the host has.
    finite = np.isfinite(jacobians).all(axis=(1, 2))
    values = np.full(jacobians.shape[:2], np.nan, np.complex128)
    values[finite] = np.linalg.eigvals(jacobians[finite])
    return by_falling_modulus(values)


def by_falling_modulus(
    values: Complex128[np.ndarray, "*point eigenvalue"],
) -> Complex128[np.ndarray, "*point eigenvalue"]:
    """Eigenvalues, along the last axis, in that order; NaN last."""
    order = np.lexsort((-np.imag(values), -np.real(values), -np.abs(values)))
    return np.take_along_axis(values, order, axis=-1)


def error_bound(residual: float, state_norm: float, smallest: float, largest: float, coordinates: int) -> float:
    """‖(I−J)⁻¹‖₂ times (‖F(x)−x‖ + its rounding error); infinite if I−J may be singular.

    `smallest` and `largest` are singular values of I−J. The rounding error of F(x)−x is eps·(1+‖I−J‖₂)·(1+‖x‖), that of
    a backward stable step. Without it, the bound would be 0 where the computed F(x)−x is 0.
    """
    if not (np.isfinite(residual) and smallest > coordinates * _EPS * largest):
        return np.inf
    return (residual + _EPS * (1 + largest) * (1 + state_norm)) / smallest


def extreme_singular_values(jacobian: Float64[np.ndarray, "coordinate coordinate"]) -> tuple[float, float]:
    """The smallest and largest singular value of I−J; (0, ∞) where J is not finite."""
    if not np.isfinite(jacobian).all():
        return 0.0, np.inf
    values = np.linalg.svd(np.eye(len(jacobian)) - jacobian, compute_uv=False)
    return float(values[-1]), float(values[0])


_EPS = np.finfo(np.float64).eps
