"""The long short-term memory of the paper's equation 3."""

from typing import ClassVar, Self

import jax
import jax.numpy as jnp

from slowpoints._types import PRNGKey
from slowpoints.networks._unit import DifferentiatedUnit, Weights


class LSTM(DifferentiatedUnit):
    """c' = f∘c + i∘tanh(W_c x + U_c h + b_c), h' = o∘tanh(c'), with σ gates f, i, o of x and h.

    Gates lie in the order f, i, o, c. No peepholes, no offset on the forget gate's bias. The state is the pair
    (h, c). (Hochreiter & Schmidhuber 1997; the paper's equation 3.)

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from slowpoints import LSTM
        >>> unit = LSTM.draw(3, 5, key=jax.random.key(0))
        >>> h, c = unit.step(unit.initial_state(), unit.drive(jnp.ones(3)))
        >>> h.shape, c.shape
        ((5,), (5,))
    """

    name: ClassVar[str] = "LSTM"
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

    def step_and_gates(self, state, drive):
        """(h, c) → (h', c'), and f, i, o, tanh(W_c x + U_c h + b_c) and tanh(c')."""
        (h, c), n = state, self.units
        total = drive + h @ self.weights.recurrent
        gates = jax.nn.sigmoid(total[..., : 3 * n])
        f, i, o = gates[..., :n], gates[..., n : 2 * n], gates[..., 2 * n :]
        candidate = jnp.tanh(total[..., 3 * n :])
        c = f * c + i * candidate
        shown = jnp.tanh(c)
        return (o * shown, c), (f, i, o, candidate, shown)

    def backward(self, state, gates, gradient):
        """See `DifferentiatedUnit.backward`."""
        (_, c), (f, i, o, candidate, shown), (d_h, d_c) = state, gates, gradient
        d_c = d_c + d_h * o * (1 - shown**2)
        d_drive = jnp.concatenate(
            [
                d_c * c * f * (1 - f),
                d_c * candidate * i * (1 - i),
                d_h * shown * o * (1 - o),
                d_c * i * (1 - candidate**2),
            ],
            axis=-1,
        )
        return (d_drive @ self.weights.recurrent.T, d_c * f), d_drive

    def recurrent(self, state, gates):
        """U h of all gates."""
        return state[0] @ self.weights.recurrent

    def hidden(self, state):
        """h."""
        return state[0]

    def coordinates(self, state):
        """ξ = (h, tanh c), as the published scripts take it (the paper writes tanh c alone).

        Its speed has no minimum to find on trained networks: it falls for ever as c runs off and tanh c saturates,
        down to 1e-9 while c moves by whole units a step. Search the motion of the whole state (h, c) instead.
        """
        return jnp.concatenate([state[0], jnp.tanh(state[1])], axis=-1)

    def papers_coordinates(self, state):
        """ξ = tanh c (section 3)."""
        return jnp.tanh(state[1])

    def domain(self):
        """|h| < 1; c is free."""
        return (-1.0, -jnp.inf), (1.0, jnp.inf)
