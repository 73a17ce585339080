"""Running a unit through a block of drives, and the derivative of that."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from slowpoints._types import State
from slowpoints.networks._unit import AbstractUnit, DifferentiatedUnit


def run(
    unit: AbstractUnit, state: State, drives: Float[Array, "step batch gate_unit"]
) -> tuple[State, Float[Array, "step batch unit"]]:
    """The state after a block of drives, and the hidden state after every step of it.

    For a `DifferentiatedUnit` the derivative is the unit's own (reverse mode only). Automatic differentiation adds to
    the gradient of the recurrent weights in every step and keeps several arrays twice; here that gradient is formed
    after the loop, in one product over all steps.
    """
    return (_run_differentiated if isinstance(unit, DifferentiatedUnit) else _run)(unit, state, drives)


def _run(unit, state, drives):
    def step(state, drive):
        state = unit.step(state, drive)
        return state, unit.hidden(state)

    return jax.lax.scan(step, state, drives)


_run_differentiated = jax.custom_vjp(_run)


def _forward(unit, state, drives):
    def step(before, drive):
        after, gates = unit.step_and_gates(before, drive)
        return after, (before, gates, unit.hidden(after))

    state, (before, gates, hidden) = jax.lax.scan(step, state, drives)
    return (state, hidden), (unit, before, gates)


def _backward(kept, gradient):
    unit, before, gates = kept
    gradient, hidden_gradient = gradient
    to_state = jax.linear_transpose(unit.hidden, gradient)

    def step(after, kept):
        before, gates, hidden = kept
        after = jax.tree.map(jnp.add, after, *to_state(hidden))
        return unit.backward(before, gates, after)

    gradient, by_drive = jax.lax.scan(step, gradient, (before, gates, hidden_gradient), reverse=True)
    # As matrices: a product over two axes would be made with a transposed copy.
    before, gates, rows = jax.tree.map(lambda a: a.reshape(-1, a.shape[-1]), (before, gates, by_drive))
    _, to_unit = jax.vjp(lambda unit: unit.recurrent(before, gates), unit)
    return *to_unit(rows), gradient, by_drive


_run_differentiated.defvjp(_forward, _backward)
