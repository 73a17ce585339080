"""Equinox' cells: trajectories beside Equinox' own."""

import equinox as eqx
import jax
import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.dynamics._precision import as_double
from slowpoints.interop import from_equinox
from slowpoints.networks import GRUResetAfter, LSTM

from .runs import assert_close, run

FEATURES, N, STEPS = 3, 5, 50
CELLS = {"GRUCell": GRUResetAfter, "LSTMCell": LSTM}


def some_cell(kind, features=FEATURES, units=N, **options):
    """A cell whose weights are three times Equinox' own, so that every term counts."""
    cell = getattr(eqx.nn, kind)(features, units, key=jax.random.key(0), **options)
    return jax.tree.map(lambda leaf: 3 * leaf, cell)


def some_inputs():
    return np.random.default_rng(1).normal(size=(STEPS, FEATURES))


def run_in_equinox(cell, inputs):
    with jax.enable_x64(True):
        double, zero = as_double(cell), np.zeros(cell.hidden_size)

        def step(state, x):
            state = double(x, state)
            return state, state

        start = (zero, zero) if isinstance(cell, eqx.nn.LSTMCell) else zero
        return jax.tree.map(np.asarray, jax.jit(lambda xs: jax.lax.scan(step, start, xs))(inputs)[1])


@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("kind", CELLS)
def test_a_cell_runs_as_in_equinox(kind, use_bias):
    cell = some_cell(kind, use_bias=use_bias)
    network = from_equinox(cell)
    assert [type(layer) for layer in network.layers] == [CELLS[kind]]
    assert_close(run(network, some_inputs()), run_in_equinox(cell, some_inputs()))


def test_a_list_of_cells_is_a_stack():
    lower, upper = some_cell("GRUCell", units=4), some_cell("LSTMCell", features=4)
    below = run_in_equinox(lower, some_inputs())
    assert_close(run(from_equinox([lower, upper]), some_inputs()), (below, run_in_equinox(upper, below)))


class Leaky(eqx.nn.GRUCell):
    def __call__(self, input, hidden, *, key=None):
        return 0.999 * super().__call__(input, hidden)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (
            lambda: Leaky(FEATURES, N, key=jax.random.key(0)),
            r"layer 0 of this equinox\.nn\.GRUCell does not step as GRUResetAfter does",
        ),
        (
            lambda: eqx.nn.Linear(FEATURES, N, key=jax.random.key(0)),
            r"takes equinox\.nn\.GRUCell, equinox\.nn\.LSTMCell, or a list of them .*, not Linear; of a larger model",
        ),
        (list, "there must be at least one layer"),
    ],
)
def test_what_cannot_be_taken_is_said(make, sentence):
    with pytest.raises(InputError, match=sentence):
        from_equinox(make())
