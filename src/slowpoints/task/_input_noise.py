"""Noise of another strength than trained, where it enters the recurrent unit."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from slowpoints._types import PRNGKey


class InputNoise(eqx.Module):
    """Makes the noise at the unit's input `factor` times as strong, about its mean.

    Given and returned are drives, W x + b of features x. Above a factor of 1 zero-mean normal noise of √(factor² − 1)
    standard deviations is added to each feature; below it x's departure from its mean is multiplied by the factor. So
    each feature has `factor` times its standard deviation.

    - `centre`: the drive of the mean features.
    - `weight`: W with each row multiplied by the standard deviation of its feature.
    - `factor`: on the standard deviation.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from slowpoints.task import InputNoise
        >>> noise = InputNoise(jnp.array([1.0]), jnp.array([[2.0]]), 0.5)
        >>> float(noise(jnp.array([3.0]), key=jax.random.key(0))[0])
        2.0
    """

    centre: Float[Array, " gate_unit"]
    weight: Float[Array, "feature gate_unit"]
    factor: Float[Array, ""] | float

    def __call__(self, drive: Float[Array, "*batch gate_unit"], *, key: PRNGKey) -> Float[Array, "*batch gate_unit"]:
        """The drive of stronger or weaker noise, drawn afresh for each row."""
        factor = jnp.asarray(self.factor, drive.dtype)
        centre = self.centre.reshape((1,) * (drive.ndim - 1) + (-1,))
        weaker = centre + jnp.minimum(factor, 1) * (drive - centre)
        added = jnp.sqrt(jnp.maximum(factor**2 - 1, 0))
        return weaker + added * (jax.random.normal(key, (*drive.shape[:-1], self.weight.shape[0])) @ self.weight)
