"""Flax' cells, of `linen` and of `nnx`: trajectories beside Flax' own."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.dynamics._precision import as_double
from slowpoints.interop import from_flax
from slowpoints.networks import GRUResetAfter, LSTM, Tanh

from .runs import assert_close, run

linen = pytest.importorskip("flax.linen")
nnx = pytest.importorskip("flax.nnx")

FEATURES, N, STEPS = 3, 5, 50
CELLS = {"SimpleCell": Tanh, "GRUCell": GRUResetAfter, "LSTMCell": LSTM, "OptimizedLSTMCell": LSTM}
every_cell = pytest.mark.parametrize("kind", CELLS)


def noisy(tree, seed=0):
    """The same arrays with noise added, so that biases count too."""
    rng = np.random.default_rng(seed)
    return jax.tree.map(lambda leaf: leaf + jnp.asarray(rng.normal(size=leaf.shape) / 2, leaf.dtype), tree)


def linen_cell(kind, features=FEATURES, units=N, **options):
    cell = getattr(linen, kind)(units, **options)
    x = jnp.zeros((1, features))
    with jax.numpy_dtype_promotion("standard"):
        return cell, noisy(cell.init(jax.random.key(0), cell.initialize_carry(jax.random.key(1), x.shape), x))


def nnx_cell(kind, features=FEATURES, units=N, **options):
    cell = getattr(nnx, kind)(features, units, rngs=nnx.Rngs(0), **options)
    graph, state = nnx.split(cell)
    return nnx.merge(graph, noisy(state))


def some_inputs():
    return np.random.default_rng(1).normal(size=(STEPS, FEATURES))


def carries(call, start):
    """The carries after each input, by Flax' own cell in float64; an LSTM's turned from (c, h) to (h, c)."""
    with jax.enable_x64(True):

        def step(carry, x):
            carry, _ = call(carry, x)
            return carry, carry

        _, states = jax.jit(lambda xs: jax.lax.scan(step, as_double(start), xs))(some_inputs()[:, None])
        states = jax.tree.map(lambda leaf: np.asarray(leaf)[:, 0], states)
    return states[::-1] if isinstance(states, tuple) else states


def zeros(kind, units=N):
    zero = np.zeros((1, units))
    return (zero, zero) if CELLS[kind] is LSTM else zero


@every_cell
def test_a_linen_cell_runs_as_in_flax(kind):
    cell, variables = linen_cell(kind)
    with jax.enable_x64(True):
        double = as_double(variables)
    expected = carries(lambda carry, x: cell.apply(double, carry, x), zeros(kind))
    network = from_flax(cell, variables)
    assert [type(layer) for layer in network.layers] == [CELLS[kind]]
    assert_close(run(network, some_inputs()), expected)
    assert_close(run(from_flax(cell, variables["params"]), some_inputs()), expected)


@every_cell
def test_an_nnx_cell_runs_as_in_flax(kind):
    with jax.enable_x64(True):
        cell = nnx_cell(kind, dtype=jnp.float64, param_dtype=jnp.float64)
    network = from_flax(cell)
    assert [type(layer) for layer in network.layers] == [CELLS[kind]]
    assert_close(run(network, some_inputs()), carries(cell, zeros(kind)))


@every_cell
def test_an_nnx_cell_of_float32(kind):
    cell = nnx_cell(kind)
    got = run(from_flax(cell), some_inputs())
    carry = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float32), zeros(kind))
    with jax.numpy_rank_promotion("allow"):
        for x in some_inputs():
            carry, _ = cell(carry, jnp.asarray(x, jnp.float32)[None])
    last = jax.tree.map(lambda leaf: leaf[-1], got)
    carry = carry[::-1] if isinstance(carry, tuple) else carry
    assert_close(last, jax.tree.map(lambda leaf: np.asarray(leaf)[0], carry), atol=1e-4)


@pytest.mark.parametrize(("kind", "dtype"), [("GRUCell", jnp.float16), ("LSTMCell", jnp.bfloat16)])
def test_cells_that_compute_in_half_precision_are_taken(kind, dtype):
    from_flax(nnx_cell(kind, dtype=dtype))
    from_flax(*linen_cell(kind, dtype=dtype))


def test_an_rnn_is_its_cell():
    cell, variables = linen_cell("GRUCell")
    expected = run(from_flax(cell, variables), some_inputs())
    wrapped = linen.RNN(cell)
    own = wrapped.init(jax.random.key(0), jnp.zeros((1, STEPS, FEATURES)))
    assert jax.tree.structure(own["params"]["cell"]) == jax.tree.structure(variables["params"])
    nested = {"params": {"cell": variables["params"]}}
    assert_close(run(from_flax(wrapped, nested), some_inputs()), expected, atol=0)
    cell = nnx_cell("GRUCell")
    assert_close(run(from_flax(nnx.RNN(cell)), some_inputs()), run(from_flax(cell), some_inputs()), atol=0)


def test_a_list_of_cells_is_a_stack():
    lower, upper = linen_cell("LSTMCell", units=4), linen_cell("SimpleCell", features=4)
    network = from_flax([lower[0], upper[0]], [lower[1], upper[1]])
    below, _ = states = run(network, some_inputs())[0]
    assert_close(states, run(from_flax(*lower), some_inputs()))
    assert_close(run(network, some_inputs())[1], run(from_flax(*upper), below))
    cells = [nnx_cell("GRUCell", units=4), nnx_cell("GRUCell", features=4)]
    low, high = run(from_flax(cells), some_inputs())
    assert_close(high, run(from_flax(cells[1]), low))


@pytest.mark.parametrize("make", [linen_cell, lambda *args, **options: (nnx_cell(*args, **options),)])
@pytest.mark.parametrize(
    ("kind", "options", "sentence"),
    [
        ("SimpleCell", {"residual": True}, "residual must be False: our units have no residual connections"),
        ("SimpleCell", {"activation_fn": jax.nn.relu}, "activation_fn must be tanh, not relu"),
        ("GRUCell", {"gate_fn": jax.nn.hard_sigmoid}, "gate_fn must be sigmoid, not hard_sigmoid"),
        ("LSTMCell", {"activation_fn": lambda x: x}, "activation_fn must be tanh, not <lambda>"),
        ("OptimizedLSTMCell", {"gate_fn": jnp.tanh}, "gate_fn must be sigmoid, not tanh"),
    ],
)
def test_what_our_units_do_not_have_is_said(make, kind, options, sentence):
    with pytest.raises(InputError, match=sentence):
        from_flax(*make(kind, **options))


def sigmoid(x):
    return jax.nn.sigmoid(1.001 * x)


class Leaky(linen.GRUCell):
    def __call__(self, carry, inputs):
        carry, output = super().__call__(carry, inputs)
        return 0.999 * carry, output


LINEN = linen_cell("GRUCell")


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: (linen.MGUCell(N),), r"from_flax takes SimpleCell, .* not MGUCell; of a larger model, give the"),
        (lambda: (linen.Dense(N),), "not Dense"),
        (lambda: ({"params": {}},), "not dict"),
        (lambda: (LINEN[0],), r"a flax\.linen cell holds no weights: give what its init returned as variables"),
        (lambda: (LINEN[0], linen_cell("LSTMCell")[1]), "variables must be those of this GRUCell, but they lack 'ir'"),
        (lambda: ([LINEN[0], LINEN[0]], LINEN[1]), "variables must be a list of 2, one for each cell, not of 1"),
        (lambda: (nnx_cell("GRUCell"), LINEN[1]), r"a flax\.nnx cell holds its own weights: leave variables out"),
        (lambda: linen_cell("GRUCell", gate_fn=sigmoid), r"flax\.linen\.GRUCell does not step as GRUResetAfter does"),
        (lambda: (nnx_cell("LSTMCell", gate_fn=sigmoid),), r"flax\.nnx\.LSTMCell does not step as LSTM does"),
        (lambda: ([],), "there must be at least one layer"),
    ],
)
def test_what_cannot_be_taken_is_said(make, sentence):
    with pytest.raises(InputError, match=sentence):
        from_flax(*make())


@every_cell
def test_the_cell_stays_as_it_was(kind):
    cell = nnx_cell(kind)
    before = jax.tree.map(np.array, nnx.to_pure_dict(nnx.state(cell)))
    graph = nnx.graphdef(cell)
    from_flax(cell)
    assert nnx.graphdef(cell) == graph
    jax.tree.map(np.testing.assert_array_equal, nnx.to_pure_dict(nnx.state(cell)), before)
    assert {leaf.dtype for leaf in jax.tree.leaves(nnx.state(cell))} == {np.dtype(np.float32)}
