"""Weights under PyTorch's names, without PyTorch: against its documentation's equations in NumPy."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import save_file

from slowpoints._errors import InputError
from slowpoints.interop import from_file, from_torch, Imported
from slowpoints.networks import GRUResetAfter, LSTM, Tanh

from .runs import assert_close
from .torch_equations import draw, step

FEATURES, N = 3, 5
OURS = {"tanh": Tanh, "gru": GRUResetAfter, "lstm": LSTM}


def some_state(network, rng, n=N):
    return jax.tree.map(lambda leaf: rng.uniform(-0.9, 0.9, leaf.shape), network.initial_state())


def assert_steps_as_documented(network, unit, weights):
    rng = np.random.default_rng(7)
    for _ in range(5):
        state, x = some_state(network, rng), rng.normal(size=network.features)
        stacked = len(network.layers) > 1
        with jax.enable_x64(True):
            got = jax.tree.map(np.asarray, network.step(state, x))
            at = jax.tree.map(np.asarray, network.at(x)(state))
        expected = step(unit, weights, x, state if stacked else (state,))
        assert_close(got, expected if stacked else expected[0], atol=1e-13)
        assert_close(at, got, atol=1e-14)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("unit", OURS)
def test_weights_step_as_documented(unit, layers, bias):
    weights = draw(unit, FEATURES, N, layers=layers, bias=bias)
    network = from_torch(weights, unit=unit)
    assert [type(layer) for layer in network.layers] == [OURS[unit]] * layers
    assert network.features == FEATURES
    assert_steps_as_documented(network, unit, weights)


@pytest.mark.parametrize("unit", ["gru", "lstm"])
def test_shapes_tell_a_gru_from_an_lstm(unit):
    (layer,) = from_torch(draw(unit, FEATURES, N)).layers
    assert type(layer) is OURS[unit]


def test_gru_is_also_known_by_the_name_of_our_unit():
    (layer,) = from_torch(draw("gru", FEATURES, N), unit="gru_reset_after").layers
    assert type(layer) is GRUResetAfter


def test_a_cells_weights_have_no_layer_number():
    weights = {name.removesuffix("_l0"): array for name, array in draw("gru", FEATURES, N).items()}
    assert_steps_as_documented(from_torch(weights), "gru", draw("gru", FEATURES, N))


@pytest.mark.parametrize("convert", [jnp.asarray, lambda array: array.astype(np.float16), np.ndarray.tolist])
def test_any_array_will_do_and_is_taken_exactly(convert):
    weights = {name: convert(array) for name, array in draw("lstm", FEATURES, N).items()}
    assert_steps_as_documented(
        from_torch(weights), "lstm", {name: np.asarray(array, np.float64) for name, array in weights.items()}
    )


def test_a_larger_models_layer_is_found_or_named():
    inner, other = draw("gru", FEATURES, N), draw("lstm", FEATURES, N, seed=1)
    model = {f"encoder.rnn.{name}": array for name, array in inner.items()} | {"head.weight": np.ones((2, N))}
    assert_steps_as_documented(from_torch(model), "gru", inner)
    model |= {f"decoder.{name}": array for name, array in other.items()}
    assert_steps_as_documented(from_torch(model, prefix="encoder.rnn"), "gru", inner)
    assert_steps_as_documented(from_torch(model, prefix="decoder."), "lstm", other)
    with pytest.raises(InputError, match=r"several recurrent layers; say which by prefix: 'decoder', 'encoder\.rnn'"):
        from_torch(model)
    with pytest.raises(InputError, match=r"no recurrent layer of prefix 'rnn'; there is 'decoder', 'encoder\.rnn'"):
        from_torch(model, prefix="rnn")


@pytest.mark.parametrize("read", [from_torch, from_file])
@pytest.mark.parametrize("as_path", [str, lambda path: path])
def test_a_file_is_its_weights(tmp_path, read, as_path):
    weights = draw("lstm", FEATURES, N, layers=2)
    path = tmp_path / "weights.safetensors"
    save_file({f"rnn.{name}": array for name, array in weights.items()}, path)
    assert_steps_as_documented(read(as_path(path)), "lstm", weights)
    assert_steps_as_documented(read(as_path(path), unit="lstm", prefix="rnn"), "lstm", weights)


GRU = draw("gru", FEATURES, N, layers=2)


def without(*names):
    return {name: array for name, array in GRU.items() if name not in names}


@pytest.mark.parametrize(
    ("weights", "options", "sentence"),
    [
        ({"head.weight": np.ones(2)}, {}, "none by PyTorch's names for recurrent layers, such as weight_hh_l0"),
        (GRU | {"weight_ih_l0_reverse": 0}, {}, "weight_ih_l0_reverse belongs to a bidirectional layer"),
        (GRU | {"rnn.weight_hr_l0": 0}, {}, r"rnn\.weight_hr_l0 is a projection \(proj_size\); our units have none"),
        (without("weight_hh_l1"), {}, "the weights hold no weight_hh for layer 1"),
        (
            without("weight_hh_l0", "weight_ih_l0", "bias_hh_l0", "bias_ih_l0"),
            {},
            "the layers 1; some are missing",
        ),
        (draw("tanh", FEATURES, N), {}, "a tanh or a relu layer: if tanh, give unit='tanh'"),
        (GRU, {"unit": "lstm"}, r"'lstm' does not fit weight_hh of layer 0, whose shape \(15, 5\) is that of gru or"),
        (GRU, {"unit": "relu"}, "unit cannot be 'relu'; it can be tanh, gru, gru_reset_after, lstm"),
        (GRU | {"weight_hh_l0": np.ones((10, 5))}, {}, r"1, 3 or 4 square matrices, but its shape is \(10, 5\)"),
        (GRU | {"weight_hh_l0": np.ones(15)}, {}, r"1, 3 or 4 square matrices, but its shape is \(15,\)"),
        (GRU | {"weight_ih_l1": np.ones((15, 4))}, {}, "layer 1 takes 4 inputs, but layer 0 below it has 5 units"),
        (GRU | {"weight_ih_l0": np.ones((14, 3))}, {}, r"3 gates cannot have weights of shapes \(3, 14\), \(5, 15\)"),
        (GRU | {"bias_ih_l0": np.ones((1, 15))}, {}, r"3 gates cannot have weights of shapes .* \(1, 15\)"),
        (GRU | {"bias_hh_l0": np.full(15, np.nan)}, {}, "weights must be finite, but they hold NaN or infinity"),
    ],
)
def test_what_weights_lack_is_said(weights, options, sentence):
    with pytest.raises(InputError, match=sentence):
        from_torch(weights, **options)


@pytest.mark.parametrize("read", [from_torch, from_file])
def test_what_is_no_safetensors_file_is_said(tmp_path, read):
    with pytest.raises(InputError, match=r"nowhere\.safetensors does not exist; give a \.safetensors file"):
        read(tmp_path / "nowhere.safetensors")
    (tmp_path / "model.pt").write_bytes(b"PK\x03\x04 and so on")
    with pytest.raises(InputError, match=r"model\.pt is not a safetensors file .* write one by safetensors\.torch"):
        read(tmp_path / "model.pt")


def test_weights_are_read_without_torch():
    program = (
        "import sys, numpy as np\n"
        "from slowpoints.interop import from_torch\n"
        "from_torch({'weight_ih_l0': np.ones((3, 2)), 'weight_hh_l0': np.ones((3, 1))})\n"
        "print([name for name in ('torch', 'keras', 'flax') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_the_result_is_frozen():
    network = from_torch(draw("gru", FEATURES, N))
    assert isinstance(network, Imported)
    for leaf in jax.tree.leaves(network):
        assert leaf.dtype == np.float64
        with pytest.raises(ValueError, match="read-only"):
            leaf[...] = 0.0
