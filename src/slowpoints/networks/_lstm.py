"""The long short-term memory of the paper's equation 3."""

from typing import ClassVar, Self

import jax
import jax.numpy as jnp

from slowpoints._types import PRNGKey
from slowpoints.networks._unit import AbstractUnit, Weights


class LSTM(AbstractUnit):
    """c' = f∘c + i∘tanh(W_c x + U_c h + b_c), h' = o∘tanh(c'), with σ gates f, i, o of x and h.

    Gates lie in the order f, i, o, c. No peepholes, no offset on the forget gate's bias. The state is the pair
    (h, c). (Hochreiter & Schmidhuber 1997; the paper's equation 3.)
    """

    gates: ClassVar[int] = 4
    weights: Weights

    @classmethod
    def draw(cls, features: int, units: int, *, key: PRNGKey) -> Self:
        """Weights as `Weights.draw`."""
        return cls(Weights.draw(features, units, cls.gates, key=key))

    def initial_state(self, *batch):
        """h = c = 0."""
        zeros = jnp.zeros((*batch, self.units), self.weights.bias.dtype)
        return zeros, zeros

    def step(self, state, drive):
        """(h, c) → (h', c')."""
        (h, c), n = state, self.units
        total = drive + h @ self.weights.recurrent
        gates = jax.nn.sigmoid(total[..., : 3 * n])
        f, i, o = gates[..., :n], gates[..., n : 2 * n], gates[..., 2 * n :]
        c = f * c + i * jnp.tanh(total[..., 3 * n :])
        return o * jnp.tanh(c), c

    def hidden(self, state):
        """h."""
        return state[0]

    def coordinates(self, state):
        """ξ = (h, tanh c), as the published scripts take it (the paper writes tanh c alone).

        Its speed has no minimum to find on trained networks: it falls for ever as c runs off and tanh c saturates,
        down to 1e-9 while c moves by whole units a step. Search the motion of the whole state (h, c) instead.
        """
        return jnp.concatenate([state[0], jnp.tanh(state[1])], axis=-1)

    def domain(self):
        """|h| < 1; c is free."""
        return (-1.0, -jnp.inf), (1.0, jnp.inf)
