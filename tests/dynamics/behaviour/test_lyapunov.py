"""Exponents known on paper, or in print."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.dynamics import lyapunov_exponents

from ..maps import henon, random_lstm


def test_the_logistic_map_at_four(getkey):
    """ln 2, through its conjugacy to the tent map."""
    found = lyapunov_exponents(lambda x: 4 * x * (1 - x), np.array(0.3), key=getkey(), steps=20_000)
    assert found.standard_error.shape == (1,)
    assert 0 < found.standard_error[0] < 0.01
    assert abs(found.exponents[0] - np.log(2)) < 5 * found.standard_error[0]


def test_the_henon_map(getkey):
    """0.419 in print (Sprott 2003: 0.41922); both sum to ln 0.3, since areas shrink by 0.3 everywhere."""
    found = lyapunov_exponents(henon, (np.array(0.1), np.array(0.1)), key=getkey(), count=2, steps=40_000)
    assert abs(found.exponents[0] - 0.41922) < 5 * found.standard_error[0] < 0.02
    np.testing.assert_allclose(found.exponents.sum(), np.log(0.3), rtol=1e-10)


def test_a_linear_map_has_its_eigenvalues_logarithms(getkey):
    """Also for a rotation, whose two exponents are one; in any directions to start with."""
    rotation = 0.9 * np.array([[np.cos(1), -np.sin(1)], [np.sin(1), np.cos(1)]])
    matrix = np.zeros((4, 4))
    matrix[:2, :2], matrix[2, 2], matrix[3, 3] = rotation, 0.5, -0.2
    mix = np.random.default_rng(0).normal(size=(4, 4))
    matrix = mix @ matrix @ np.linalg.inv(mix)
    for seed in (0, 1):
        found = lyapunov_exponents(lambda x: matrix @ x, np.zeros(4), key=jax.random.key(seed), count=4, steps=2000)
        np.testing.assert_allclose(found.exponents, np.log([0.9, 0.9, 0.5, 0.2]), atol=2e-3)
        np.testing.assert_allclose(found.exponents.sum(), np.log(0.81 * 0.1), rtol=1e-9)


def test_a_superstable_cycle_has_minus_infinity(getkey):
    found = lyapunov_exponents(lambda x: 2 * x * (1 - x), np.array(0.5), key=getkey(), steps=20, burn_in=0)
    assert found.exponents[0] == -np.inf


def test_steps_and_networks_compile_nothing_anew(getkey):
    traces = []

    class Tent(eqx.Module):
        slope: jax.Array

        def __call__(self, x):
            traces.append(1)
            return self.slope * jnp.minimum(x, 1 - x)

    first = lyapunov_exponents(Tent(jnp.asarray(1.5)), np.array(0.3), key=getkey(), steps=100)
    once = len(traces)
    second = lyapunov_exponents(Tent(jnp.asarray(1.25)), np.array(0.3), key=getkey(), steps=200, burn_in=50)
    assert len(traces) == once
    np.testing.assert_allclose([first.exponents[0], second.exponents[0]], np.log([1.5, 1.25]))
    np.testing.assert_allclose([first.standard_error, second.standard_error], 0, atol=1e-12)


def test_an_lstm_that_comes_to_rest_has_its_leading_modulus_there(getkey):
    from slowpoints.dynamics import relax, stability

    step, state = random_lstm(3, seed=1), (np.zeros(3), np.zeros(3))
    rest = relax(step, jax.tree.map(lambda leaf: leaf[None], state), max_steps=5000)
    assert rest.settled.all()
    found = lyapunov_exponents(step, state, key=getkey(), count=6, steps=4000)
    moduli = np.abs(stability(step, rest.state).eigenvalues[0])
    np.testing.assert_allclose(found.exponents, np.log(moduli), atol=5e-3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"count": 3}, "count must lie between 1 and the state's 2 coordinates, not 3"),
        ({"count": 0}, "count must lie between"),
        ({"steps": 19}, "steps must be at least 20, not 19"),
        ({"burn_in": -1}, "burn_in must not be negative"),
        ({"state": (np.array(9.0), np.array(0.0))}, "step must stay finite along the trajectory"),
        ({"state": (1, 2)}, r"state\[0\] must be a floating-point NumPy or JAX array"),
    ],
)
def test_bad_input_is_named(options, message, getkey):
    arguments = {"state": (np.array(0.1), np.array(0.1)), "key": getkey(), "steps": 100} | options
    with pytest.raises(InputError, match=message):
        lyapunov_exponents(henon, **arguments)


def test_of_a_map_of_rank_one_all_but_one_deviation_vanish(getkey):
    """The derivative of tanh(m (v·x)) is of rank one everywhere, in 60 units too, where rounding is larger."""
    m, v = jax.random.normal(getkey(), (2, 60))
    found = lyapunov_exponents(lambda x: jnp.tanh(m * (v @ x)), np.full(60, 0.1), key=getkey(), count=3, steps=100)
    assert np.isfinite(found.exponents[0])
    np.testing.assert_array_equal(found.exponents[1:], -np.inf)
