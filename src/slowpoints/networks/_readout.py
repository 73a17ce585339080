"""From the hidden state to the outputs: null and one a class."""

from typing import get_args, Literal, Self, TypeAlias

import equinox as eqx
import jax
from jaxtyping import Array, Float

from slowpoints._types import PRNGKey

ReadoutKind: TypeAlias = Literal["sigmoid", "linear"]


class Readout(eqx.Module):
    """outputs = R h + b, through a sigmoid ("sigmoid", the published scripts) or not ("linear", the paper's text).

    The soft-max is in the loss. The largest output is the network's answer: 0 is *null*, k + 1 is class k.

    Raises `ValueError` for another kind.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from slowpoints import Readout
        >>> Readout.draw(20, 10, "linear", key=jax.random.key(0))(jnp.zeros(20)).shape
        (11,)
    """

    weight: Float[Array, "unit output"]
    bias: Float[Array, " output"]
    kind: ReadoutKind = eqx.field(static=True)

    def __check_init__(self):
        if self.kind not in get_args(ReadoutKind):
            raise ValueError(f"kind must be one of {', '.join(get_args(ReadoutKind))}; got {self.kind!r}")

    @classmethod
    def draw(cls, units: int, classes: int, kind: ReadoutKind, *, key: PRNGKey) -> Self:
        """N(0, 1)/√units, biases 0.01·N(0, 1), as the published scripts."""
        weight_key, bias_key = jax.random.split(key)
        weight = jax.random.normal(weight_key, (units, classes + 1)) / units**0.5
        return cls(weight, 0.01 * jax.random.normal(bias_key, (classes + 1,)), kind)

    def __call__(self, hidden: Float[Array, "*batch unit"]) -> Float[Array, "*batch output"]:
        """The outputs for hidden states."""
        outputs = hidden @ self.weight
        outputs = outputs + self.bias.reshape((1,) * (outputs.ndim - 1) + (-1,))
        return jax.nn.sigmoid(outputs) if self.kind == "sigmoid" else outputs
