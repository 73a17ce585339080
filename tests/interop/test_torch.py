"""Live PyTorch modules: trajectories and Jacobians beside PyTorch's own."""

import copy
import random

import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.dynamics import jacobian
from slowpoints.interop import from_torch

from .runs import assert_close, run

torch = pytest.importorskip("torch")
FEATURES, N, STEPS = 3, 5, 50
KINDS = ("RNN", "GRU", "LSTM")


def module(kind, *sizes, seed=0, **options):
    """A module in float64, its weights twice PyTorch's own so that every term counts."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        made = getattr(torch.nn, kind)(*sizes, **{"dtype": torch.float64} | options)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.mul_(2)
    return made


def some_inputs(features=FEATURES):
    return np.random.default_rng(1).normal(size=(STEPS, features))


def run_cell(cell, inputs):
    """States of a cell after each input, as the imported network has them."""
    state, states = None, []
    with torch.no_grad():
        for x in torch.tensor(inputs):
            state = cell(x, state)
            states.append(tuple(part.numpy() for part in state) if isinstance(state, tuple) else (state.numpy(),))
    parts = tuple(np.stack(part) for part in zip(*states, strict=True))
    return parts if len(parts) > 1 else parts[0]


def hiddens(states):
    """h of every layer of a stack."""
    return [state[0] if isinstance(state, tuple) else state for state in states]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_a_cell_runs_as_in_torch(kind, bias):
    cell = module(f"{kind}Cell", FEATURES, N, bias=bias)
    assert_close(run(from_torch(cell), some_inputs()), run_cell(cell, some_inputs()))


@pytest.mark.parametrize("options", [{}, {"bias": False}, {"batch_first": True}])
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_runs_as_in_torch(kind, layers, options):
    layer = module(kind, FEATURES, N, layers, **options)
    states = run(from_torch(layer), some_inputs())
    with torch.no_grad():
        outputs, last = layer(torch.tensor(some_inputs()))
    states = states if layers > 1 else (states,)
    np.testing.assert_allclose(hiddens(states)[-1], outputs, rtol=0, atol=1e-12)
    last = last if kind == "LSTM" else (last,)
    for part in range(len(last)):
        ours = [(state[part] if kind == "LSTM" else state)[-1] for state in states]
        np.testing.assert_allclose(np.stack(ours), last[part], rtol=0, atol=1e-12)


def test_a_list_of_modules_is_a_stack():
    stack = [module("LSTM", FEATURES, 4), module("GRU", 4, 6, 2), module("RNNCell", 6, N)]
    network = from_torch(stack)
    assert [layer.units for layer in network.layers] == [4, 6, 6, N]
    with torch.no_grad():
        below, _ = stack[0](torch.tensor(some_inputs()))
        below, _ = stack[1](below)
    states = run(network, some_inputs())
    np.testing.assert_allclose(states[2], below, rtol=0, atol=1e-12)
    assert_close(states[3], run_cell(stack[2], below.numpy()))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_weights_of_lower_precision_are_taken_exactly(dtype):
    layer = module("GRU", FEATURES, N, 2, dtype=dtype)
    with torch.no_grad():
        outputs, _ = copy.deepcopy(layer).double()(torch.tensor(some_inputs()))
    np.testing.assert_allclose(run(from_torch(layer), some_inputs())[-1], outputs, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", ["RNNCell", "GRUCell", "LSTMCell"])
def test_the_jacobian_is_that_of_autograd(kind):
    cell = module(kind, FEATURES, N)
    network, rng = from_torch(cell), np.random.default_rng(2)
    for _ in range(3):
        x, state = rng.normal(size=FEATURES), rng.uniform(-1, 1, 2 * N if kind == "LSTMCell" else N)

        def advance(flat, x=x):
            moved = cell(torch.tensor(x), tuple(flat.split(N)) if kind == "LSTMCell" else flat)
            return torch.cat(moved) if kind == "LSTMCell" else moved

        expected = torch.autograd.functional.jacobian(advance, torch.tensor(state)).numpy()
        ours = tuple(np.split(state, 2)) if kind == "LSTMCell" else state
        np.testing.assert_allclose(jacobian(network.at(x), ours), expected, rtol=0, atol=1e-12)


def test_a_state_dict_is_its_module(tmp_path):
    from safetensors.torch import save_file

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = module("LSTM", FEATURES, N, 2)
            self.head = torch.nn.Linear(N, 2)

    model = Model()
    expected = run(from_torch(model.rnn), some_inputs())
    assert_close(run(from_torch(model.state_dict()), some_inputs()), expected, atol=0)
    assert_close(run(from_torch(dict(model.named_parameters())), some_inputs()), expected, atol=0)
    save_file(model.state_dict(), tmp_path / "model.safetensors")
    assert_close(run(from_torch(tmp_path / "model.safetensors"), some_inputs()), expected, atol=0)
    half = {name: tensor.bfloat16() for name, tensor in model.state_dict().items()}
    save_file(half, tmp_path / "half.safetensors")
    rounded = run(from_torch(tmp_path / "half.safetensors"), some_inputs())
    assert_close(rounded, run(from_torch(half), some_inputs()), atol=0)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: module("RNN", FEATURES, N, nonlinearity="relu"), "nonlinearity must be tanh, not relu"),
        (lambda: module("RNNCell", FEATURES, N, nonlinearity="relu"), "nonlinearity must be tanh, not relu"),
        (lambda: module("GRU", FEATURES, N, bidirectional=True), "bidirectional must be False"),
        (lambda: module("LSTM", FEATURES, N, proj_size=2), "proj_size must be 0, not 2"),
        (lambda: torch.nn.Linear(FEATURES, N), r"takes torch\.nn\.RNN, .* not Linear; of a larger model, give the"),
        (lambda: [module("GRU", FEATURES, N), module("GRU", FEATURES, N)], "layer 1 takes 3 inputs, but layer 0"),
        (list, "there must be at least one layer, but the list is empty"),
    ],
)
def test_what_our_units_do_not_have_is_said(make, sentence):
    with pytest.raises(InputError, match=sentence):
        from_torch(make())


def test_options_for_weights_do_not_go_with_a_module():
    with pytest.raises(InputError, match="unit and prefix go with weights only"):
        from_torch(module("GRU", FEATURES, N), unit="gru")


class Leaky(torch.nn.GRUCell):
    def forward(self, input, hx=None):
        return 0.999 * super().forward(input, hx)


class Renamed(torch.nn.GRUCell):
    pass


def test_a_module_that_steps_otherwise_is_found_out():
    with pytest.raises(InputError, match=r"layer 0 of this torch\.nn\.GRUCell does not step as GRUResetAfter does"):
        from_torch(Leaky(FEATURES, N))
    from_torch(Renamed(FEATURES, N))


def test_reparametrised_weights_are_those_in_use():
    layer = module("GRU", FEATURES, N)
    torch.nn.utils.parametrizations.spectral_norm(layer, "weight_hh_l0")
    layer.eval()
    with torch.no_grad():
        outputs, _ = layer(torch.tensor(some_inputs()))
    np.testing.assert_allclose(run(from_torch(layer), some_inputs()), outputs, rtol=0, atol=1e-12)


def test_a_module_that_cannot_be_copied_is_said():
    from torch.nn.utils import prune

    layer = module("GRU", FEATURES, N)
    prune.identity(layer, "weight_hh_l0")
    with pytest.raises(InputError, match=r"this GRU cannot be copied to compare with .*; give its state_dict"):
        from_torch(layer)


def randomness():
    return [np.random.get_state()[1], np.asarray(random.getstate()[1]), torch.get_rng_state().numpy()]  # noqa: NPY002


def seen(layer):
    """All that can be seen of a module's parameters: which tensor they are, and what is in it."""
    return {
        name: (id(p), p.dtype, p.device, p.requires_grad, p.is_leaf, p.data_ptr(), p._version, id(p.grad), p.tolist())
        for name, p in layer.named_parameters()
    }


@pytest.mark.unchecked  # beartype draws from Python's random numbers, which are looked at here
@pytest.mark.parametrize("training", [True, False])
def test_the_module_stays_as_it_was(training):
    layer = module("LSTM", FEATURES, N, 2, dropout=0.5, dtype=torch.float32).train(training)
    layer.weight_hh_l0.requires_grad_(False)
    layer(torch.ones(2, FEATURES))[0].sum().backward()
    gradient = layer.weight_ih_l1.grad.clone()
    layer.register_forward_hook(lambda ran, *_: pytest.fail("the module itself was run") if ran is layer else None)
    parameters, attributes, noise = seen(layer), set(vars(layer)), copy.deepcopy(randomness())
    network = from_torch(layer)
    assert seen(layer) == parameters
    assert set(vars(layer)) == attributes
    assert layer.training is training
    assert torch.equal(layer.weight_ih_l1.grad, gradient)
    for one, other in zip(randomness(), noise, strict=True):
        np.testing.assert_array_equal(one, other)
    with torch.no_grad():
        layer.weight_ih_l0.zero_()
    assert np.abs(network.layers[0].weights.input).max() > 0  # it holds a copy


@pytest.mark.parametrize(
    ("module", "sentence"),
    [
        (lambda: torch.nn.GRU(2, 3, device="meta"), "they are on PyTorch's meta device"),
        (lambda: hooked(torch.nn.GRU(2, 3)), "does not step as"),
        (lambda: hooked(torch.nn.LSTMCell(2, 3)), "does not step as"),
    ],
)
def test_a_module_that_is_more_or_less_than_its_weights_is_refused(module, sentence):
    with pytest.raises(InputError, match=sentence):
        from_torch(module())


def hooked(module: torch.nn.Module) -> torch.nn.Module:
    """A module that gives twice what its class computes."""
    module.register_forward_hook(lambda _module, _arguments, given: tuple(2 * each for each in given))
    return module


def test_complex_weights_are_refused():
    weights = {f"weight_{kind}_l0": torch.ones(2, 2, dtype=torch.complex64) for kind in ("ih", "hh")}
    with pytest.raises(InputError, match="must be real numbers"):
        from_torch(weights, unit="tanh")
