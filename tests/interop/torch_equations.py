"""PyTorch's recurrent layers in NumPy, one vector at a time, from the equations in its documentation."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def rows(weights, layer, gate):
    """W_i, b_i, W_h and b_h of one gate, the `gate`-th; zeros where there is no bias."""
    suffix = "" if layer is None else f"_l{layer}"
    n = weights[f"weight_hh{suffix}"].shape[1]
    cut = slice(gate * n, (gate + 1) * n)
    names = ("weight_ih", "bias_ih", "weight_hh", "bias_hh")
    return [np.asarray(weights[name + suffix], np.float64)[cut] if name + suffix in weights else 0.0 for name in names]


def rnn(weights, x, h, layer=None):
    Wi, bi, Wh, bh = rows(weights, layer, 0)
    return np.tanh(Wi @ x + bi + Wh @ h + bh)


def gru(weights, x, h, layer=None):
    (Wir, bir, Whr, bhr), (Wiz, biz, Whz, bhz), (Win, bin_, Whn, bhn) = (rows(weights, layer, k) for k in range(3))
    r = sigmoid(Wir @ x + bir + Whr @ h + bhr)
    z = sigmoid(Wiz @ x + biz + Whz @ h + bhz)
    n = np.tanh(Win @ x + bin_ + r * (Whn @ h + bhn))
    return (1 - z) * n + z * h


def lstm(weights, x, state, layer=None):
    h, c = state
    i, f, g, o = (Wi @ x + bi + Wh @ h + bh for Wi, bi, Wh, bh in (rows(weights, layer, k) for k in range(4)))
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


STEPS = {"tanh": (1, rnn), "gru": (3, gru), "lstm": (4, lstm)}
"""By the name that `unit` takes: the number of gates, and one step of one layer."""


def draw(unit, features, units, *, layers=1, seed=0, bias=True):
    """Random weights under PyTorch's names, large enough that every term counts."""
    rng, gates, weights = np.random.default_rng(seed), STEPS[unit][0], {}
    for k in range(layers):
        below = units if k else features
        weights[f"weight_ih_l{k}"] = rng.normal(size=(gates * units, below)) / below**0.5
        weights[f"weight_hh_l{k}"] = rng.normal(size=(gates * units, units)) / units**0.5
        if bias:
            weights[f"bias_ih_l{k}"] = 0.5 * rng.normal(size=gates * units)
            weights[f"bias_hh_l{k}"] = 0.5 * rng.normal(size=gates * units)
    return weights


def step(unit, weights, x, states):
    """One step of a stack: the layers' states in, the next ones out."""
    moved = []
    for k, state in enumerate(states):
        moved.append(STEPS[unit][1](weights, x, state, k))
        x = moved[-1][0] if unit == "lstm" else moved[-1]
    return tuple(moved)
