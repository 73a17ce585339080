"""From the hidden state to the outputs: null and one a class."""

from typing import Self

import equinox as eqx
import jax
from jaxtyping import Array, Float

from slowpoints._types import PRNGKey


class Readout(eqx.Module):
    """outputs = R h + b, through a sigmoid if `sigmoid` (the published scripts) or not (the paper's text).

    The soft-max is in the loss. The largest output is the network's answer: 0 is *null*, k + 1 is class k.
    """

    weight: Float[Array, "unit output"]
    bias: Float[Array, " output"]
    sigmoid: bool = eqx.field(static=True)

    @classmethod
    def draw(cls, units: int, classes: int, sigmoid: bool, *, key: PRNGKey) -> Self:
        """N(0, 1)/√units, biases 0.01·N(0, 1), as the published scripts."""
        weight_key, bias_key = jax.random.split(key)
        weight = jax.random.normal(weight_key, (units, classes + 1)) / units**0.5
        return cls(weight, 0.01 * jax.random.normal(bias_key, (classes + 1,)), sigmoid)

    def __call__(self, hidden: Float[Array, "*batch unit"]) -> Float[Array, "*batch output"]:
        """The outputs for hidden states."""
        outputs = hidden @ self.weight
        outputs = outputs + self.bias.reshape((1,) * (outputs.ndim - 1) + (-1,))
        return jax.nn.sigmoid(outputs) if self.sigmoid else outputs
