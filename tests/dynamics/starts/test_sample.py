"""States drawn from trajectories."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.dynamics import sample_states


def numbered(trials=5, times=7):
    """Trajectories whose values say where they stand."""
    place = np.arange(trials * times, dtype=np.float32).reshape(trials, times)
    return {"h": place[..., None] + np.array([0.0, 0.25], np.float32), "c": 100 + place[..., None, None], "e": -place}


def test_every_state_once_and_whole():
    states = sample_states(numbered(), 35, key=jax.random.key(0))
    assert [states[name].shape for name in "hce"] == [(35, 2), (35, 1, 1), (35,)]
    np.testing.assert_array_equal(np.sort(states["h"][:, 0]), np.arange(35))
    np.testing.assert_array_equal(states["h"][:, 1], states["h"][:, 0] + 0.25)
    np.testing.assert_array_equal(states["c"][:, 0, 0], states["h"][:, 0] + 100)
    np.testing.assert_array_equal(states["e"], -states["h"][:, 0])
    assert {leaf.dtype for leaf in jax.tree.leaves(states)} == {np.dtype(np.float64)}


def test_fewer_states_differ_and_follow_the_key():
    draw = lambda seed: sample_states(numbered(), 9, key=jax.random.key(seed))["e"]
    assert len(np.unique(draw(0))) == 9
    np.testing.assert_array_equal(draw(0), draw(0))
    assert not np.array_equal(draw(0), draw(1))


def test_all_states_are_as_likely():
    counts = np.zeros(6)
    for seed in range(300):
        drawn = sample_states(np.arange(6.0, dtype=np.float32).reshape(2, 3, 1), 2, key=jax.random.key(seed))
        counts[drawn[:, 0].astype(int)] += 1
    # 100 each expected, with a standard deviation of 8.2.
    assert np.abs(counts - 100).max() < 33


def test_noise_is_a_multiple_of_each_leafs_own_deviation_and_stays_in_the_domain():
    rng = np.random.default_rng(0)
    trajectories = (rng.normal(size=(40, 50, 3)), 10 * rng.normal(size=(40, 50, 3)))
    quiet = sample_states(trajectories, 2000, key=jax.random.key(0))
    noisy = sample_states(trajectories, 2000, key=jax.random.key(0), noise=0.5)
    for before, after, scale in zip(quiet, noisy, (0.5, 5.0), strict=True):
        np.testing.assert_allclose((after - before).std(), scale, rtol=0.05)
        np.testing.assert_allclose((after - before).mean(), 0, atol=0.1 * scale)
    kept = sample_states(trajectories, 2000, key=jax.random.key(0), noise=0.5, domain=((-1.0, -np.inf), (1.0, 3.0)))
    np.testing.assert_array_equal(kept[0], np.clip(noisy[0], -1, 1))
    np.testing.assert_array_equal(kept[1], np.minimum(noisy[1], 3))


@pytest.mark.parametrize(
    ("trajectories", "count", "options", "message"),
    [
        (np.ones((3, 4, 2)), 13, {}, "count must lie between 1 and the 12 states of 3 trials × 4 times, not 13"),
        (np.ones((3, 4, 2)), 0, {}, "count must lie between 1 and the 12 states"),
        (np.ones(3), 1, {}, "trajectories must have leading axes trial and time, but it has shape (3,)"),
        (
            {"h": np.ones((3, 4), int)},
            1,
            {},
            "trajectories['h'] must be a floating-point NumPy or JAX array, not int64",
        ),
        ((), 1, {}, "trajectories must hold at least one array"),
        (np.full((3, 4), np.nan), 1, {}, "trajectories must be finite"),
        ((np.ones((3, 4)), np.ones((3, 5))), 1, {}, "trajectories must share leading axes trial and time"),
        (np.ones((3, 4)), 1, {"noise": -1.0}, "noise must not be negative, but it is -1.0"),
        (jnp.ones((3, 4)), 1, {"domain": (1.0, 0.0)}, "domain's lower bound must be below its upper bound"),
    ],
)
def test_bad_input_is_named_in_one_sentence(trajectories, count, options, message):
    with pytest.raises(InputError, match=re.escape(message)) as error:
        sample_states(trajectories, count, key=jax.random.key(0), **options)
    assert str(error.value).endswith(".")
