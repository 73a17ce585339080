"""Keras layers and cells: trajectories beside Keras' own, on its JAX backend."""

import os
import random

import jax
import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.interop import from_keras
from slowpoints.networks import GRU, GRUResetAfter, LSTM, Tanh

from .runs import run

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")
if keras.config.backend() != "jax":
    pytest.skip("Keras runs on another backend here", allow_module_level=True)

# Keras' own: its variables do not yet know of NumPy 2's copy keyword.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
FEATURES, N, STEPS = 3, 5, 50


@pytest.fixture(autouse=True)
def _promotion_as_keras_needs_it():
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        yield


def filled(layer, features=FEATURES):
    """The layer with random weights, so that every term counts; its seed fixed for those who have dropout."""
    rng = np.random.default_rng(3)
    if not layer.built:
        layer.build((None, None, features) if isinstance(layer, keras.layers.RNN) else (None, features))
    layer.set_weights([rng.normal(size=w.shape) / w.shape[0] ** 0.5 for w in layer.get_weights()])
    return layer


def some_inputs():
    return np.random.default_rng(1).normal(size=(STEPS, FEATURES))


def outputs_of(layer):
    return np.asarray(layer(some_inputs()[None], training=False))[0]


def hiddens(states):
    return states[0] if isinstance(states, tuple) else states


LAYERS = {
    "SimpleRNN": ({}, Tanh),
    "GRU": ({}, GRUResetAfter),
    "GRU reset before": ({"reset_after": False}, GRU),
    "LSTM": ({"unit_forget_bias": False}, LSTM),
}


def made(name, units=N, **options):
    return getattr(keras.layers, name.split()[0])(units, return_sequences=True, **LAYERS[name][0] | options)


@pytest.mark.parametrize("options", [{}, {"use_bias": False, "recurrent_dropout": 0.3, "dropout": 0.3}])
@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_runs_as_in_keras(name, options):
    layer = filled(made(name, **options))
    expected = outputs_of(layer)
    network = from_keras(layer)
    assert [type(unit) for unit in network.layers] == [LAYERS[name][1]]
    np.testing.assert_allclose(hiddens(run(network, some_inputs())), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_its_cell(name):
    layer = filled(made(name))
    for other in (layer.cell, keras.layers.RNN(layer.cell)):
        jax.tree.map(np.testing.assert_array_equal, from_keras(other), from_keras(layer))


@pytest.mark.parametrize(
    ("name", "dtype"),
    [("GRU", "mixed_float16"), ("LSTM", "mixed_bfloat16"), ("GRU", "bfloat16"), ("SimpleRNN", "float64")],
)
def test_weights_of_other_precisions_are_taken_exactly(name, dtype):
    with jax.enable_x64(dtype == "float64"):
        layer = filled(made(name, dtype=dtype, recurrent_initializer="glorot_uniform"))
    kernel = np.asarray(layer.cell.kernel.value, np.float64)
    (unit,) = from_keras(layer).layers
    np.testing.assert_array_equal(np.sort(np.abs(unit.weights.input), axis=None), np.sort(np.abs(kernel), axis=None))


def test_a_stack_runs_as_in_keras():
    layers = [
        keras.layers.LSTM(4, return_sequences=True),
        keras.layers.Dropout(0.5),
        keras.layers.GRU(6, return_sequences=True, reset_after=False),
        keras.layers.SimpleRNN(N, return_sequences=True),
    ]
    model = filled(keras.Sequential([keras.Input((None, FEATURES)), *layers]))
    expected = outputs_of(model)
    model.add(keras.layers.Dense(2))
    network = from_keras(model)
    assert [type(layer) for layer in network.layers] == [LSTM, GRU, Tanh]
    states = run(network, some_inputs())
    np.testing.assert_allclose(states[-1], expected, rtol=0, atol=1e-5)
    for other in (layers[0], layers[2], layers[3]), (keras.Sequential([keras.Input((None, FEATURES)), model]),):
        jax.tree.map(np.testing.assert_array_equal, from_keras(list(other)), network)


def test_stacked_cells_are_a_stack():
    cells = [keras.layers.GRUCell(4), keras.layers.LSTMCell(N)]
    layer = filled(keras.layers.RNN(cells, return_sequences=True))
    expected = outputs_of(layer)
    np.testing.assert_allclose(run(from_keras(layer), some_inputs())[-1][0], expected, rtol=0, atol=1e-5)


class Leaky(keras.layers.GRUCell):
    def call(self, inputs, states, training=False):
        output, states = super().call(inputs, states, training)
        return 0.999 * output, [0.999 * state for state in states]


class Own(keras.layers.Layer):
    state_size = N

    def call(self, inputs, states):
        return inputs, states


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: filled(made("GRU", activation="relu")), "activation must be tanh, not relu"),
        (lambda: filled(made("SimpleRNN", activation=None)), "activation must be tanh, not linear"),
        (
            lambda: filled(made("LSTM", recurrent_activation="hard_sigmoid")),
            "recurrent_activation must be sigmoid",
        ),
        (lambda: made("GRU"), "the layer gru_cell[_0-9]* has no weights yet; call it, or build it, first"),
        (lambda: keras.layers.Bidirectional(made("GRU")), r"takes SimpleRNN, .* not Bidirectional; of a larger model"),
        (lambda: keras.layers.ConvLSTM1D(2, 3), "not ConvLSTM1D"),
        (lambda: keras.layers.RNN(Own()), "not Own"),
        (lambda: keras.layers.Dense(2), "not Dense"),
        (lambda: filled(Leaky(N)), r"layer 0 of this keras\.layers\.GRUCell does not step as GRUResetAfter does"),
        (lambda: keras.Sequential([keras.layers.Dense(2)]), "this Sequential has no recurrent layer"),
        (lambda: keras.Sequential([made("GRU"), keras.layers.Bidirectional(made("GRU"))]), "not Bidirectional"),
        (
            lambda: keras.Sequential([keras.Input((None, 2)), keras.layers.Dense(3, name="up"), made("GRU")]),
            r"the layer up \(Dense\) comes before a recurrent one .*; give the recurrent layers alone, as a list",
        ),
        (
            lambda: [filled(made("GRU", go_backwards=True)), filled(made("GRU"), N)],
            "go_backwards must be False in a stack",
        ),
    ],
)
def test_what_our_units_do_not_have_is_said(make, sentence):
    with pytest.raises(InputError, match=sentence):
        from_keras(make())


def test_the_direction_of_a_single_layer_is_not_part_of_its_step():
    forwards, backwards = filled(made("GRU")), filled(made("GRU", go_backwards=True))
    jax.tree.map(np.testing.assert_array_equal, *(from_keras(layer) for layer in (forwards, backwards)))


@pytest.mark.unchecked  # beartype draws from Python's random numbers, which are looked at here
@pytest.mark.parametrize("name", LAYERS)
def test_the_layer_stays_as_it_was(name):
    """Also where a cell draws its dropout mask in evaluation, as SimpleRNN's does."""
    layer = filled(made(name, dropout=0.5, recurrent_dropout=0.5, seed=0))

    def seen():
        noise = [np.random.get_state()[1].copy(), np.asarray(random.getstate()[1])]  # noqa: NPY002
        masks = [getattr(layer.cell, mask, None) for mask in ("_dropout_mask", "_recurrent_dropout_mask")]
        variables = [np.asarray(variable.value) for variable in layer.variables]
        return noise, masks, variables, [v.trainable for v in layer.variables], keras.config.floatx()

    before = seen()
    assert len(before[2]) > len(layer.get_weights()) or any(v.name == "seed_generator_state" for v in layer.variables)
    from_keras(layer)
    after = seen()
    jax.tree.map(np.testing.assert_array_equal, after, before)
