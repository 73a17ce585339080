"""Speed and Jacobian of a map at one state."""

from jaxtyping import Array, Float

from slowpoints._types import State, Step
from slowpoints.dynamics._landscape import Coordinates, Landscape
from slowpoints.dynamics._precision import as_double, double_precision


def speed(step: Step, state: State, coordinates: Coordinates | None = None) -> Float[Array, ""]:
    """S(x) = ‖ξ(F(x)) − ξ(x)‖², how far one step of a map F moves a state, squared.

    Args:
        step: F, a map from one state to the next, of the same structure, shapes and dtypes.
        state: one state, any pytree of floating-point arrays. For many states, `jax.vmap` this function.
        coordinates: ξ, from a state to the vector whose motion counts; by default the whole state, flat.

    Returns:
        A float64 scalar, in the coordinates' units squared per step squared. Outside `jax.enable_x64` JAX computes with
        float64 arrays in float32: go on in NumPy or with a Python float.

    Raises:
        InputError: if the step returns another structure, shape or dtype than it was given, or the coordinates are not
            one vector.

    Source:
        Equation 4 of Haviv, Rivkind and Barak (2019).

    Examples:
        >>> import numpy as np
        >>> from slowpoints.dynamics import speed
        >>> float(speed(lambda x: 0.5 * x, np.array([3.0, 4.0])))  # the state moves by half its norm, 5
        6.25
    """
    with double_precision():
        landscape, vector = Landscape.around(as_double(step), as_double(state), as_double(coordinates))
        return 2 * landscape.half_speed(vector)


def jacobian(step: Step, state: State) -> Float[Array, "coordinate coordinate"]:
    """dF/dx of a map F at one state, exact, by forward differentiation.

    Args:
        step: F, a map from one state to the next, of the same structure, shapes and dtypes.
        state: one state, any pytree of floating-point arrays. For many states, `jax.vmap` this function.

    Returns:
        A float64 matrix over the whole state laid flat, leaves in `jax.tree.leaves` order: row i is the i-th entry of
        the next state, column j the j-th entry of this one. Outside `jax.enable_x64` JAX computes with float64 arrays
        in float32: go on in NumPy.

    Raises:
        InputError: if the step returns another structure, shape or dtype than it was given.

    Examples:
        >>> import jax.numpy as jnp, numpy as np
        >>> from slowpoints.dynamics import jacobian
        >>> np.asarray(jacobian(lambda x: jnp.array([x[0] * x[1], x[0]]), np.array([2.0, 3.0])))
        array([[3., 2.],
               [1., 0.]])
    """
    with double_precision():
        landscape, vector = Landscape.around(as_double(step), as_double(state), None)
        return landscape.jacobian(vector)
