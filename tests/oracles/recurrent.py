"""Recurrent units in float64 NumPy, one vector at a time, from the paper's equations 2 and 3."""

import functools
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from slowpoints.dynamics._precision import as_double, double_precision


class Gate(NamedTuple):
    """W acts on the input with the trigger as its last entry, U on the hidden state."""

    W: np.ndarray
    U: np.ndarray
    b: np.ndarray


GATES = {
    "gru": ("z", "r", "candidate"),
    "gru_reset_after": ("z", "r", "candidate"),
    "lstm": ("f", "i", "o", "c"),
    "tanh": ("h",),
    "leaky_tanh": ("r",),
    "leaky_softplus": ("r",),
    "leaky_relu": ("r",),
}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def incoming(unit):
    """W of all gates, one below the other, with the trigger as its last column."""
    return np.vstack([unit.weights.input, np.asarray(unit.weights.trigger)[None]]).astype(np.float64).T


def gates_of(name, unit):
    """A unit's weights taken apart: a matrix of its own for each gate."""
    recurrent = np.asarray(unit.weights.recurrent, np.float64)
    bias, n = np.asarray(unit.weights.bias, np.float64), recurrent.shape[0]
    parts = [slice(k * n, (k + 1) * n) for k in range(len(GATES[name]))]
    return {
        gate: Gate(incoming(unit)[part], recurrent[:, part].T, bias[part])
        for gate, part in zip(GATES[name], parts, strict=True)
    }


def gru(unit, h, x):
    """Equation 2: the reset gate acts before the recurrent matrix."""
    z, r, candidate = gates_of("gru", unit).values()
    update = sigmoid(z.W @ x + z.U @ h + z.b)
    reset = sigmoid(r.W @ x + r.U @ h + r.b)
    proposed = np.tanh(candidate.W @ x + candidate.U @ (reset * h) + candidate.b)
    return (1 - update) * h + update * proposed


def gru_reset_after(unit, h, x):
    """The reset gate acts after the recurrent matrix, which has a bias of its own."""
    z, r, candidate = gates_of("gru_reset_after", unit).values()
    update = sigmoid(z.W @ x + z.U @ h + z.b)
    reset = sigmoid(r.W @ x + r.U @ h + r.b)
    recurrent_bias = np.asarray(unit.recurrent_bias, np.float64)
    proposed = np.tanh(candidate.W @ x + candidate.b + reset * (candidate.U @ h + recurrent_bias))
    return (1 - update) * h + update * proposed


def lstm(unit, state, x):
    """Equation 3."""
    (h, cell), (f, i, o, c) = state, gates_of("lstm", unit).values()
    forget = sigmoid(f.W @ x + f.U @ h + f.b)
    write = sigmoid(i.W @ x + i.U @ h + i.b)
    show = sigmoid(o.W @ x + o.U @ h + o.b)
    cell = forget * cell + write * np.tanh(c.W @ x + c.U @ h + c.b)
    return show * np.tanh(cell), cell


def tanh(unit, h, x):
    """Elman's network."""
    (gate,) = gates_of("tanh", unit).values()
    return np.tanh(gate.W @ x + gate.U @ h + gate.b)


RESPONSES = {
    "leaky_tanh": np.tanh,
    "leaky_softplus": lambda x: np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0),
    "leaky_relu": lambda x: np.maximum(x, 0),
}


def rate(name, unit, r, x):
    """A rate unit: the part α of r is renewed."""
    (gate,) = gates_of(name, unit).values()
    alpha = 1 - np.exp(-np.abs(np.asarray(unit.leak, np.float64)))
    return (1 - alpha) * r + alpha * RESPONSES[name](gate.W @ x + gate.U @ r + gate.b)


EQUATIONS: Mapping[str, Callable[[Any, Any, np.ndarray], Any]] = {
    "gru": gru,
    "gru_reset_after": gru_reset_after,
    "lstm": lstm,
    "tanh": tanh,
    **{name: functools.partial(rate, name) for name in RESPONSES},
}
"""Units whose equations are written anew here, from unit, state and input to the next state."""


def step(name, unit, state, x):
    """One step of one state, a vector (a pair of them for the LSTM).

    Of a unit without equations here, its own, of a single vector in float64 and of a drive computed here: that it is
    right is then not checked, but that everything around it is.
    """
    if name in EQUATIONS:
        return EQUATIONS[name](unit, state, x)
    drive = incoming(unit) @ x + np.asarray(unit.weights.bias, np.float64)
    with double_precision():
        moved = as_double(unit).step(jax.tree.map(jnp.asarray, state), jnp.asarray(drive))
        return jax.tree.map(np.asarray, moved)


def hidden(name, unit, state):
    """h, what the readout sees."""
    if name in EQUATIONS:
        return state[0] if name == "lstm" else state
    return unit.hidden(state)


def zero_state(unit):
    with double_precision():
        return jax.tree.map(lambda leaf: np.zeros(leaf.shape), unit.initial_state())


def readout(network, h):
    outputs = np.asarray(network.readout.weight, np.float64).T @ h + np.asarray(network.readout.bias)
    return {"sigmoid": sigmoid, "linear": lambda x: x}[network.readout.kind](outputs)


def rollout(name, network, inputs):
    """Outputs [step, output] and states after every step of one trial, for its inputs [step, feature + 1]."""
    state = zero_state(network.unit)
    outputs, states = [], []
    for x in inputs:
        state = step(name, network.unit, state, x)
        states.append(state)
        outputs.append(readout(network, hidden(name, network.unit, state)))
    return np.stack(outputs), states


def trial_inputs(noise, image, onset, triggers):
    """The inputs of one trial: noise [step, pixel], the image in its place at the onset, the trigger channel."""
    inputs = np.zeros((noise.shape[0], noise.shape[1] + 1))
    for t in range(noise.shape[0]):
        inputs[t, :-1] = image if t == onset else noise[t]
        inputs[t, -1] = 1.0 if t in triggers else 0.0
    return inputs
