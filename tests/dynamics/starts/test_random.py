"""Starts for a map of which only the domain is known."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.dynamics import random_starts


def stay(state):
    return state


def count_up(state):
    return state + 1.0


def test_without_a_run_they_are_uniform_where_bounded_and_normal_where_not():
    domain = ((-1.0, -np.inf), (3.0, np.inf))
    bounded, free = random_starts(
        stay, (np.zeros(2), np.zeros(1)), 4000, key=jax.random.key(0), domain=domain, longest_run=0
    )
    assert bounded.shape == (4000, 2)
    assert bounded.dtype == np.float64
    # Means and deviations within five standard errors of U(−1, 3) and N(0, 1).
    np.testing.assert_allclose(bounded.mean(axis=0), 1, atol=5 * 4 / 12**0.5 / 4000**0.5)
    np.testing.assert_allclose(bounded.std(axis=0), 4 / 12**0.5, rtol=0.05)
    np.testing.assert_allclose([free.mean(), free.std()], [0, 1], atol=0.08)


def test_bounds_on_one_side_are_kept():
    states = random_starts(stay, np.zeros(1), 500, key=jax.random.key(0), domain=(2.0, np.inf), longest_run=0)
    assert (states >= 2).all()
    assert (states > 2).any()


def test_each_is_run_for_a_time_of_its_own():
    states = random_starts(count_up, np.zeros(1), 900, key=jax.random.key(1), domain=(0.0, 1.0), longest_run=9)
    times, counts = np.unique(np.floor(states[:, 0]), return_counts=True)
    np.testing.assert_array_equal(times, np.arange(10))
    assert np.abs(counts - 90).max() < 5 * 9


def test_the_key_decides():
    draw = lambda seed: random_starts(stay, jnp.zeros(3), 5, key=jax.random.key(seed))
    np.testing.assert_array_equal(draw(0), draw(0))
    assert not np.array_equal(draw(0), draw(1))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"count": 0}, "count must be positive, not 0"),
        ({"longest_run": -1}, "longest_run must not be negative, but it is -1"),
        ({"domain": (1.0, 0.0)}, "domain's lower bound must be below"),
        ({"like": np.zeros(2, int)}, "like must be a floating-point NumPy or JAX array, not int64"),
    ],
)
def test_bad_input_is_named(options, message):
    arguments = {"like": np.zeros(2), "count": 3, "key": jax.random.key(0)} | options
    with pytest.raises(InputError, match=re.escape(message)):
        random_starts(stay, arguments.pop("like"), arguments.pop("count"), **arguments)
