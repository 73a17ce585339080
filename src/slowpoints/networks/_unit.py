"""What every recurrent unit provides."""

from abc import abstractmethod
from typing import ClassVar, Self

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Float

from slowpoints._types import AnyArray, PRNGKey, State


class Weights(eqx.Module):
    """The arrays of a unit, its gates side by side along the last axis.

    - `input`: acts on the features (W).
    - `trigger`: acts on the trigger channel (the last column of the paper's W).
    - `recurrent`: acts on the hidden state (U).
    - `bias`: one bias a gate and unit (b).

    Example:
        >>> import jax
        >>> from slowpoints.networks import Weights
        >>> Weights.draw(3, 5, gates=2, key=jax.random.key(0)).recurrent.shape  # gates side by side
        (5, 10)
    """

    input: Float[AnyArray, "feature gate_unit"]
    trigger: Float[AnyArray, " gate_unit"]
    recurrent: Float[AnyArray, "unit gate_unit"]
    bias: Float[AnyArray, " gate_unit"]

    @classmethod
    def draw(cls, features: int, units: int, gates: int, *, key: PRNGKey) -> Self:
        """The published scripts' start: input weights N(0, 1)/√n_in with n_in = features + 1 (the trigger counts),
        recurrent weights N(0, 1)/√units, biases 0.01·N(0, 1).
        """
        input_key, recurrent_key, bias_key = jax.random.split(key, 3)
        incoming = jax.random.normal(input_key, (features + 1, gates * units)) / (features + 1) ** 0.5
        recurrent = jax.random.normal(recurrent_key, (units, gates * units)) / units**0.5
        bias = 0.01 * jax.random.normal(bias_key, (gates * units,))
        return cls(incoming[:-1], incoming[-1], recurrent, bias)


class AbstractUnit(eqx.Module):
    """A recurrent unit F: (state, input) → state.

    What depends on the input only (`drive`) is split from what depends on the state (`step`), so that all input
    products of a sequence are one matrix product. Any leading axes are allowed: states, drives and features carry
    them alike.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from slowpoints.networks import UNITS
        >>> unit = UNITS["gru"].draw(3, 5, key=jax.random.key(0))
        >>> unit.hidden(unit.step(unit.initial_state(), unit.drive(jnp.ones(3), trigger=1.0))).shape
        (5,)
    """

    name: ClassVar[str]
    """The unit as it is written in text."""
    gates: ClassVar[int]
    revision: ClassVar[int] = 1
    """Raised when the unit's equations or initial weights change; part of a network's identity."""
    weights: eqx.AbstractVar[Weights]

    @classmethod
    @abstractmethod
    def draw(cls, features: int, units: int, *, key: PRNGKey) -> Self:
        """A unit with random weights for `features` inputs besides the trigger."""

    @property
    def units(self) -> int:
        """The number of units, the length of the hidden state."""
        return self.weights.recurrent.shape[-2]

    def drive(
        self, features: Float[AnyArray, "*batch feature"], trigger: Float[AnyArray, "*batch"] | float = 0.0
    ) -> Float[AnyArray, "*batch gate_unit"]:
        """W x + b with the trigger as the last input channel."""
        product = features @ self.weights.input
        along = (1,) * (product.ndim - 1) + (-1,)
        trigger = jnp.broadcast_to(jnp.asarray(trigger, product.dtype), product.shape[:-1])
        return product + self.weights.bias.reshape(along) + trigger[..., None] * self.weights.trigger.reshape(along)

    @abstractmethod
    def initial_state(self, *batch: int) -> State:
        """The zero state, with leading axes `batch`."""

    @abstractmethod
    def step(self, state: State, drive: Float[AnyArray, "*batch gate_unit"]) -> State:
        """One step of the dynamics."""

    @abstractmethod
    def hidden(self, state: State) -> Float[AnyArray, "*batch unit"]:
        """h, what the readout sees."""

    @abstractmethod
    def coordinates(self, state: State) -> Float[AnyArray, "*batch coordinate"]:
        """The vector ξ whose motion is the speed S = ‖F(ξ) − ξ‖² (the paper's equation 4)."""

    @abstractmethod
    def papers_coordinates(self, state: State) -> Float[AnyArray, "*batch coordinate"]:
        """ξ to the letter of the paper, where the published scripts take another."""

    @abstractmethod
    def domain(self) -> tuple[State, State]:
        """The box no state can leave, as (lower, upper), each one number a leaf of the state."""


class DifferentiatedUnit(AbstractUnit):
    """A unit that gives its derivative by hand, so that `outputs_during` is differentiated faster (see there).

    To the drive a step adds a *recurrent term*, linear in the unit's arrays, before anything that is not linear.
    """

    @abstractmethod
    def step_and_gates(
        self, state: State, drive: Float[AnyArray, "*batch gate_unit"]
    ) -> tuple[State, tuple[Float[AnyArray, "*batch _"], ...]]:
        """One step, and what the derivative needs besides the state before it."""

    @abstractmethod
    def backward(
        self, state: State, gates: tuple[Float[AnyArray, "*batch _"], ...], gradient: State
    ) -> tuple[State, Float[AnyArray, "*batch gate_unit"]]:
        """From the gradient by the state after a step to those by the state before it and by the drive."""

    @abstractmethod
    def recurrent(
        self, state: State, gates: tuple[Float[AnyArray, "*batch _"], ...]
    ) -> Float[AnyArray, "*batch gate_unit"]:
        """The recurrent term."""

    def step(self, state: State, drive: Float[AnyArray, "*batch gate_unit"]) -> State:
        """See `AbstractUnit.step`."""
        return self.step_and_gates(state, drive)[0]


class HiddenStateUnit(AbstractUnit):
    """A unit whose whole state is h, no entry of which ever leaves [−1, 1].

    Example:
        >>> from slowpoints import GRU
        >>> from slowpoints.networks import HiddenStateUnit
        >>> issubclass(GRU, HiddenStateUnit)
        True
    """

    def initial_state(self, *batch: int) -> State:
        """h = 0."""
        return jnp.zeros((*batch, self.units), self.weights.bias.dtype)

    def hidden(self, state: State) -> Float[AnyArray, "*batch unit"]:
        """h."""
        return state

    def coordinates(self, state: State) -> Float[AnyArray, "*batch coordinate"]:
        """ξ = h."""
        return state

    def papers_coordinates(self, state: State) -> Float[AnyArray, "*batch coordinate"]:
        """ξ = h."""
        return state

    def domain(self) -> tuple[State, State]:
        """|h| ≤ 1."""
        return -1.0, 1.0
