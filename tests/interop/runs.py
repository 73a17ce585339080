"""Running imported networks, in float64."""

import jax
import numpy as np


def run(network, inputs):
    """The states of a network, one after each of its inputs [step, feature], from the zero state; float64."""

    def step(state, input):
        state = network.step(state, input)
        return state, state

    with jax.enable_x64(True):
        _, states = jax.jit(lambda start, xs: jax.lax.scan(step, start, xs))(network.initial_state(), inputs)
        return jax.tree.map(np.asarray, states)


def assert_close(got, expected, atol=1e-12):
    """The same structure, and leaves that differ by rounding only."""
    assert jax.tree.structure(got) == jax.tree.structure(expected)
    jax.tree.map(lambda g, e: np.testing.assert_allclose(g, e, rtol=0, atol=atol), got, expected)
