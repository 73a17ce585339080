"""How noise moves a state away from a point."""

from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Float64, Int

from slowpoints._errors import InputError
from slowpoints._types import PRNGKey, State
from slowpoints.dynamics._landscape import Landscape
from slowpoints.dynamics._precision import as_double, double_precision
from slowpoints.dynamics._states import check_state
from slowpoints.dynamics.behaviour._relax import check_scores, Scores

NoisyStep = Callable[[State, PRNGKey], State]
"""One step of a noisy map: a state and a key in, the next state out, shapes and dtypes unchanged."""


class NoiseResponse(eqx.Module):
    """Drift and spread over many noisy trajectories from one point. Every array is NumPy's, read-only.

    Times are numbers of steps from the start, 0 to `steps`. A mean over n trajectories has a standard error of
    √(variance/n), a variance one of about √(2/n) times itself.

    Examples:
        Without noise there is no spread, and the state drifts as the map says.

        >>> import jax, numpy as np
        >>> from slowpoints.dynamics import noise_response
        >>> response = noise_response(lambda x, key: x + 1.0, np.zeros(1), key=jax.random.key(0), steps=3)
        >>> response.mean.ravel(), response.variance.ravel()
        (array([0., 1., 2., 3.]), array([0., 0., 0., 0.]))
    """

    mean: Float64[np.ndarray, "time direction"]
    """Drift: the displacement from the point along each direction, averaged over trajectories."""
    variance: Float64[np.ndarray, "time direction"]
    """Spread: the displacement's variance over trajectories. Around an attractor it levels off. Along a direction
    without
    any restoring force it grows by twice the diffusion coefficient at each step."""
    lifetime: Int[np.ndarray, " draw"] | None
    """The first time at which each trajectory's readout is not that of the point; `steps` if `censored`. None without
    scores."""
    censored: Bool[np.ndarray, " draw"] | None
    """Whether the readout was that of the point at all times."""


def noise_response(
    noisy_step: NoisyStep,
    point: State,
    *,
    key: PRNGKey,
    steps: int,
    draws: int = 100,
    directions: Float[np.ndarray, "direction coordinate"] | None = None,
    scores: Scores | None = None,
) -> NoiseResponse:
    """Follows noisy trajectories from a point: where they drift, how they spread, when their readout changes.

    Args:
        noisy_step: one step of the noisy map, as `step` in `find_slow_points` but with a key for its noise.
        point: the state that all trajectories start from, a pytree of floating-point arrays.
        key: the random key of all noise. Each trajectory and each time has its own.
        steps: how long the trajectories are.
        draws: how many trajectories.

    Other Args:
        directions: drift and spread are the displacement's dot products with these rows, as they are; array (direction,
            coordinate) over the flat state. By default the coordinates themselves. For the direction in which a state
            is least held, take the *left* eigenvector: with `Stability.eigenvectors` V, a row of V⁻¹, if it is real.
        scores: as in `relax`.

    Returns:
        `NoiseResponse`. If trajectories diverge, the averages are NaN or infinite.

    Raises:
        InputError: naming the argument, if the step changes its state's form, or an argument has the wrong shape or is
            too small.

    Examples:
        In a random walk the variance grows by that of the noise at each step.

        >>> import jax, jax.numpy as jnp, numpy as np
        >>> from slowpoints.dynamics import noise_response
        >>> walk = lambda x, key: x + jax.random.normal(key, x.shape, x.dtype)
        >>> response = noise_response(walk, np.zeros(1), key=jax.random.key(0), steps=4, draws=2000)
        >>> bool(abs(response.variance[4, 0] - 4.0) < 0.7)  # five times its standard error
        True
    """
    point = check_state(point, "point")
    if not steps >= 1:
        raise InputError(f"steps must be positive, not {steps}.")
    if not draws >= 2:
        raise InputError(f"draws must be at least 2 to have a spread, not {draws}.")
    size = sum(leaf.size for leaf in jax.tree.leaves(point))
    directions = None if directions is None else np.asarray(directions, np.float64)
    if directions is not None and not (directions.ndim == 2 and directions.shape[1] == size):
        raise InputError(f"directions must be rows of {size} coordinates, not of shape {directions.shape}.")
    with double_precision():
        scores = as_double(scores)
        check_scores(scores, point)
        response = _follow(as_double(noisy_step), scores, point, directions, key, steps, draws)
    mean, variance, lifetime, kept = (np.asarray(leaf) for leaf in response)
    read = scores is not None
    return NoiseResponse(mean, variance, lifetime if read else None, kept if read else None)


class _Draws(NamedTuple):
    vectors: Float[Array, "draw coordinate"]
    lifetime: Int[Array, " draw"]
    kept: Bool[Array, " draw"]


@eqx.filter_jit
def _follow(
    noisy_step: NoisyStep,
    scores: Scores | None,
    point: State,
    directions: Float[Array | np.ndarray, "direction coordinate"] | None,
    key: PRNGKey,
    steps: int,
    draws: int,
) -> tuple[Array, Array, Array, Array]:
    landscape, start = Landscape.around(lambda state: state, point, None)

    def advance(vector, key):
        return Landscape(lambda state: noisy_step(state, key), None, landscape.unravel).advance(vector)

    def readout(vector):
        return jnp.zeros((), int) if scores is None else jnp.argmax(scores(landscape.unravel(vector)))

    def measure(vectors):
        along = vectors - start[None]
        along = along if directions is None else along @ directions.T
        return jnp.mean(along, axis=0), jnp.var(along, axis=0, ddof=1)

    keys = jax.vmap(lambda i: jax.random.fold_in(key, i))(jnp.arange(draws))
    label = readout(start)

    def one_step(now, time):
        vectors = jax.vmap(advance)(now.vectors, jax.vmap(lambda key: jax.random.fold_in(key, time))(keys))
        kept = now.kept & (jax.vmap(readout)(vectors) == label)
        return _Draws(vectors, jnp.where(now.kept, time, now.lifetime), kept), measure(vectors)

    vectors = jnp.broadcast_to(start, (draws, start.size))
    first = _Draws(vectors, jnp.zeros(draws, jnp.int32), jnp.ones(draws, bool))
    last, after = jax.lax.scan(one_step, first, jnp.arange(1, steps + 1, dtype=jnp.int32))
    mean, variance = (jnp.concatenate([now[None], later]) for now, later in zip(measure(vectors), after, strict=True))
    return mean, variance, last.lifetime, last.kept
