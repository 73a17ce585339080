"""The search for slow points: checks the input, searches in float64, certifies every point."""

import dataclasses
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Bool, Float, Int

from slowpoints._errors import InputError
from slowpoints._types import State, Step
from slowpoints.dynamics._certificate import Certificate, certify, Verdict
from slowpoints.dynamics._domain import bounds, Box, Domain
from slowpoints.dynamics._landscape import Coordinates, Landscape
from slowpoints.dynamics._matrix_free import certify_by_products
from slowpoints.dynamics._outcome import Outcome
from slowpoints.dynamics._precision import as_double, double_precision
from slowpoints.dynamics._slow_points import SlowPoints
from slowpoints.dynamics._spectrum import eigenvalues, error_bound, extreme_singular_values
from slowpoints.dynamics._states import check_states, one_of
from slowpoints.dynamics.solvers import AbstractSolver, Newton
from slowpoints.dynamics.solvers._solver import Points


def find_slow_points(
    step: Step,
    starts: State,
    *,
    coordinates: Coordinates | None = None,
    domain: Domain | None = None,
    solver: AbstractSolver = Newton(),  # noqa: B008, frozen and so safe to share
    leading: int = 10,
    throw: bool = False,
) -> SlowPoints:
    """Local minima of the speed S(x) = ‖ξ(F(x)) − ξ(x)‖² of a map F, one from each start.

    The search runs in float64 whatever the input's precision, without touching a global setting. Each point is returned
    with the outcome that was certified for it.

    Args:
        step: F, from *one* state to the next, of the same structure, shapes and dtypes. Give it as an `equinox.Module`
            (or its bound method, `equinox.Partial`, `jax.tree_util.Partial`) that holds the network's arrays as leaves:
            these are cast to float64 and passed as arguments, so twenty networks of one shape compile once. A plain
            function works too, but the arrays it uses are compiled in, so a new function compiles anew.
        starts: the states to start from: one state's structure, each leaf a floating-point array with a leading axis
            `point`.
        coordinates: ξ, from one state to the vector whose motion is the speed; by default the whole state, flat. The
            search is over the whole state in any case. As with `step`, a new function compiles anew.
        domain: a pair (lower, upper) of bounds that the state cannot leave, each a pytree prefix of one state with
            numbers or arrays that broadcast to its leaves: ``(-1.0, 1.0)`` for a GRU, ``((-1.0, -jnp.inf), (1.0,
            jnp.inf))`` for an LSTM. By default unbounded. If the coordinates saturate, as tanh c does in (h,
            tanh c) of an LSTM, speed can fall for ever as the state grows, and such a search ends unfinished.

    Other Args:
        solver: `Newton()`; `NewtonKrylov()` for states of a thousand coordinates and more, which never builds a matrix;
            `GradientFlow()` or `Adam()`; with their hyperparameters.
        leading: how many eigenvalues, those of largest modulus, are found if no matrix is built.
        throw: raise an error if the search from any start is unfinished.

    Returns:
        `SlowPoints`, in the order of the starts. If the step is not finite somewhere on the way, the search of that
        point ends as `Outcome.UNFINISHED` at the last state where speed was finite.

    Raises:
        InputError: naming the argument, if the step changes its state's form, is not finite at a start or not made of
            JAX operations, or if the starts are empty, not floating-point, not finite, without one common leading axis
            or outside the domain.
        RuntimeError: if `throw` and a point is unfinished.

    Note:
        LAPACK is called for one matrix at a time. Where several processes share the cores, set
        ``OPENBLAS_NUM_THREADS=1``: matrices of 200 × 200 were seen 40 times slower without it.

    Source:
        S is equation 4 of Haviv, Rivkind and Barak (2019); minimising it, Sussillo and Barak (2013).

    Examples:
        The cosine has one fixed point, Dottie's number.

        >>> import jax.numpy as jnp, numpy as np
        >>> from slowpoints.dynamics import find_slow_points
        >>> points = find_slow_points(jnp.cos, np.array([[0.5]]))
        >>> points.outcomes
        (<Outcome.FIXED_POINT: 0>,)
        >>> points.state.round(6)
        array([[0.739085]])
    """
    if not callable(step):
        raise InputError(f"step must be a function from one state to the next, not {step!r}.")
    if not isinstance(solver, AbstractSolver):
        raise InputError(f"solver must be a solver, such as Newton(), not {solver!r}.")
    starts = check_states(starts, "starts")
    like = one_of(starts, 0)
    lower, upper = bounds(domain, like)
    check_inside(starts, lower, upper, "starts")
    if not leading > 0:
        raise InputError(f"leading must be positive, not {leading}.")
    with double_precision():
        step, coordinates = as_double(step), as_double(coordinates)
        box = Box.around(lower, upper)
        found = _descend(step, coordinates, starts, box, solver)
        if not (usable := np.asarray(found.usable)).all():
            whose = "step" if coordinates is None else "step and coordinates"
            raise InputError(
                f"{whose} must return finite values at every start; at start {np.argmin(usable)} it is not so."
            )
        if solver.matrix_free:
            judged = _judge_by_products(step, coordinates, like, box, found.vectors, leading)
        else:
            judged = _judge(step, coordinates, like, box, found.vectors)
        state, iterations = jax.tree.map(np.asarray, (found.state, found.iterations))
    certificate = judged.certificate
    if throw and (unfinished := certificate.outcome == Outcome.UNFINISHED).any():
        raise RuntimeError(
            f"the search is unfinished from {unfinished.sum()} of {len(unfinished)} starts "
            f"({', '.join(map(str, np.flatnonzero(unfinished)))}): {Outcome.UNFINISHED.sentence}"
        )
    result = SlowPoints(
        state=state,
        eigenvalues=judged.eigenvalues,
        error_bound=judged.error_bound,
        iterations=iterations,
        **{field.name: getattr(certificate, field.name) for field in dataclasses.fields(Certificate)},
    )
    for array in jax.tree.leaves(result):
        array.setflags(write=False)
    return result


class _Found(NamedTuple):
    state: State
    vectors: Points
    iterations: Int[Array, " point"]
    usable: Bool[Array, " point"]


@eqx.filter_jit
def _descend(step: Step, coordinates: Coordinates | None, starts: State, box: Box, solver: AbstractSolver) -> _Found:
    landscape, _ = Landscape.around(step, one_of(starts, 0), coordinates)
    vectors = jax.vmap(lambda state: ravel_pytree(state)[0])(starts)
    usable = jnp.isfinite(jax.lax.map(landscape.half_speed, vectors))
    points, iterations = solver.descend(landscape, box, vectors)
    return _Found(jax.vmap(landscape.unravel)(points), points, iterations, usable)


def _judge(step: Step, coordinates: Coordinates | None, like: State, box: Box, vectors: Points) -> Verdict:
    """The verdict on each state, from its Hessian and Jacobian."""
    certificates, jacobians, residuals = jax.tree.map(np.asarray, _evaluate(step, coordinates, like, box, vectors))
    norms = np.linalg.norm(vectors, axis=1)
    error_bounds = [
        error_bound(residual, norm, *extreme_singular_values(jacobian), len(jacobian))
        for residual, norm, jacobian in zip(residuals, norms, jacobians, strict=True)
    ]
    return Verdict(certificates, eigenvalues(jacobians), np.array(error_bounds))


@eqx.filter_jit
def _evaluate(
    step: Step, coordinates: Coordinates | None, like: State, box: Box, vectors: Points
) -> tuple[Certificate, Float[Array, "point coordinate coordinate"], Float[Array, " point"]]:
    landscape, _ = Landscape.around(step, like, coordinates)

    def evaluate(vector):
        certificate = certify(landscape, box, vector, jax.grad(landscape.half_speed)(vector), landscape.hessian(vector))
        return certificate, landscape.jacobian(vector), jnp.linalg.norm(landscape.advance(vector) - vector)

    return jax.lax.map(evaluate, vectors)


def _judge_by_products(
    step: Step, coordinates: Coordinates | None, like: State, box: Box, vectors: Points, leading: int
) -> Verdict:
    """The verdict on each state, from products with its Hessian and Jacobian."""
    verdicts = [certify_by_products(step, coordinates, like, box, vector, leading=leading) for vector in vectors]
    return jax.tree.map(lambda *rows: np.stack([np.asarray(row) for row in rows]), *verdicts)


def check_inside(states: State, lower: State, upper: State, name: str) -> None:
    """Raises an `InputError` that calls the states `name` if one of them is outside the bounds."""
    rows = zip(jax.tree.leaves_with_path(states), jax.tree.leaves(lower), jax.tree.leaves(upper), strict=True)
    for (path, leaf), low, high in rows:
        outside = ((leaf < low) | (leaf > high)).reshape(len(leaf), -1).any(axis=1)
        if outside.any():
            where = f"{name}{jax.tree_util.keystr(path)}"
            raise InputError(f"{where} must lie in the domain; point {np.argmax(outside)} does not.")
