"""Speed along trajectories and on planes, and the input's Jacobian, against NumPy."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.dynamics import input_jacobian, speed, speed_along, speed_on_axes

from ..maps import Ghost, lstm_coordinates, numpy_gru, random_gru, random_lstm


def test_speed_along_one_and_many_trajectories():
    step, weights = random_gru(7, seed=0)
    path = [np.random.default_rng(0).uniform(-1, 1, 7)]
    for _ in range(300):
        path.append(numpy_gru(weights, path[-1]))
    path = np.array(path)
    found = speed_along(step, path)
    expected = np.linalg.norm(np.diff(path, axis=0), axis=1)
    np.testing.assert_allclose(found[:-1], expected, rtol=1e-9, atol=1e-14)
    trials = speed_along(step, np.stack([path[:100], path[100:200], path[200:300]]), leading=2)
    assert trials.shape == (3, 100)
    np.testing.assert_allclose(trials, expected.reshape(3, 100), rtol=1e-9, atol=1e-14)


def test_speed_along_uses_coordinates_of_pytrees():
    step = random_lstm(3, seed=0)
    rng = np.random.default_rng(0)
    path = (rng.uniform(-1, 1, (4, 3)).astype(np.float32), rng.normal(size=(4, 3)).astype(np.float32))
    found = speed_along(step, path, lstm_coordinates)
    for t, root_speed in enumerate(found):
        state = tuple(jnp.asarray(leaf[t]) for leaf in path)
        np.testing.assert_allclose(root_speed**2, np.asarray(speed(step, state, lstm_coordinates)), rtol=1e-10)


def test_the_ghost_s_speed_on_a_line():
    """μ + x² at x = 1 + a·(−2), nowhere outside the domain."""
    step = Ghost(jnp.asarray(0.25, jnp.float32))
    found = speed_on_axes(step, np.array(1.0), np.array([[-2.0]]), [(0.0, 1.0)], 5, domain=(-0.6, 1.0))
    np.testing.assert_array_equal(found.positions[0], [0, 0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(found.root_speed, [1.25, 0.5, 0.25, 0.5, np.nan])


def test_speed_on_a_plane_of_a_pytree():
    """‖(a/2, b/2, 0.3)‖ at origin (1, 2) + p·(1, 1) + q·(0, 2): axes neither orthogonal nor of unit length."""

    def step(state):
        return {"a": state["a"] / 2, "b": state["b"] / 2, "drift": state["drift"] + 0.3}

    origin = {"a": np.array([1.0], np.float32), "b": np.array([2.0], np.float32), "drift": np.zeros(1, np.float32)}
    axes = np.array([[1.0, 1.0, 0.0], [0.0, 2.0, 0.0]])
    found = speed_on_axes(step, origin, axes, [(-1, 1), (0, 3)], 4)
    p, q = found.positions
    np.testing.assert_allclose(p, [-1, -1 / 3, 1 / 3, 1])
    np.testing.assert_allclose(q, [0, 1, 2, 3])
    for i in range(4):
        for j in range(4):
            expected = np.linalg.norm([(1 + p[i]) / 2, (2 + p[i] + 2 * q[j]) / 2, 0.3])
            assert found.root_speed[i, j] == pytest.approx(expected)
    with pytest.raises(ValueError, match="read-only"):
        found.root_speed[...] = 0


class Driven(eqx.Module):
    """An LSTM's step under an input {x, trigger}."""

    recurrent: jax.Array
    incoming: jax.Array

    def __call__(self, state, input):
        h, c = state
        drive = jnp.concatenate([input["x"], input["trigger"][None]]) @ self.incoming
        i, f, o, g = jnp.split(drive + h @ self.recurrent, 4)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return jax.nn.sigmoid(o) * jnp.tanh(c), c


def test_the_input_jacobian_against_finite_differences():
    rng = np.random.default_rng(0)
    step = Driven(*(jnp.asarray(rng.normal(size=shape), jnp.float32) for shape in ((3, 12), (3, 12))))
    state = (rng.uniform(-1, 1, 3).astype(np.float32), rng.normal(size=3).astype(np.float32))
    input = {"x": np.array([0.3, -0.7], np.float32), "trigger": np.array(0.5, np.float32)}
    exact = np.asarray(input_jacobian(step, state, input))
    assert exact.dtype == np.float64
    recurrent, incoming = (np.asarray(leaf, np.float64) for leaf in (step.recurrent, step.incoming))
    h, c = (leaf.astype(np.float64) for leaf in state)
    logistic = lambda x: 1 / (1 + np.exp(-x))

    def advance(x):
        i, f, o, g = np.split(x @ incoming + h @ recurrent, 4)
        new_c = logistic(f) * c + logistic(i) * np.tanh(g)
        return np.concatenate([logistic(o) * np.tanh(new_c), new_c])

    # Dictionaries are laid flat by their sorted keys: trigger, x.
    at = np.array([*input["x"], input["trigger"]], np.float64)
    by_difference = [(advance(at + e) - advance(at - e)) / 2e-6 for e in 1e-6 * np.eye(3)]
    np.testing.assert_allclose(exact, np.stack(by_difference, axis=1)[:, [2, 0, 1]], atol=1e-8)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda step: speed_along(step, np.zeros((2, 3)), leading=0), "leading must be 1, for time, or 2"),
        (lambda step: speed_along(step, np.zeros(3), leading=2), "trajectory must have leading axes trial and time"),
        (lambda step: speed_on_axes(step, np.zeros(2), np.ones((1, 3)), [(0, 1)]), "axes must be one or two rows of 2"),
        (lambda step: speed_on_axes(step, np.zeros(2), np.ones((3, 2)), [(0, 1)] * 3), "axes must be one or two rows"),
        (lambda step: speed_on_axes(step, np.zeros(2), np.eye(2), [(0, 1)]), "extents must be a pair"),
        (lambda step: speed_on_axes(step, np.zeros(2), np.eye(2), [(0, 1), (1, 1)]), "extents must be a pair"),
        (lambda step: speed_on_axes(step, np.zeros(2), np.eye(2), [(0, 1)] * 2, 1), "resolution must be at least 2"),
        (lambda step: input_jacobian(lambda x, u: u, np.zeros(2), np.zeros(3)), "step must return state as float64"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(InputError, match=message):
        call(lambda x: x)
