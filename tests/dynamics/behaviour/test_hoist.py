"""What leaves a loop, and that the values stay."""

import jax
import jax.numpy as jnp
import numpy as np

from slowpoints.dynamics.behaviour._hoist import hoist


def test_slices_of_weights_leave_the_loop_and_values_stay():
    weights = np.random.default_rng(0).normal(size=(4, 12)).astype(np.float32)

    def step(weights, x):
        first, second = weights[:, :4], weights[:, 4:8] * 2.0
        return {"x": jax.nn.silu(x @ first) + x @ second, "bias": weights[0, :4], "one": 1.0, "same": x}

    x = jnp.asarray([0.1, -0.2, 0.3, 0.4], jnp.float32)
    left = []

    def traced(weights, x):
        function = hoist(lambda vector: step(weights, vector), x)
        left.extend(equation.primitive.name for equation in jax.make_jaxpr(function)(x).eqns)
        return function(x)

    result = jax.jit(traced)(weights, x)
    expected = step(weights, x)
    assert result.keys() == expected.keys()
    for key in expected:
        np.testing.assert_allclose(result[key], expected[key], rtol=1e-6)
    assert left.count("dot_general") == 2
    assert "slice" not in left
    assert "mul" not in left  # silu's is within its own function


def test_a_hoisted_function_has_its_derivatives():
    weights = jnp.asarray([[0.5, 1.0], [-1.0, 2.0]])
    x = jnp.asarray([0.3, 0.7])
    function = lambda x: jnp.tanh(weights[:1] @ x) * jax.nn.relu(x[1])
    np.testing.assert_allclose(jax.jacfwd(hoist(function, x))(x), jax.jacfwd(function)(x), rtol=1e-6)
