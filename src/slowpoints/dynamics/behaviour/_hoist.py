"""What a function computes from its weights alone, computed once instead of in every turn of a loop."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend.core import ClosedJaxpr, jaxpr_as_fun, Literal  # pyright: ignore[reportPrivateImportUsage]  # jax 0.12

from slowpoints._types import Vector


def hoist(function: Callable[[Vector], Any], vector: Vector) -> Callable[[Vector], Any]:
    """The same function of vectors like `vector`, for use in a loop that this call stands before.

    XLA moves out of a loop what does not change in it, but not slices of arrays. A GRU that takes its gates' weights
    from one matrix so copies the matrix at every step: for one state of 200 units, 32 of 42 µs.
    """
    # A function of its own: jax.make_jaxpr compares what it is given, and modules compare by their arrays.
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
    # A constant output comes as a NumPy array.
    return lambda vector: jax.tree.unflatten(jax.tree.structure(form), map(jnp.asarray, rest(vector)))


def _is_known(variable: Any, known: set[Any]) -> bool:
    return isinstance(variable, Literal) or variable in known
