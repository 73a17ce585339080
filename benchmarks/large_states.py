"""The slow points of a large network, searched without forming a matrix: time and peak memory.

The network is a GRU with random recurrent weights, changed by as little as makes given states its fixed points, so
that the true error of every point found is known. The search starts from these states with noise added.
"""

from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Float

from benchmarks.machine import peak_memory
from benchmarks.records import Record
from benchmarks.settings import Settings
from slowpoints.dynamics import find_slow_points, NewtonKrylov, Outcome
from slowpoints.networks import GRU
from slowpoints.networks._unit import Weights

GAIN, UNITS, POINTS, NOISE = 1.5, 2000, 3, 0.05


class Planted(NamedTuple):
    """Weights of a GRU whose input is zero, and states that are its fixed points to within rounding."""

    weights: dict[str, np.ndarray]
    states: Float[np.ndarray, "point unit"]


def records(settings: Settings) -> list[Record]:
    """A GRU of 2,000 units, three starts."""
    random = np.random.default_rng(0)
    weights, states = planted_gru(UNITS, POINTS, random)
    with jax.enable_x64(True):
        unit = GRU(Weights(**{name: jax.numpy.asarray(array) for name, array in weights.items()}))
    step = jax.tree_util.Partial(GRU.step, unit, drive=unit.weights.bias)
    starts = np.clip(states + NOISE * random.normal(size=states.shape), -1, 1)
    before = peak_memory()
    begun = settings.now()
    found = find_slow_points(step, starts, domain=(-1.0, 1.0), solver=NewtonKrylov())
    seconds = settings.now() - begun
    error = np.linalg.norm(found.state - states, axis=1)
    certified = np.sum(found.outcome == Outcome.FIXED_POINT)
    return [
        Record("search.large.time", "s", ours=seconds, n=1, note=f"{UNITS} units, compilation included."),
        Record("search.large.memory", "MiB", ours=peak_memory(), n=1, note=f"{before:.0f} before the search."),
        Record(
            "search.large.error",
            "‖x − planted‖",
            ours=float(error.max()),
            n=POINTS,
            note=f"The worst; {certified} of {POINTS} fixed points, {np.sum(error <= found.error_bound)} in bounds.",
        ),
    ]


def planted_gru(units: int, points: int, random: np.random.Generator) -> Planted:
    """A state is fixed where its candidate is the state itself: tanh(U(r∘h) + b) = h. That is one linear equation for U
    a point; of U's random start it changes only what acts on the span of these r∘h.
    """
    recurrent = GAIN * random.normal(size=(units, 3 * units)) / units**0.5
    bias = 0.1 * random.normal(size=3 * units)
    states = random.uniform(-0.9, 0.9, size=(points, units))
    reset = 1 / (1 + np.exp(-(states @ recurrent[:, units : 2 * units] + bias[units : 2 * units])))
    gated = reset * states
    wanted = np.arctanh(states) - bias[2 * units :]
    candidate = recurrent[:, 2 * units :]
    recurrent[:, 2 * units :] += np.linalg.pinv(gated) @ (wanted - gated @ candidate)
    weights = {"input": np.zeros((1, 3 * units)), "trigger": np.zeros(3 * units), "recurrent": recurrent, "bias": bias}
    return Planted(weights, states)
