"""What is promised whatever the map: precision, compilation, and what is said of bad input."""

import dataclasses
import re
from functools import partial
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.dynamics import Adam, find_slow_points, jacobian, Newton, NewtonKrylov, Outcome, speed, unseen

from .maps import Ghost, TanhUnits

BISTABLE = TanhUnits(jnp.asarray([1.5, 2.0], jnp.float32))
STARTS = np.array([[0.9, -0.9], [0.5, 0.8], [-0.7, 0.9]], np.float32)


class CountingTanh(eqx.Module):
    """Counts how often it is traced."""

    w: jax.Array
    traces: list = eqx.field(static=True)

    def __call__(self, x):
        self.traces.append(1)
        return jnp.tanh(self.w * x)


@pytest.mark.parametrize("solver", [Newton(), NewtonKrylov(), Adam(steps=20)])
def test_two_networks_of_one_shape_compile_once(solver):
    traces = []
    networks = [CountingTanh(jnp.asarray([w, 1.7], jnp.float32), traces) for w in (1.5, 2.5)]
    first = find_slow_points(networks[0], STARTS, solver=solver)
    once = len(traces)
    second = find_slow_points(networks[1], STARTS, solver=solver)
    assert len(traces) == once > 0
    assert not np.array_equal(first.state, second.state)


@pytest.mark.parametrize(
    "step",
    [
        BISTABLE,
        lambda x: jnp.tanh(BISTABLE.w * x),
        jax.tree_util.Partial(lambda w, x: jnp.tanh(w * x), BISTABLE.w),
        partial(lambda w, x: jnp.tanh(w * x), BISTABLE.w),
    ],
    ids=["module", "closure", "jax partial", "partial"],
)
def test_float32_networks_are_searched_in_float64_and_no_global_setting_changes(step):
    before = (jax.config.jax_enable_x64, jax.config.jax_numpy_dtype_promotion)  # pyright: ignore
    found = find_slow_points(step, jnp.asarray(STARTS), domain=(-1.0, 1.0))
    assert before == (jax.config.jax_enable_x64, jax.config.jax_numpy_dtype_promotion)  # pyright: ignore
    assert before == (False, "strict")
    assert jnp.ones(()).dtype == jnp.float32
    assert found.outcomes == (Outcome.FIXED_POINT,) * 3
    assert found.state.dtype == np.float64
    w = np.array([1.5, 2.0])
    assert np.abs(np.tanh(w * found.state) - found.state).max() < 1e-14


def test_the_result_is_frozen_numpy():
    found = find_slow_points(BISTABLE, STARTS)
    for leaf in jax.tree.leaves(found):
        assert isinstance(leaf, np.ndarray)
        with pytest.raises(ValueError, match="read-only"):
            leaf[...] = 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.speed = found.speed


def test_speed_and_jacobian_are_float64_and_work_under_jit():
    state = jnp.asarray(STARTS[0])
    value = speed(BISTABLE, state)
    assert value.dtype == np.float64
    np.testing.assert_allclose(np.asarray(jax.jit(speed)(BISTABLE, state)), np.asarray(value))
    assert jacobian(BISTABLE, state).dtype == np.float64
    coordinates = lambda x: x[:1]
    first = np.asarray(speed(BISTABLE, state, coordinates))
    x = float(STARTS[0, 0])
    np.testing.assert_allclose(first, (np.tanh(1.5 * x) - x) ** 2, rtol=1e-12)


def test_outcomes_say_what_they_mean():
    assert [int(outcome) for outcome in Outcome] == [0, 1, 2, 3, 4]
    assert Outcome(3) is Outcome.DEGENERATE
    for outcome in Outcome:
        assert outcome.sentence.endswith(".")
        assert len(outcome.sentence.split()) > 6


def test_a_step_that_breaks_on_the_way_ends_unfinished_at_a_finite_state():
    """Speed falls towards 0.5, below which the step is NaN."""

    def breaks(x):
        return jnp.where(x < 0.5, jnp.nan, x + 0.1 * x**2)

    for solver in (Newton(max_iterations=200), NewtonKrylov(max_iterations=200), Adam(steps=200, learning_rate=1e-2)):
        found = find_slow_points(breaks, np.array([0.8]), solver=solver)
        assert found.outcomes == (Outcome.UNFINISHED,)
        assert np.isfinite(found.speed).all()
        assert 0.5 <= found.state[0] < 0.8


def keep(x):
    return x


@dataclasses.dataclass
class Unregistered:
    h: np.ndarray


@jax.tree_util.register_dataclass
@dataclasses.dataclass
class Registered:
    h: np.ndarray


class Cell(NamedTuple):
    h: np.ndarray
    c: np.ndarray | None


@pytest.mark.parametrize(
    "starts",
    [
        {"h": STARTS, "nothing": None},
        Cell(STARTS, None),
        Cell(STARTS, STARTS[:, 0]),
        Registered(STARTS),
        [STARTS, (STARTS[:, :1], {"deep": np.ones((3, 2, 2), np.float16)})],
    ],
    ids=["dict with None", "NamedTuple with None", "NamedTuple", "dataclass", "nested"],
)
def test_a_state_may_be_any_pytree_of_arrays(starts):
    found = find_slow_points(lambda state: jax.tree.map(lambda x: 0.5 * x, state), starts)
    assert jax.tree.structure(found.state) == jax.tree.structure(starts)
    assert found.outcomes == (Outcome.FIXED_POINT,) * 3
    for leaf, start in zip(jax.tree.leaves(found.state), jax.tree.leaves(starts), strict=True):
        assert leaf.shape == start.shape
        assert np.abs(leaf).max() < 1e-12


@pytest.mark.unchecked
@pytest.mark.parametrize(
    ("step", "starts", "options", "message"),
    [
        (lambda x: x[:1], STARTS, {}, "step must return state as float64[2], as it was given, not as float64[1]"),
        (lambda x: (x, x), STARTS, {}, "step must return a state of the structure it was given"),
        (lambda x: x.astype(jnp.float32), STARTS, {}, "not as float32[2]"),
        (lambda x: {"h": 2 * x["h"][0]}, {"h": STARTS}, {}, "step must return state['h'] as float64[2]"),
        (lambda x: jnp.log(x), STARTS, {}, "step must return finite values at every start; at start 0 it is not so"),
        (keep, STARTS.astype(int), {}, "starts must be a floating-point NumPy or JAX array, not int64"),
        (keep, {"h": 1.0}, {}, "starts['h'] must be a floating-point NumPy or JAX array, not a float"),
        (
            keep,
            {"h": STARTS, "k": np.arange(3)},
            {},
            "starts['k'] must be a floating-point NumPy or JAX array, not int64",
        ),
        (keep, STARTS.tolist(), {}, "starts[0][0] must be a floating-point NumPy or JAX array, not a float"),
        (keep, Unregistered(STARTS), {}, "starts is a Unregistered, which JAX does not know as a state; register"),
        (keep, STARTS[:, :0], {}, "starts must hold at least one number a state"),
        (np.tanh, STARTS, {}, "step must be made of JAX operations on its state"),
        (lambda x: x if x[0] > 0 else -x, STARTS, {}, "step must be made of JAX operations on its state"),
        (None, STARTS, {}, "step must be a function from one state to the next, not None"),
        (keep, STARTS, {"solver": Newton}, "solver must be a solver, such as Newton(), not"),
        (keep, STARTS, {"leading": 0}, "leading must be positive, not 0"),
        (keep, STARTS, {"coordinates": lambda x: x * jnp.nan}, "step and coordinates must return finite values"),
        (keep, (), {}, "starts must hold at least one array"),
        (keep, STARTS[:0], {}, "starts must hold at least one state"),
        (keep, np.float32(1) * np.ones(()), {}, "starts must have a leading axis point, but it has shape ()"),
        (keep, (STARTS, STARTS[:2]), {}, "starts must share a leading axis point, but its leaves have [(2,), (3,)]"),
        (keep, STARTS * np.float32(np.nan), {}, "starts must be finite"),
        (keep, STARTS, {"domain": (-0.8, 0.8)}, "starts must lie in the domain; point 0 does not"),
        (keep, STARTS, {"domain": 1.0}, "domain must be a pair (lower, upper) or None, not 1.0"),
        (keep, STARTS, {"domain": (1.0, -1.0)}, "domain's lower bound must be below its upper bound"),
        (keep, STARTS, {"domain": (np.nan, 1.0)}, "domain's lower bound must be below its upper bound"),
        (
            keep,
            STARTS,
            {"domain": ((-1.0, -1.0), 1.0)},
            "domain's lower bound must be a number, or a prefix of the state (one array)",
        ),
        (
            keep,
            STARTS,
            {"domain": (-1.0, np.ones(3))},
            "domain's upper bound must be a number, or a prefix of the state (one array)",
        ),
        (keep, STARTS, {"coordinates": lambda x: x[0]}, "coordinates must return one vector"),
        (keep, STARTS, {"coordinates": lambda x: (x, x)}, "coordinates must return one vector"),
    ],
)
def test_bad_input_is_named_in_one_sentence(step, starts, options, message):
    with pytest.raises(InputError, match=re.escape(message)) as error:
        find_slow_points(step, starts, **options)
    assert str(error.value).endswith(".")


def test_a_search_within_a_compiled_program_is_refused():
    with pytest.raises(InputError, match="starts must be numbers, but they are traced: call this outside jit"):
        jax.jit(lambda starts: find_slow_points(keep, starts).state)(STARTS)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Newton(max_iterations=0),
        lambda: Newton(longest_step=-1.0),
        lambda: Newton(damping_fall=2.0),
        lambda: NewtonKrylov(max_products=0),
        lambda: NewtonKrylov(tolerance=1.0),
        lambda: NewtonKrylov(damping_rise=1.0),
        lambda: Adam(steps=0),
        lambda: Adam(drop_after=1.5),
    ],
)
def test_bad_hyperparameters_are_refused(make):
    with pytest.raises(InputError, match="must"):
        make()


def test_domains_broadcast_over_pytrees():
    """One bound for h, one a coordinate for c; the ghosts of both lie at zero, outside for c's first."""
    ghost = Ghost(jnp.asarray(0.1, jnp.float32))
    starts = {"c": np.array([[0.5, 0.5]]), "h": np.array([0.4])}
    domain = ({"c": np.array([0.2, -1.0]), "h": -1.0}, 1.0)
    found = find_slow_points(lambda state: jax.tree.map(ghost, state), starts, domain=domain)
    assert found.outcomes == (Outcome.EDGE,)
    np.testing.assert_allclose(found.state["c"], [[0.2, 0.0]], atol=1e-6)
    np.testing.assert_allclose(found.state["h"], [0.0], atol=1e-6)


def test_annotations_are_checked_while_tests_run():
    with pytest.raises(jaxtyping.TypeCheckError, match="counts"):
        unseen(np.array([[3, 4]]))
