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
    """dF/du at one state x and input u of a driven map (x, u) ↦ F(x, u), exact, by forward differentiation.

    With u held, `jacobian` and the other functions take the autonomous map ``jax.tree_util.Partial(step, input=u)``.

    **Arguments:**

    - `step`: F, from a state and an input to the next state, of the same structure, shapes and dtypes.
    - `state`, `input`: one each, pytrees of floating-point arrays. For many, `jax.vmap` this function.

    **Returns:** a float64 matrix over state and input laid flat, leaves in `jax.tree.leaves` order: row i is the
    i-th entry of the next state, column j the j-th of the input. Outside `jax.enable_x64` JAX truncates float64
    arrays in its own arithmetic, so compute on with it in NumPy.

    **Raises:** `InputError` if the step returns another structure, shape or dtype than the state's.
    """
    with double_precision():
        step, state, input = as_double((step, state, input))
        flat, unravel = ravel_pytree(input)

        def advance(flat: Float[Array, " channel"]) -> Float[Array, " coordinate"]:
            landscape, vector = Landscape.around(lambda state: step(state, unravel(flat)), state, None)
            return landscape.advance(vector)

        return jax.jacfwd(advance)(flat)
