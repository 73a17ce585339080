"""A network under a constant input, against the equations in NumPy, float64 throughout."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints.dynamics._precision import double_precision
from slowpoints.networks import ConstantInput, MemoryNetwork, UNITS
from tests.networks.units import every_unit
from tests.oracles import recurrent

FEATURES, N, CLASSES, POINTS = 5, 7, 3, 6
IMAGE = np.random.default_rng(1).uniform(size=FEATURES)
EXACT = {"rtol": 0, "atol": 1e-12}


def drawn(name, readout="sigmoid", key=0):
    network = MemoryNetwork.draw(
        UNITS[name], image_shape=(FEATURES,), units=N, classes=CLASSES, readout=readout, key=jax.random.key(key)
    )
    return jax.tree.map(lambda a: 1.5 * a, network)


def some_states(network, seed=0):
    """With a leading axis `point`, float64."""
    rng = np.random.default_rng(seed)
    return jax.tree.map(lambda a: rng.uniform(-0.9, 0.9, a.shape), network.unit.initial_state(POINTS))


def one_of(states, k):
    return jax.tree.map(lambda a: a[k], states)


def in_double(function, *arguments):
    with double_precision():
        return jax.tree.map(np.asarray, function(*jax.tree.map(jnp.asarray, arguments)))


def assert_close(got, want, **tolerance):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, **tolerance), got, want)


@every_unit
def test_it_is_the_units_step_in_float64(name):
    network = drawn(name)
    under, states = network.under(IMAGE), some_states(network)
    for k in range(POINTS):
        moved = in_double(under, one_of(states, k))
        assert {leaf.dtype for leaf in jax.tree.leaves(moved)} == {np.dtype(np.float64)}
        assert_close(moved, recurrent.step(name, network.unit, one_of(states, k), np.append(IMAGE, 0.0)), **EXACT)


@every_unit
def test_its_leaves_hold_the_weights_exactly(name):
    network = drawn(name)
    under = network.under(IMAGE)
    assert {(type(leaf), leaf.dtype) for leaf in jax.tree.leaves(under)} == {(np.ndarray, np.dtype(np.float64))}
    want = recurrent.incoming(network.unit) @ np.append(IMAGE, 0.0) + np.asarray(network.unit.weights.bias, np.float64)
    assert_close(under.drive, want, **EXACT)
    # All weights but the input's are there, and those would not be read.
    assert under.network.unit.weights.input.size == 0
    for ours, its in zip(jax.tree.leaves(network), jax.tree.leaves(under.network), strict=True):
        assert its.size == 0 or np.array_equal(ours, its)


@every_unit
@pytest.mark.parametrize("readout", ["sigmoid", "linear"])
def test_scores_and_classes_are_those_of_a_trigger_now(name, readout):
    network = drawn(name, readout)
    under, states = network.under(IMAGE), some_states(network)
    want = []
    for k in range(POINTS):
        triggered = recurrent.step(name, network.unit, one_of(states, k), np.append(IMAGE, 1.0))
        want.append(recurrent.readout(network, recurrent.hidden(name, network.unit, triggered)))
        assert_close(in_double(under.scores, one_of(states, k)), want[-1], **EXACT)
    assert under.read_out(states).tolist() == [outputs.argmax() - 1 for outputs in want]
    for shown in range(1, CLASSES + 1):
        assert under.read_out(states, shown).tolist() == [outputs[: shown + 1].argmax() - 1 for outputs in want]


def test_classes_that_were_not_shown_are_not_named():
    network = drawn("tanh")
    bias = jnp.array([0.0, 0.0, 9.0, 0.0])
    network = MemoryNetwork(
        network.front_end, network.unit, type(network.readout)(0 * network.readout.weight, bias, "linear")
    )
    under, states = network.under(IMAGE), some_states(network)
    assert under.read_out(states).tolist() == [1] * POINTS
    assert under.read_out(states, 2).tolist() == [1] * POINTS
    assert under.read_out(states, 1).tolist() == [-1] * POINTS


def test_one_number_is_that_of_all_features():
    network = drawn("gru")
    jax.tree.map(np.testing.assert_array_equal, network.under(0.37), network.under(np.full(FEATURES, 0.37)))
    assert not np.allclose(network.under(0.37).drive, network.under(0.38).drive)


@pytest.mark.unchecked
@pytest.mark.parametrize("shape", [(4,), (1,), (1, FEATURES), (FEATURES, 1)])
def test_any_other_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"features must be 5 numbers or one, not of shape \("):
        drawn("tanh").under(np.zeros(shape))


@every_unit
def test_two_are_mixed_leaf_by_leaf(name):
    """As two snapshots of a training are: F is then that of the mixed weights."""
    one, other = drawn(name), drawn(name, key=1)

    def mix(a, b):
        return 0.25 * np.asarray(a, np.float64) + 0.75 * np.asarray(b, np.float64)

    under = jax.tree.map(mix, one.under(IMAGE), other.under(IMAGE))
    assert isinstance(under, ConstantInput)
    mixed, state = jax.tree.map(mix, one.unit, other.unit), one_of(some_states(one), 0)
    want = recurrent.step(name, mixed, state, np.append(IMAGE, 0.0))
    assert_close(in_double(under, state), want, **EXACT)
    # It is an argument of a compiled program, not part of one.
    assert_close(in_double(jax.jit(lambda under, state: under(state)), under, state), want, **EXACT)


@every_unit
def test_where_float32_is_enabled_it_computes_in_float32(name):
    network = drawn(name)
    state = one_of(some_states(network), 0)
    moved = network.under(IMAGE)(jax.tree.map(lambda a: jnp.asarray(a, jnp.float32), state))
    assert {leaf.dtype for leaf in jax.tree.leaves(moved)} == {np.dtype(np.float32)}
    assert_close(moved, recurrent.step(name, network.unit, state, np.append(IMAGE, 0.0)), rtol=0, atol=5e-6)
