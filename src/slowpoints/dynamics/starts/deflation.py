"""A map changed so that a search finds none of the points that are known."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from slowpoints._types import State, Step
from slowpoints.dynamics.sets.rows import as_states, Rows

NEAREST = 1e-8
"""Distances to known points are counted as no less: at a known point itself everything stays finite."""


class Deflated(eqx.Module):
    """x ↦ x + M(x)·(F(x) − x) with M = Π (1 + 1/‖x − xᵢ‖²) over known points xᵢ.

    It has the fixed points of F but for the known ones: there M grows faster than F(x) − x falls, so that the speed of
    this map does not vanish. Minima of its speed that are not fixed points are not minima of F's: M moves them. So what
    a search finds here is a start for one on F itself, never a point. Known slow points are deflated too, which keeps
    the search from ending at them again. (Farrell, Birkisson and Funke 2015, with power 2 and shift 1.)
    """

    step: Step
    known: State
    present: Float[np.ndarray, " known"]

    @classmethod
    def away_from(cls, step: Step, known: Rows, like: State) -> "Deflated":
        """Deflates `known`, padded to a power of two of at least 64 rows, so that few sizes are compiled."""
        size = max(64, 1 << (len(known) - 1).bit_length())
        padded = np.concatenate([known, np.zeros((size - len(known), known.shape[1]))])
        return cls(step, as_states(padded, like), (np.arange(size) < len(known)).astype(np.float64))

    def __call__(self, state: State) -> State:
        """One step of the deflated map."""
        apart = jax.tree.leaves(jax.tree.map(self._squared_distance, state, self.known))
        squared = jnp.maximum(sum(apart[1:], start=apart[0]), NEAREST**2)
        factor = jnp.exp(jnp.sum(self.present * jnp.log1p(1 / squared)))
        return jax.tree.map(lambda now, moved: now + factor * (moved - now), state, self.step(state))

    def _squared_distance(self, now: Array, known: Array) -> Float[Array, " known"]:
        return jnp.sum((known - now[None]) ** 2, axis=tuple(range(1, known.ndim)))
