"""Noise on linear maps, where drift, spread and first passages are known."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.dynamics import noise_response


def close(variance, expected, draws):
    """Within five standard errors: a variance of n normal draws is off by √(2/(n−1)) of itself."""
    np.testing.assert_allclose(variance, expected, rtol=5 * np.sqrt(2 / (draws - 1)))


@pytest.mark.parametrize("decay", [0.9, 1.0])
def test_an_ornstein_uhlenbeck_process(decay, getkey):
    """x' = λx + σξ from x₀ drifts to λᵗx₀ and has variance σ²(1 − λ²ᵗ)/(1 − λ²): σ²t where nothing restores it."""
    sigma, steps, draws = 0.2, 60, 2000

    def noisy(x, key):
        return decay * x + sigma * jax.random.normal(key, x.shape)

    start = np.array([0.0, 3.0])
    found = noise_response(noisy, start, key=getkey(), steps=steps, draws=draws)
    time = np.arange(steps + 1)
    expected = sigma**2 * (time if decay == 1 else (1 - decay ** (2 * time)) / (1 - decay**2))
    assert found.mean.shape == found.variance.shape == (steps + 1, 2)
    np.testing.assert_array_equal(found.variance[0], 0)
    close(found.variance[1:], np.stack([expected[1:]] * 2, axis=1), draws)
    drift = (decay ** time[:, None] - 1) * start
    assert (np.abs(found.mean - drift) <= 5 * np.sqrt(found.variance / draws)).all()
    assert found.lifetime is found.censored is None


def test_spread_along_directions_of_a_pytree(getkey):
    """Along (1, 1)/√2 the noises add up, along (1, −1)/√2 they cancel; a row of length two doubles the deviation."""

    def noisy(state, key):
        push = jax.random.normal(key)
        return {"a": state["a"] + push, "b": state["b"] + push}

    directions = np.array([[1, 1], [1, -1], [2, 2]]) / np.sqrt(2)
    state = {"a": np.array(1.0), "b": np.array(-1.0)}
    found = noise_response(noisy, state, key=getkey(), steps=4, draws=1000, directions=directions)
    close(found.variance[4, 0], 2 * 4, 1000)
    np.testing.assert_allclose(found.variance[:, 1], 0, atol=1e-25)
    np.testing.assert_allclose(found.variance[:, 2], 4 * found.variance[:, 0])


def test_lifetimes_have_the_distribution_of_a_coin(getkey):
    """A bit that flips with probability p each step is first another after t steps with probability p(1−p)^(t−1)."""
    p, steps, draws = 0.1, 12, 2000

    def noisy(x, key):
        return jnp.where(jax.random.bernoulli(key, p), -x, x)

    def scores(x):
        return jnp.stack([x, -x])

    found = noise_response(noisy, np.array(1.0), key=getkey(), steps=steps, draws=draws, scores=scores)
    assert found.lifetime is not None
    assert found.censored is not None
    survived = (1 - p) ** steps
    assert found.censored.mean() == pytest.approx(survived, abs=5 * np.sqrt(survived * (1 - survived) / draws))
    np.testing.assert_array_equal(found.lifetime[found.censored], steps)
    for time in (1, 4, steps):
        expected = p * (1 - p) ** (time - 1)
        share = np.mean((found.lifetime == time) & ~found.censored)
        assert share == pytest.approx(expected, abs=5 * np.sqrt(expected / draws))


def test_without_noise_it_is_the_map_itself(getkey):
    found = noise_response(lambda x, key: 0.5 * x, np.ones(2, np.float32), key=getkey(), steps=3, draws=5)
    np.testing.assert_array_equal(found.mean[:, 0], [0, -0.5, -0.75, -0.875])
    np.testing.assert_array_equal(found.variance, 0)
    with pytest.raises(ValueError, match="read-only"):
        found.mean[...] = 0


@pytest.mark.unchecked
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps must be positive, not 0"),
        ({"draws": 1}, "draws must be at least 2 to have a spread, not 1"),
        ({"directions": np.ones(2)}, r"directions must be rows of 2 coordinates, not of shape \(2,\)"),
        ({"scores": lambda x: x[0]}, "scores must return one vector"),
        ({"noisy_step": lambda x, key: x[:1]}, "step must return state as float64"),
    ],
)
def test_bad_input_is_named(options, message, getkey):
    arguments = {"noisy_step": lambda x, key: x, "point": np.ones(2), "key": getkey(), "steps": 2, "draws": 3} | options
    with pytest.raises(InputError, match=message):
        noise_response(**arguments)
