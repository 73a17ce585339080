"""How the input moves the state."""

from collections.abc import Callable
from typing import Any

import jax
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from slowpoints._types import State
from slowpoints.dynamics._landscape import Landscape
from slowpoints.dynamics._precision import as_double, double_precision


def input_jacobian(step: Callable[[State, Any], State], state: State, input: Any) -> Float[Array, "coordinate channel"]:
    """dF/du of a driven map (x, u) ↦ F(x, u) at one state x and input u, exact, by forward differentiation.

    `jacobian` and the other functions take an autonomous map: with u held, ``jax.tree_util.Partial(step, input=u)``.

    Args:
        step: F, from a state and an input to the next state, of the same structure, shapes and dtypes.
        state: one state, a pytree of floating-point arrays. For many states, `jax.vmap` this function.
        input: one input, a pytree of floating-point arrays.

    Returns:
        A float64 matrix over state and input laid flat, leaves in `jax.tree.leaves` order: row i is the i-th entry of
        the next state, column j the j-th entry of the input. Outside `jax.enable_x64` JAX computes with float64 arrays
        in float32: go on in NumPy.

    Raises:
        InputError: if the step returns another structure, shape or dtype than the state's.

    Examples:
        >>> import numpy as np
        >>> from slowpoints.dynamics import input_jacobian
        >>> weights = np.array([[1.0, 2.0]])
        >>> np.asarray(input_jacobian(lambda x, u: 0.5 * x + weights @ u, np.zeros(1), np.zeros(2)))
        array([[1., 2.]])
    """
    with double_precision():
        step, state, input = as_double((step, state, input))
        flat, unravel = ravel_pytree(input)

        def advance(flat: Float[Array, " channel"]) -> Float[Array, " coordinate"]:
            landscape, vector = Landscape.around(lambda state: step(state, unravel(flat)), state, None)
            return landscape.advance(vector)

        return jax.jacfwd(advance)(flat)
