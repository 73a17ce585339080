"""The contract of every unit, and the equations of those that are written anew in NumPy.

A new unit is tested by the first the moment it is listed. Its equations are checked once `recurrent.EQUATIONS` has
them.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays

from slowpoints._errors import InputError
from slowpoints.networks import UNITS
from slowpoints.results import Setting
from tests.networks.units import every_unit
from tests.oracles import recurrent

FEATURES, N = 5, 7
every_equation = pytest.mark.parametrize("name", recurrent.EQUATIONS)


def drawn(name, key=0):
    """A unit with large biases and weights, so that every term of its equations counts."""
    unit = UNITS[name].draw(FEATURES, N, key=jax.random.key(key))
    leaves, structure = jax.tree.flatten(unit)
    keys = jax.random.split(jax.random.key(key + 1), len(leaves))
    return jax.tree.unflatten(
        structure, [leaf + 0.5 * jax.random.normal(k, leaf.shape) for k, leaf in zip(keys, leaves, strict=True)]
    )


def some_state(unit, batch, rng):
    return jax.tree.map(lambda a: jnp.asarray(rng.uniform(-0.9, 0.9, a.shape), jnp.float32), unit.initial_state(*batch))


@every_equation
def test_step_is_the_papers_equation(name):
    unit, rng = drawn(name), np.random.default_rng(0)
    state = some_state(unit, (6,), rng)
    features, trigger = rng.normal(size=(6, FEATURES)), rng.normal(size=6)
    moved = unit.step(state, unit.drive(jnp.asarray(features, jnp.float32), jnp.asarray(trigger, jnp.float32)))
    for b in range(6):
        expected = recurrent.step(
            name,
            unit,
            jax.tree.map(lambda a, b=b: np.asarray(a[b], np.float64), state),
            np.append(features[b], trigger[b]),
        )
        jax.tree.map(lambda got, want, b=b: np.testing.assert_allclose(got[b], want, atol=2e-6), moved, expected)


@every_unit
def test_it_has_a_name_that_stands_in_text(name):
    assert Setting("digits", name, "sigmoid").label == f"digits, {UNITS[name].name}, sigmoid readout"
    assert len({unit.name for unit in UNITS.values()}) == len(UNITS)


@every_unit
def test_drive_is_the_product_with_the_trigger_as_last_input(name):
    unit, rng = drawn(name), np.random.default_rng(1)
    x, trigger = rng.normal(size=(3, 4, FEATURES)), rng.normal(size=(3, 4))
    got = unit.drive(jnp.asarray(x, jnp.float32), jnp.asarray(trigger, jnp.float32))
    W, b = recurrent.incoming(unit), np.asarray(unit.weights.bias, np.float64)
    assert W.shape == (unit.gates * N, FEATURES + 1)
    for i, j in np.ndindex(3, 4):
        np.testing.assert_allclose(got[i, j], W @ np.append(x[i, j], trigger[i, j]) + b, atol=1e-5)
    np.testing.assert_array_equal(unit.drive(jnp.asarray(x, jnp.float32)), unit.drive(jnp.asarray(x, jnp.float32), 0.0))
    np.testing.assert_allclose(unit.drive(jnp.zeros(FEATURES), 1.0) - unit.drive(jnp.zeros(FEATURES)),
                               unit.weights.trigger, atol=1e-6)  # fmt: skip


@every_unit
@pytest.mark.parametrize("batch", [(), (3,), (2, 3)])
def test_any_leading_axes_and_shapes_are_kept(name, batch):
    unit, rng = drawn(name), np.random.default_rng(2)
    state = some_state(unit, batch, rng)
    features = jnp.asarray(rng.normal(size=(*batch, FEATURES)), jnp.float32)
    moved = unit.step(state, unit.drive(features))
    assert jax.tree.map(lambda a: (a.shape, a.dtype), moved) == jax.tree.map(lambda a: (a.shape, a.dtype), state)
    assert unit.units == N
    assert unit.hidden(state).shape == (*batch, N)
    vector = unit.coordinates(unit.initial_state())
    assert vector.ndim == 1
    assert unit.coordinates(state).shape == (*batch, *vector.shape)
    for index in np.ndindex(*batch):
        one = jax.tree.map(lambda a, i=index: a[i], state)
        alone = unit.step(one, unit.drive(features[index]))
        jax.tree.map(lambda a, b, i=index: np.testing.assert_allclose(a, b[i], atol=1e-6), alone, moved)
        np.testing.assert_array_equal(unit.hidden(one), unit.hidden(state)[index])
        np.testing.assert_allclose(unit.coordinates(one), unit.coordinates(state)[index], atol=1e-6)


@every_unit
def test_initial_state_is_zero(name):
    unit = drawn(name)
    for leaf in jax.tree.leaves(unit.initial_state(2)):
        np.testing.assert_array_equal(leaf, np.zeros((2, N), np.float32))


def test_coordinates_of_an_lstm_are_h_and_tanh_c():
    unit, rng = drawn("lstm"), np.random.default_rng(3)
    h, c = some_state(unit, (4,), rng)
    np.testing.assert_allclose(unit.coordinates((h, 3 * c)), np.hstack([h, np.tanh(3 * c)]), atol=1e-6)
    np.testing.assert_array_equal(unit.hidden((h, c)), h)


_step = jax.jit(lambda unit, state, drive: unit.step(state, drive))


@every_unit
@settings(max_examples=40, deadline=None, database=None, derandomize=True)
@given(data=st.data())
def test_no_state_leaves_its_domain(name, data):
    unit = drawn(name)
    lower, upper = unit.domain()

    def draw_state(low, high):
        low, high = max(low, -50), min(high, 50)
        return jnp.asarray(data.draw(arrays(np.float32, N, elements=st.floats(low, high, width=32))))

    state = jax.tree.map(draw_state, lower, upper)
    size = unit.weights.bias.shape[0]
    drive = jnp.asarray(data.draw(arrays(np.float32, size, elements=st.floats(-100, 100, width=32))))
    for _ in range(2):
        state = _step(unit, state, drive)
        for low, high, leaf in zip(*map(jax.tree.leaves, (lower, upper, state)), strict=True):
            assert np.isfinite(leaf).all()
            assert (leaf >= low - 1e-6).all()
            assert (leaf <= high + 1e-6).all()


@every_unit
def test_another_key_draws_another_unit(name):
    one, same, other = (UNITS[name].draw(FEATURES, N, key=jax.random.key(key)) for key in (5, 5, 6))
    weights = one.weights
    assert weights.input.shape == (FEATURES, one.gates * N)
    assert weights.recurrent.shape == (N, one.gates * N)
    assert weights.trigger.shape == weights.bias.shape == (one.gates * N,)
    jax.tree.map(np.testing.assert_array_equal, one, same)
    assert (weights.input != other.weights.input).all()


@every_equation
def test_draw_has_the_published_scales(name):
    features, n = 99, 60
    unit = UNITS[name].draw(features, n, key=jax.random.key(5))
    weights = unit.weights
    # The standard deviation of m normals is itself uncertain by 1/√(2m); 5 of those.
    for array, scale in [
        (weights.input, 1 / np.sqrt(features + 1)),
        (weights.trigger, 1 / np.sqrt(features + 1)),
        (weights.recurrent, 1 / np.sqrt(n)),
        (weights.bias, 0.01),
        *([(unit.recurrent_bias, 0.01)] if name == "gru_reset_after" else []),
    ]:
        assert np.std(array) == pytest.approx(scale, rel=5 / np.sqrt(2 * array.size))
        assert abs(np.mean(array)) < 5 * scale / np.sqrt(array.size)
    flat = np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(unit)])
    assert np.unique(flat).size > 0.99 * flat.size  # no array is drawn from another's key


@pytest.mark.parametrize("name", recurrent.RESPONSES)
def test_a_rate_unit_keeps_its_leak_in_training(name):
    unit = UNITS[name].draw(FEATURES, N, key=jax.random.key(0), alpha=0.3)
    assert float(unit.alpha) == pytest.approx(0.3)
    assert float(UNITS[name].draw(FEATURES, N, key=jax.random.key(0)).alpha) == pytest.approx(20 / 100)
    gradient = jax.grad(lambda unit: jnp.sum(unit.step(jnp.ones(N), unit.drive(jnp.ones(FEATURES)))))(unit)
    assert float(gradient.leak) == 0
    assert (gradient.weights.recurrent != 0).any()
    with pytest.raises(InputError, match="alpha must lie between 0 and 1, as dt/τ does, not 1"):
        UNITS[name].draw(FEATURES, N, key=jax.random.key(0), alpha=1.0)


def test_the_two_grus_agree_where_the_reset_gate_is_one():
    before, rng = drawn("gru"), np.random.default_rng(4)
    after = UNITS["gru_reset_after"](before.weights, jnp.zeros(N))
    state = some_state(before, (3,), rng)
    drive = before.drive(jnp.asarray(rng.normal(size=(3, FEATURES)), jnp.float32))
    assert not np.allclose(before.step(state, drive), after.step(state, drive), atol=1e-3)
    drive = drive.at[:, N : 2 * N].set(100.0)
    np.testing.assert_allclose(before.step(state, drive), after.step(state, drive), atol=1e-6)


@every_unit
def test_coordinates_to_the_letter_are_h_or_of_an_lstm_tanh_c(name):
    unit = UNITS[name].draw(3, 4, key=jax.random.key(0))
    state = jax.tree.map(lambda a: jnp.asarray(_some(a.shape), a.dtype), unit.initial_state(2))
    want = np.tanh(state[1]) if name == "lstm" else unit.hidden(state)
    np.testing.assert_allclose(unit.papers_coordinates(state), want, rtol=1e-6)


def _some(shape):
    return np.random.default_rng(5).uniform(-0.9, 0.9, shape)
