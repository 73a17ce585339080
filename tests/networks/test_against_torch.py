"""The units against PyTorch's cells."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints.networks import UNITS
from tests.oracles import recurrent

torch = pytest.importorskip("torch")
FEATURES, N, BATCH = 4, 6, 5

# Our gates in PyTorch's order, with a sign: PyTorch's z is one minus ours.
TORCH = {
    "gru_reset_after": ("GRUCell", (("r", 1), ("z", -1), ("candidate", 1))),
    "lstm": ("LSTMCell", (("i", 1), ("f", 1), ("c", 1), ("o", 1))),
    "tanh": ("RNNCell", (("h", 1),)),
}


@pytest.mark.parametrize("name", TORCH)
def test_step_is_that_of_torch(name):
    kind, order = TORCH[name]
    unit = UNITS[name].draw(FEATURES, N, key=jax.random.key(0))
    unit = jax.tree.map(lambda a: 2 * a + 0.1, unit)
    gates = recurrent.gates_of(name, unit)
    cell = getattr(torch.nn, kind)(FEATURES + 1, N).double()
    recurrent_bias = np.zeros((len(order), N))
    if name == "gru_reset_after":
        recurrent_bias[-1] = unit.recurrent_bias
    with torch.no_grad():
        cell.weight_ih.copy_(torch.from_numpy(np.vstack([sign * gates[g].W for g, sign in order])))
        cell.weight_hh.copy_(torch.from_numpy(np.vstack([sign * gates[g].U for g, sign in order])))
        cell.bias_ih.copy_(torch.from_numpy(np.concatenate([sign * gates[g].b for g, sign in order])))
        cell.bias_hh.copy_(torch.from_numpy(recurrent_bias.ravel()))
    rng = np.random.default_rng(0)
    state = jax.tree.map(lambda a: rng.uniform(-1, 1, a.shape), unit.initial_state(BATCH))
    x = rng.normal(size=(BATCH, FEATURES + 1))
    with torch.no_grad():
        expected = cell(torch.from_numpy(x), jax.tree.map(torch.from_numpy, state))
    got = unit.step(
        jax.tree.map(lambda a: jnp.asarray(a, jnp.float32), state),
        unit.drive(jnp.asarray(x[:, :-1], jnp.float32), jnp.asarray(x[:, -1], jnp.float32)),
    )
    jax.tree.map(lambda g, e: np.testing.assert_allclose(g, e.numpy(), atol=2e-6), got, expected)
