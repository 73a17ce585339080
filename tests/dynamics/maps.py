"""Maps whose slow points are known by other means than the search."""

from itertools import product

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import brentq


class TanhUnits(eqx.Module):
    """x ↦ tanh(w x), unit by unit: with every w > 1, 3^k fixed points."""

    w: jax.Array

    def __call__(self, x):
        return jnp.tanh(self.w * x)

    def fixed_points(self):
        """All of them, by scalar root finding in SciPy."""
        roots = []
        for w in np.asarray(self.w, np.float64):
            positive = float(brentq(lambda x, w=w: np.tanh(w * x) - x, 1e-3, 1.0, xtol=1e-15))  # pyright: ignore
            roots.append((-positive, 0.0, positive))
        return np.array(list(product(*roots)))


class Ghost(eqx.Module):
    """x ↦ x + μ + x²: past the fold, no fixed point and a ghost at 0 with S = μ²."""

    mu: jax.Array

    def __call__(self, x):
        return x + self.mu + x**2


def logistic(x):
    return 3.2 * x * (1.0 - x)


def henon(state):
    x, y = state
    return 1.0 - 1.4 * x**2 + y, 0.3 * x


def numpy_gru(weights, h):
    """The paper's equation 2 with its reset gate before the recurrent matrix, in NumPy."""
    units = h.shape[-1]
    gates = 1 / (1 + np.exp(-(weights["drive"][: 2 * units] + h @ weights["recurrent"][:, : 2 * units])))
    update, reset = gates[:units], gates[units:]
    candidate = np.tanh(weights["drive"][2 * units :] + (reset * h) @ weights["recurrent"][:, 2 * units :])
    return (1 - update) * h + update * candidate


class GRU(eqx.Module):
    """The same in JAX, float32 weights."""

    recurrent: jax.Array
    drive: jax.Array

    def __call__(self, h):
        units = h.shape[-1]
        gates = jax.nn.sigmoid(self.drive[: 2 * units] + h @ self.recurrent[:, : 2 * units])
        update, reset = gates[:units], gates[units:]
        candidate = jnp.tanh(self.drive[2 * units :] + (reset * h) @ self.recurrent[:, 2 * units :])
        return (1 - update) * h + update * candidate


def random_gru(units, seed, gain=1.5):
    """A GRU with weights that float32 holds exactly, as a module and as NumPy arrays in float64."""
    rng = np.random.default_rng(seed)
    recurrent = (gain * rng.normal(size=(units, 3 * units)) / np.sqrt(units)).astype(np.float32)
    drive = (0.5 * rng.normal(size=3 * units)).astype(np.float32)
    weights = {"recurrent": recurrent.astype(np.float64), "drive": drive.astype(np.float64)}
    return GRU(jnp.asarray(recurrent), jnp.asarray(drive)), weights


class LSTM(eqx.Module):
    """A standard LSTM's autonomous step on (h, c)."""

    recurrent: jax.Array
    drive: jax.Array

    def __call__(self, state):
        h, c = state
        i, f, o, g = jnp.split(self.drive + h @ self.recurrent, 4)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return jax.nn.sigmoid(o) * jnp.tanh(c), c


def random_lstm(units, seed):
    rng = np.random.default_rng(seed)
    recurrent = 2.0 * rng.normal(size=(units, 4 * units)) / np.sqrt(units)
    return LSTM(jnp.asarray(recurrent, jnp.float32), jnp.asarray(0.5 * rng.normal(size=4 * units), jnp.float32))


def lstm_coordinates(state):
    h, c = state
    return jnp.concatenate([h, jnp.tanh(c)])
