"""How far the nearest fixed point can be from a state."""

import numpy as np
from jaxtyping import Float64


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
