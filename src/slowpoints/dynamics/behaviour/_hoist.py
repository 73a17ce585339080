"""Moves work that does not depend on the state out of a loop (loop-invariant code motion, or hoisting)."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend.core import ClosedJaxpr, jaxpr_as_fun, Literal  # pyright: ignore[reportPrivateImportUsage]  # jax 0.12

from slowpoints._types import Vector


def hoist(function: Callable[[Vector], Any], vector: Vector) -> Callable[[Vector], Any]:
    """The same function of vectors like `vector`, with everything that does not depend on the vector computed now.

    Call it before a loop, and call its result in the loop. XLA does this by itself, but not for slices of arrays. So a
    GRU that takes its gates' weights from one matrix copies that matrix at every step: 32 of 42 µs with 200 units.
    """
    # A new function each time: jax.make_jaxpr compares functions, and modules compare by their arrays.
    closed, form = jax.make_jaxpr(lambda vector: function(vector), return_shape=True)(vector)
    jaxpr = closed.jaxpr
    fixed, early, late = set(jaxpr.constvars), [], []
    for equation in jaxpr.eqns:
        if equation.effects or not all(_is_known(variable, fixed) for variable in equation.invars):
            late.append(equation)
        else:
            early.append(equation)
            fixed.update(equation.outvars)
    used = [*(variable for equation in late for variable in equation.invars), *jaxpr.outvars]
    made = {variable for equation in early for variable in equation.outvars}
    kept = list({variable: None for variable in used if not isinstance(variable, Literal) and variable in made})

    before = jaxpr.replace(invars=[], outvars=kept, eqns=early)
    values = jaxpr_as_fun(ClosedJaxpr(before, closed.consts))()
    after = jaxpr.replace(constvars=[*jaxpr.constvars, *kept], eqns=late)
    rest = jaxpr_as_fun(ClosedJaxpr(after, [*closed.consts, *values]))
    # jaxpr_as_fun returns a constant output as a NumPy array.
    return lambda vector: jax.tree.unflatten(jax.tree.structure(form), map(jnp.asarray, rest(vector)))


def _is_known(variable: Any, known: set[Any]) -> bool:
    return isinstance(variable, Literal) or variable in known
