"""Histories of maps whose points and bifurcations are known on paper."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

HENON_B = 0.3


class Fold(eqx.Module):
    """x ↦ x + μ − x²: fixed points ±√μ, born at μ = 0, before which speed is least at 0."""

    mu: jax.Array

    def __call__(self, x):
        return x + self.mu - x**2


class Logistic(eqx.Module):
    """x ↦ r x (1 − x): 1 − 1/r flips at r = 3, and meets 0 at r = 1."""

    r: jax.Array

    def __call__(self, x):
        return self.r * x * (1 - x)


class DelayedLogistic(eqx.Module):
    """(x, y) ↦ (r x (1 − y), x): a pair of eigenvalues of 1 − 1/r is e^{±iπ/3} at r = 2."""

    r: jax.Array

    def __call__(self, state):
        x, y = state
        return self.r * x * (1 - y), x


class Henon(eqx.Module):
    """(x, y) ↦ (1 − a x² + y, 0.3 x): fixed points born at a = −0.7²/4, of which one flips at a = 3 · 0.7²/4."""

    a: jax.Array

    def __call__(self, state):
        x, y = state
        return 1 - self.a * x**2 + y, HENON_B * x


class Ricker(eqx.Module):
    """x ↦ x e^(r − x): the fixed points r and 0 cross and exchange their stability at r = 0."""

    r: jax.Array

    def __call__(self, x):
        return x * jnp.exp(self.r - x)


class Summit(eqx.Module):
    """x ↦ x + (h − m²) x − x³: the eigenvalue of 0 is beyond +1 for |m| < √h only."""

    m: jax.Array
    h: float

    def __call__(self, x):
        return x + (self.h - self.m**2) * x - x**3


class TwoWells(eqx.Module):
    """x ↦ x + m + (x² − 1)² + s x with m so large that nothing stands still: speed is least where its slope is zero.

    There are two such minima, near ±1, for |s| < 8/(3√3), and one beyond.
    """

    s: jax.Array
    m: jax.Array

    def __call__(self, x):
        return x + self.m + (x**2 - 1) ** 2 + self.s * x

    def minima(self):
        roots = np.roots([4, 0, -4, float(self.s)])
        real = np.sort(roots[np.abs(roots.imag) < 1e-9].real)
        return real[[0, -1]] if real.size == 3 else real


def history(kind, values, *more):
    """Maps of one kind at successive values of its parameter."""
    return [kind(jnp.asarray(value, jnp.float32), *more) for value in values]


def place(values, at):
    """Where a parameter that changes monotonically passes a value, in checkpoints: weights are float32."""
    values = np.asarray(values, np.float32).astype(np.float64)
    k = int(np.flatnonzero(np.diff(np.sign(values - at)))[0])
    return k + (at - values[k]) / (values[k + 1] - values[k])


def happened(tracks):
    """The events but for continuing."""
    return [event for event in tracks.events if event.kind.name != "CONTINUES"]
