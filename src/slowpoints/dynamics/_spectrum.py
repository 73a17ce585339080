"""Eigenvalues of Jacobians, in the one order used everywhere."""

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
