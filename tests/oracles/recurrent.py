"""Recurrent units in float64 NumPy, one vector at a time, from the paper's equations 2 and 3."""

from typing import NamedTuple

import numpy as np


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
}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gates_of(name, unit):
    """A unit's weights taken apart: a matrix of its own for each gate."""
    n = np.asarray(unit.weights.recurrent).shape[0]
    incoming = np.vstack([unit.weights.input, np.asarray(unit.weights.trigger)[None]]).astype(np.float64)
    recurrent = np.asarray(unit.weights.recurrent, np.float64)
    bias = np.asarray(unit.weights.bias, np.float64)
    return {
        gate: Gate(incoming[:, k * n : (k + 1) * n].T, recurrent[:, k * n : (k + 1) * n].T, bias[k * n : (k + 1) * n])
        for k, gate in enumerate(GATES[name])
    }


def gru(h, x, z, r, candidate):
    """Equation 2: the reset gate acts before the recurrent matrix."""
    update = sigmoid(z.W @ x + z.U @ h + z.b)
    reset = sigmoid(r.W @ x + r.U @ h + r.b)
    proposed = np.tanh(candidate.W @ x + candidate.U @ (reset * h) + candidate.b)
    return (1 - update) * h + update * proposed


def gru_reset_after(h, x, z, r, candidate, recurrent_bias):
    """The reset gate acts after the recurrent matrix, which has a bias of its own."""
    update = sigmoid(z.W @ x + z.U @ h + z.b)
    reset = sigmoid(r.W @ x + r.U @ h + r.b)
    proposed = np.tanh(candidate.W @ x + candidate.b + reset * (candidate.U @ h + recurrent_bias))
    return (1 - update) * h + update * proposed


def lstm(h, cell, x, f, i, o, c):
    """Equation 3."""
    forget = sigmoid(f.W @ x + f.U @ h + f.b)
    write = sigmoid(i.W @ x + i.U @ h + i.b)
    show = sigmoid(o.W @ x + o.U @ h + o.b)
    cell = forget * cell + write * np.tanh(c.W @ x + c.U @ h + c.b)
    return show * np.tanh(cell), cell


def tanh(h, x, gate):
    return np.tanh(gate.W @ x + gate.U @ h + gate.b)


def step(name, unit, state, x):
    """One step of one state, a vector (a pair of them for the LSTM)."""
    gates = gates_of(name, unit)
    match name:
        case "gru":
            return gru(state, x, **gates)
        case "gru_reset_after":
            return gru_reset_after(state, x, **gates, recurrent_bias=np.asarray(unit.recurrent_bias, np.float64))
        case "lstm":
            return lstm(*state, x, **gates)
        case "tanh":
            return tanh(state, x, gates["h"])
        case _:
            raise KeyError(name)


def zero_state(name, n):
    return (np.zeros(n), np.zeros(n)) if name == "lstm" else np.zeros(n)


def readout(network, hidden):
    outputs = np.asarray(network.readout.weight, np.float64).T @ hidden + np.asarray(network.readout.bias)
    return sigmoid(outputs) if network.readout.sigmoid else outputs


def rollout(name, network, inputs):
    """Outputs [step, output] and states after every step of one trial, for its inputs [step, pixel + 1]."""
    state = zero_state(name, np.asarray(network.unit.weights.recurrent).shape[0])
    outputs, states = [], []
    for x in inputs:
        state = step(name, network.unit, state, x)
        states.append(state)
        outputs.append(readout(network, state[0] if name == "lstm" else state))
    return np.stack(outputs), states


def trial_inputs(noise, image, onset, triggers):
    """The inputs of one trial: noise [step, pixel], the image in its place at the onset, the trigger channel."""
    inputs = np.zeros((noise.shape[0], noise.shape[1] + 1))
    for t in range(noise.shape[0]):
        inputs[t, :-1] = image if t == onset else noise[t]
        inputs[t, -1] = 1.0 if t in triggers else 0.0
    return inputs
