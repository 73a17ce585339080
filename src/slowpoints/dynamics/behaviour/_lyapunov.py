"""Lyapunov exponents: how fast small deviations grow along a trajectory, on average."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float64, Int

from slowpoints._errors import InputError
from slowpoints._types import PRNGKey, State, Step
from slowpoints.dynamics._landscape import Landscape
from slowpoints.dynamics._precision import as_double, double_precision
from slowpoints.dynamics._states import check_state
from slowpoints.dynamics.behaviour._hoist import hoist

BATCHES = 20
"""Into how many equal stretches the trajectory is divided for the standard error."""


class LyapunovExponents(eqx.Module):
    """The leading Lyapunov exponents of one trajectory. Every array is NumPy's, read-only.

    Examples:
        For a linear map the exponents are the logarithms of the eigenvalues' moduli, without error.

        >>> import jax, numpy as np
        >>> from slowpoints.dynamics import lyapunov_exponents
        >>> found = lyapunov_exponents(lambda x: 0.5 * x, np.ones(1), key=jax.random.key(0), steps=100)
        >>> bool(found.standard_error[0] < 1e-9)
        True
    """

    exponents: Float64[np.ndarray, " exponent"]
    """In nats per step, the greatest first; −∞ where a deviation vanishes at once."""
    standard_error: Float64[np.ndarray, " exponent"]
    """From the means over 20 stretches of the trajectory; right if a stretch is longer than correlations last."""


def lyapunov_exponents(
    step: Step, state: State, *, key: PRNGKey, count: int = 1, steps: int = 10_000, burn_in: int = 1_000
) -> LyapunovExponents:
    """The leading Lyapunov exponents along the trajectory from a state, by a QR decomposition at every step.

    Args:
        step: F, as in `find_slow_points`.
        state: one state, a pytree of floating-point arrays.
        key: the random key, for the directions to start with. The exponents do not depend on them.
        count: how many exponents, at most the number of coordinates.
        steps: over how many steps they are averaged, rounded down to a multiple of 20.
        burn_in: steps before that, in which the trajectory reaches its attractor and the directions align.

    Returns:
        `LyapunovExponents`.

    Raises:
        InputError: naming the argument, if the step changes its state's form or does not stay finite, or if a number is
            out of its range.

    Source:
        Benettin, Galgani, Giorgilli and Strelcyn (1980).

    Examples:
        >>> import jax, numpy as np
        >>> from slowpoints.dynamics import lyapunov_exponents
        >>> rates = np.array([0.5, 0.25])
        >>> found = lyapunov_exponents(lambda x: rates * x, np.ones(2), key=jax.random.key(0), count=2, steps=100)
        >>> np.exp(found.exponents).round(6)
        array([0.5 , 0.25])
    """
    state = check_state(state, "state")
    size = sum(leaf.size for leaf in jax.tree.leaves(state))
    if not 1 <= count <= size:
        raise InputError(f"count must lie between 1 and the state's {size} coordinates, not {count}.")
    if not steps >= BATCHES:
        raise InputError(f"steps must be at least {BATCHES}, not {steps}.")
    if not burn_in >= 0:
        raise InputError(f"burn_in must not be negative, but is {burn_in}.")
    with double_precision():
        lengths = jnp.asarray([burn_in, steps // BATCHES], jnp.int32)
        rates, finite = _rates(as_double(step), state, key, count, lengths)
    if not finite:
        raise InputError("step must stay finite along the trajectory from the state given; it does not.")
    rates = np.asarray(rates)
    with np.errstate(invalid="ignore"):  # of −∞
        error = rates.std(axis=0, ddof=1) / np.sqrt(BATCHES)
    result = LyapunovExponents(rates.mean(axis=0), error)
    for array in jax.tree.leaves(result):
        array.setflags(write=False)
    return result


@eqx.filter_jit
def _rates(
    step: Step, state: State, key: PRNGKey, count: int, lengths: Int[Array, "2"]
) -> tuple[Float[Array, "batch exponent"], Array]:
    """The mean growth of each direction in each stretch, and whether the trajectory stayed finite."""
    landscape, start = Landscape.around(step, state, None)
    advance = hoist(landscape.advance, start)

    def grow(_, now):
        vector, frame, total = now
        moved, push = jax.linearize(advance, vector)
        pushed = jax.vmap(push, in_axes=1, out_axes=1)(frame)
        frame, triangle = jnp.linalg.qr(pushed)
        grown = jnp.abs(jnp.diagonal(triangle))
        # What is left of a deviation without those before it may be rounding alone: then it has vanished.
        rounding = start.size * jnp.finfo(start.dtype).eps * jnp.linalg.norm(pushed, axis=0)
        return moved, frame, total + jnp.log(jnp.where(grown > rounding, grown, 0.0))

    def stretch(now, _):
        vector, frame, total = jax.lax.fori_loop(0, lengths[1], grow, (*now, jnp.zeros(count)))
        return (vector, frame), total / lengths[1]

    frame, _ = jnp.linalg.qr(jax.random.normal(key, (start.size, count)))
    vector, frame, _ = jax.lax.fori_loop(0, lengths[0], grow, (start, frame, jnp.zeros(count)))
    (vector, _), rates = jax.lax.scan(stretch, (vector, frame), length=BATCHES)
    return rates, jnp.all(jnp.isfinite(vector))
