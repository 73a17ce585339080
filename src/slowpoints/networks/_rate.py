"""Rate units: firing rates that leak, the usual networks of neuroscience."""

from abc import abstractmethod
from typing import ClassVar, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from slowpoints._errors import InputError
from slowpoints._types import AnyArray, PRNGKey, State
from slowpoints.networks._unit import AbstractUnit, Weights

ALPHA = 0.2
"""α where none is given, as in a study: steps of 20 ms at a time constant of 100 ms (Yang et al. 2019)."""


class RateUnit(AbstractUnit):
    """r' = (1 − α) r + α f(W x + U r + b), with a leak α = dt/τ that training leaves as it is. The state is r.

    α is kept as the array `leak` = −ln(1 − α), so that it is in snapshots, and between 0 and 1 whatever that holds.

    Example:
        >>> import jax
        >>> from slowpoints import LeakyTanh
        >>> round(float(LeakyTanh.draw(3, 5, key=jax.random.key(0), alpha=0.1).alpha), 6)
        0.1
    """

    gates: ClassVar[int] = 1
    leak: eqx.AbstractVar[Float[AnyArray, ""]]

    @classmethod
    def draw(cls, features: int, units: int, *, key: PRNGKey, alpha: float = ALPHA) -> Self:
        """Weights as `Weights.draw`. Raises `InputError` if `alpha` is not between 0 and 1."""
        if not 0 < alpha < 1:
            raise InputError(f"alpha must lie between 0 and 1, as dt/τ does, not {alpha}.")
        weights = Weights.draw(features, units, cls.gates, key=key)
        return cls(weights, jnp.asarray(-np.log1p(-alpha), weights.bias.dtype))

    @property
    def alpha(self) -> Float[AnyArray, ""]:
        """α: the part of r that is renewed in a step."""
        return -jnp.expm1(-jnp.abs(jax.lax.stop_gradient(jnp.asarray(self.leak))))

    @abstractmethod
    def response(self, drive: Float[AnyArray, "*batch unit"]) -> Float[AnyArray, "*batch unit"]:
        """f, unit by unit."""

    def step(self, state: State, drive: Float[AnyArray, "*batch unit"]) -> State:
        """See `AbstractUnit.step`."""
        return state + self.alpha * (self.response(drive + state @ self.weights.recurrent) - state)

    def initial_state(self, *batch: int) -> State:
        """r = 0."""
        return jnp.zeros((*batch, self.units), self.weights.bias.dtype)

    def hidden(self, state: State) -> Float[AnyArray, "*batch unit"]:
        """r."""
        return state

    def coordinates(self, state: State) -> Float[AnyArray, "*batch coordinate"]:
        """ξ = r."""
        return state

    def papers_coordinates(self, state: State) -> Float[AnyArray, "*batch coordinate"]:
        """ξ = r; the paper has no such unit."""
        return state


class LeakyTanh(RateUnit):
    """A rate unit with f = tanh.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from slowpoints import LeakyTanh
        >>> unit = LeakyTanh.draw(3, 5, key=jax.random.key(0))
        >>> unit.step(unit.initial_state(), unit.drive(jnp.ones(3))).shape
        (5,)
    """

    name: ClassVar[str] = "leaky tanh"
    weights: Weights
    leak: Float[AnyArray, ""]

    def response(self, drive):
        """See `RateUnit.response`."""
        return jnp.tanh(drive)

    def domain(self) -> tuple[State, State]:
        """|r| ≤ 1."""
        return -1.0, 1.0


class LeakySoftplus(RateUnit):
    """A rate unit with f(x) = ln(1 + eˣ).

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from slowpoints import LeakySoftplus
        >>> unit = LeakySoftplus.draw(3, 5, key=jax.random.key(0))
        >>> unit.step(unit.initial_state(), unit.drive(jnp.ones(3))).shape
        (5,)
    """

    name: ClassVar[str] = "leaky softplus"
    weights: Weights
    leak: Float[AnyArray, ""]

    def response(self, drive):
        """See `RateUnit.response`."""
        return jax.nn.softplus(drive)

    def domain(self) -> tuple[State, State]:
        """r ≥ 0."""
        return 0.0, jnp.inf


class LeakyReLU(RateUnit):
    """A rate unit with f(x) = max(x, 0). (What leaks is the rate; f is no "leaky ReLU".)

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from slowpoints import LeakyReLU
        >>> unit = LeakyReLU.draw(3, 5, key=jax.random.key(0), alpha=0.5)
        >>> unit.step(unit.initial_state(), unit.drive(jnp.ones(3))).shape
        (5,)
    """

    name: ClassVar[str] = "leaky ReLU"
    weights: Weights
    leak: Float[AnyArray, ""]

    def response(self, drive):
        """See `RateUnit.response`."""
        return jax.nn.relu(drive)

    def domain(self) -> tuple[State, State]:
        """r ≥ 0."""
        return 0.0, jnp.inf
