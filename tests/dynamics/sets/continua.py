"""Maps with continua of fixed points that are known on paper."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np


def rotation(size):
    """Orthonormal axes, one a row, in float64: in float32 they would not be orthonormal enough for a continuum."""
    return np.linalg.qr(np.random.default_rng(0).normal(size=(size, size)))[0]


class Ring(eqx.Module):
    """Every state of norm `radius` in the plane of the first two axes is fixed, and the centre; the rest shrinks."""

    axes: np.ndarray
    radius: float

    def __call__(self, x):
        y = self.axes @ x
        distance = jnp.sqrt(y[0] ** 2 + y[1] ** 2)
        return self.axes.T @ jnp.concatenate([y[:2] * (1.5 - 0.5 * distance / self.radius), 0.3 * y[2:]])


class Integrator(eqx.Module):
    """The first axes integrate: λ is 1 where |y| ≤ 1, and from beyond y is drawn back; the rest shrinks."""

    axes: np.ndarray
    dimension: int = eqx.field(static=True)

    def __call__(self, x):
        y = self.axes @ x
        held = y[: self.dimension]
        beyond = jnp.maximum(jnp.abs(held) - 1, 0.0)
        return self.axes.T @ jnp.concatenate([held - 0.4 * jnp.sign(held) * beyond**2, 0.5 * y[self.dimension :]])
