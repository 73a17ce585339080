"""Speed and Jacobian of a map at one state."""

from jaxtyping import Array, Float

from slowpoints._types import State, Step
from slowpoints.dynamics._landscape import Coordinates, Landscape
from slowpoints.dynamics._precision import as_double, double_precision


def speed(step: Step, state: State, coordinates: Coordinates | None = None) -> Float[Array, ""]:
    """S(x) = ‖ξ(F(x)) − ξ(x)‖², how far one step moves a state, squared (the paper's equation 4).

    **Arguments:**

    - `step`: F, a map from one state to the next, of the same structure, shapes and dtypes.
    - `state`: one state, any pytree of floating-point arrays. For many, `jax.vmap` this function.
    - `coordinates`: ξ, from a state to the vector whose motion counts; by default the whole state, flat.

    **Returns:** a float64 scalar, in the coordinates' units squared. Outside `jax.enable_x64` JAX truncates
    float64 arrays in its own arithmetic, so compute on with it in NumPy or as a Python float.

    **Raises:** `InputError` if the step returns another structure, shape or dtype than it was given, or the
    coordinates are not one vector.
    """
    with double_precision():
        landscape, vector = Landscape.around(as_double(step), as_double(state), as_double(coordinates))
        return 2 * landscape.half_speed(vector)


def jacobian(step: Step, state: State) -> Float[Array, "coordinate coordinate"]:
    """dF/dx at one state, exact, by forward differentiation.

    **Arguments:**

    - `step`: F, a map from one state to the next, of the same structure, shapes and dtypes.
    - `state`: one state, any pytree of floating-point arrays. For many, `jax.vmap` this function.

    **Returns:** a float64 matrix over the whole state laid flat, leaves in `jax.tree.leaves` order: row i is
    the i-th entry of the next state, column j the j-th of this one. Outside `jax.enable_x64` JAX truncates
    float64 arrays in its own arithmetic, so compute on with it in NumPy.

    **Raises:** `InputError` if the step returns another structure, shape or dtype than it was given.
    """
    with double_precision():
        landscape, vector = Landscape.around(as_double(step), as_double(state), None)
        return landscape.jacobian(vector)
