"""What an imported network offers, and the search for its slow points with nothing else."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.dynamics import find_slow_points, Outcome
from slowpoints.interop import from_torch

from .torch_equations import draw, step

FEATURES, N = 2, 4


def network_of(unit, layers=1, seed=0):
    weights = draw(unit, FEATURES, N, layers=layers, seed=seed)
    return from_torch(weights, unit=unit), weights


def some_states(network, batch=()):
    rng = np.random.default_rng(3)
    return jax.tree.map(lambda leaf: rng.uniform(-0.9, 0.9, (*batch, *leaf.shape)), network.initial_state())


@pytest.mark.parametrize(("unit", "layers"), [("gru", 2), ("lstm", 1)])
def test_the_search_needs_nothing_else(unit, layers):
    network, weights = network_of(unit, layers)
    x = np.array([0.3, -0.5])
    found = find_slow_points(
        network.at(x), some_states(network, (5,)), coordinates=network.coordinates, domain=network.domain()
    )
    assert Outcome.FIXED_POINT in found.outcomes
    for k, speed in enumerate(found.speed):
        state = jax.tree.map(lambda leaf, k=k: leaf[k], found.state)
        before = state if layers > 1 else (state,)
        after = step(unit, weights, x, before)
        if unit == "lstm":
            before, after = ([part for h, c in states for part in (h, np.tanh(c))] for states in (before, after))
        expected = np.sum((np.concatenate(after) - np.concatenate(before)) ** 2)
        np.testing.assert_allclose(speed, expected, rtol=1e-6, atol=1e-26)


def test_two_networks_of_one_shape_compile_once():
    traces = []

    @jax.jit
    def advance(step, state):
        traces.append(step)
        return step(state)

    networks = [network_of("gru", 2, seed)[0] for seed in (0, 1)]
    moved = [advance(network.at(x), network.initial_state()) for network, x in zip(networks, (0.0, 1.0), strict=True)]
    assert len(traces) == 1
    assert not np.allclose(moved[0][1], moved[1][1])


@pytest.mark.parametrize(("unit", "layers"), [("gru", 1), ("lstm", 1), ("lstm", 3)])
def test_states_have_any_leading_axes(unit, layers):
    network, _ = network_of(unit, layers)
    states, inputs = some_states(network, (2, 3)), np.random.default_rng(0).normal(size=(2, 3, FEATURES))
    zeros = network.initial_state(2, 3)
    assert jax.tree.map(np.shape, zeros) == jax.tree.map(np.shape, states)
    assert all((leaf == 0).all() for leaf in jax.tree.leaves(zeros))
    moved = network.step(states, inputs)
    assert network.hidden(states).shape == (2, 3, N)
    assert network.coordinates(states).shape == (2, 3, sum(leaf.shape[-1] for leaf in jax.tree.leaves(states)))
    for index in np.ndindex(2, 3):
        alone = network.step(jax.tree.map(lambda leaf, i=index: leaf[i], states), inputs[index])
        jax.tree.map(lambda a, b, i=index: np.testing.assert_allclose(a, b[i], atol=1e-6), alone, moved)


def test_a_stack_names_its_parts():
    network, _ = network_of("lstm", 2)
    (h0, c0), (h1, c1) = states = some_states(network)
    np.testing.assert_array_equal(network.hidden(states), h1)
    expected = np.concatenate([h0, np.tanh(c0), h1, np.tanh(c1)])
    np.testing.assert_allclose(network.coordinates(states), expected, atol=1e-6)
    pair = ((-1.0, -np.inf), (-1.0, -np.inf)), ((1.0, np.inf), (1.0, np.inf))
    assert network.domain() == pair
    assert network_of("lstm")[0].domain() == (pair[0][0], pair[1][0])


@pytest.mark.parametrize("unit", ["tanh", "gru", "lstm"])
def test_outside_of_the_search_it_computes_in_the_precision_that_is_enabled(unit):
    network, _ = network_of(unit, 2)
    at = network.at(0.5)
    for start in (network.initial_state(), jax.tree.map(jnp.asarray, network.initial_state())):
        for moved in (at(start), network.step(start, np.array([0.5, 0.5])), jax.jit(at)(start)):
            assert {leaf.dtype for leaf in jax.tree.leaves(moved)} == {np.dtype(np.float32)}
    with jax.enable_x64(True):
        for start in (network.initial_state(), jax.tree.map(np.float32, network.initial_state())):
            assert {leaf.dtype for leaf in jax.tree.leaves(at(start))} == {np.dtype(np.float64)}


def test_one_number_stands_for_every_input():
    network, _ = network_of("gru")
    jax.tree.map(np.testing.assert_array_equal, network.at(0.5), network.at([0.5, 0.5]))
    jax.tree.map(np.testing.assert_array_equal, network.at(0), network.at(jnp.zeros(2)))


@pytest.mark.parametrize(
    ("input", "sentence"),
    [
        (np.zeros(3), r"input must be a vector of 2 numbers or one number, not of shape \(3,\)"),
        (np.zeros((1, 2)), r"not of shape \(1, 2\)"),
        ([0.0, np.nan], "input must be finite, but it holds NaN or infinity"),
        ("zero", "input must be a vector of 2 numbers or one number"),
        (None, "input must be finite"),
    ],
)
def test_an_input_of_another_kind_is_said(input, sentence):
    network, _ = network_of("gru")
    with pytest.raises(InputError, match=sentence):
        network.at(input)


def test_an_ensemble_is_one_network_with_a_leading_axis():
    networks = [network_of("gru", 2, seed)[0] for seed in (0, 1)]
    ensemble = jax.tree.map(lambda *leaves: np.stack(leaves), *networks)
    state = some_states(networks[0])
    together = jax.vmap(lambda network: network.step(state, np.full(FEATURES, 0.5)))(ensemble)
    for k, network in enumerate(networks):
        alone = network.step(state, np.full(FEATURES, 0.5))
        jax.tree.map(lambda a, b, k=k: np.testing.assert_allclose(a[k], b, atol=1e-6), together, alone)
