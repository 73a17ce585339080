"""The speed of a map as a function of the flat state."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from slowpoints._errors import InputError
from slowpoints._types import State, Step, Vector

Coordinates = Callable[[State], Vector]
"""The vector of a state whose motion is the speed; where none is given, the whole state."""


class Landscape(eqx.Module):
    """S(x) = ‖ξ(F(x)) − ξ(x)‖² of a step F and coordinates ξ, over the flat state x.

    Build it inside `double_precision` and, for a search, inside the traced function. Then the step and the coordinates
    are checked during tracing only, which costs nothing afterwards.
    """

    step: Step
    coordinates: Coordinates | None
    unravel: Callable[[Vector], State] = eqx.field(static=True)

    @classmethod
    def around(cls, step: Step, state: State, coordinates: Coordinates | None) -> tuple["Landscape", Vector]:
        """The landscape of `step` over states like `state`, and `state` as a flat vector.

        Raises:
            InputError: if the step is PyTorch's.
        """
        _check_not_torch(step)
        vector, unravel = ravel_pytree(state)
        return cls(step, coordinates, unravel), vector

    def advance(self, vector: Vector) -> Vector:
        """F(x): one step on the flat state.

        Raises:
            InputError: during tracing, if the step is not made of JAX operations or returns another structure, shape
                or dtype.
        """
        state = self.unravel(vector)
        try:
            moved = self.step(state)
        except _NOT_TRACEABLE as error:
            raise InputError(
                "step must be made of JAX operations on its state; it makes a NumPy array, a Python number or a "
                "truth value of a part of it."
            ) from error
        _check_same_form(state, moved)
        return ravel_pytree(moved)[0]

    def locate(self, vector: Vector) -> Float[Array, " moving"]:
        """ξ(x): the coordinates of the flat state.

        Raises:
            InputError: during tracing, if they are not one float64 vector.
        """
        if self.coordinates is None:
            return vector
        located = self.coordinates(self.unravel(vector))
        form = (getattr(located, "ndim", None), getattr(located, "dtype", None))
        if form != (1, jnp.float64):
            described = jax.tree.map(_describe, located)
            raise InputError(f"coordinates must return one vector as precise as the state, not {described}.")
        return located

    def motion(self, vector: Vector) -> Float[Array, " moving"]:
        """ξ(F(x)) − ξ(x)."""
        return self.locate(self.advance(vector)) - self.locate(vector)

    def half_speed(self, vector: Vector) -> Float[Array, ""]:
        """q = ½ S, what the search minimises."""
        motion = self.motion(vector)
        return 0.5 * jnp.dot(motion, motion)

    def hessian(self, vector: Vector) -> Float[Array, "coordinate coordinate"]:
        """∇²q, exact, by forward differentiation of the gradient."""
        hessian = jax.jacfwd(jax.grad(self.half_speed))(vector)
        return 0.5 * (hessian + hessian.T)

    def jacobian(self, vector: Vector) -> Float[Array, "coordinate coordinate"]:
        """dF/dx on the whole state; row i belongs to the i-th entry of F(x)."""
        return jax.jacfwd(self.advance)(vector)


_NOT_TRACEABLE = (
    jax.errors.ConcretizationTypeError,
    jax.errors.TracerArrayConversionError,
    jax.errors.TracerIntegerConversionError,
)


def _check_not_torch(step: Step) -> None:
    owner: type = type(getattr(step, "__self__", step))
    if any(base.__module__.split(".")[0] == "torch" for base in owner.__mro__):
        raise InputError(
            f"step must be made of JAX operations, but {owner.__name__} is a PyTorch module: give "
            "slowpoints.interop.from_torch(module, input=…, state=…).at(input)."
        )


def _describe(leaf: Any) -> str:
    if eqx.is_array(leaf):
        return f"{leaf.dtype}[{','.join(map(str, leaf.shape))}]"
    return type(leaf).__name__


def _check_same_form(state: State, moved: State) -> None:
    before, after = jax.tree.structure(state), jax.tree.structure(moved)
    if before != after:
        raise InputError(f"step must return a state of the structure it was given, {before}, not {after}.")
    for (path, leaf), new in zip(jax.tree.leaves_with_path(state), jax.tree.leaves(moved), strict=True):
        given, returned = _describe(leaf), _describe(new)
        if given != returned:
            where = jax.tree_util.keystr(path)
            raise InputError(f"step must return state{where} as {given}, as it was given, not as {returned}.")
