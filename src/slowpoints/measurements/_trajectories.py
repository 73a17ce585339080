"""Where memories run in phase space: a few trials of each class, and the classes' slow points, on three components."""

import dataclasses
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from slowpoints._options import check_ranges, option
from slowpoints._types import State
from slowpoints.dynamics import stability
from slowpoints.dynamics._states import unflatten
from slowpoints.measurements._measurement import labelled, Measurement, spread, Subject, Variable
from slowpoints.measurements._slow_points import class_trials_of, SlowPointSettings
from slowpoints.networks import AbstractUnit
from slowpoints.recall import balanced_images, hold, lasting_noise

COMPONENTS = 3
"""Principal components that states are kept on."""

BEFORE = 5
"""Steps of noise before an image, which is seen in step 0."""

MODES, EIGENVALUES = 2, 32
"""Directions that grow, and eigenvalues, that are kept of a point at most."""

NUDGE = 1e-3
"""How far along a direction of the whole state one goes to see how the coordinates move."""


@dataclasses.dataclass(frozen=True)
class TrajectorySettings:
    """Which trajectories are kept. Raises `InputError` for a number out of its range."""

    trials_per_class: int = option(3, "Test trials a class whose states are kept.", low=1, high=1000)
    longest: int = option(1000, "For how long after the image they run.", low=2, high=10**7, unit="steps")
    moments: int = option(56, "At about how many moments states are kept, closer at first.", low=8, high=100_000)

    def __post_init__(self):
        check_ranges(self)


class Axes(NamedTuple):
    """Principal components of a network's states: where they cross, their directions, and the variance along each."""

    centre: Float[np.ndarray, " coordinate"]
    directions: Float[np.ndarray, "component coordinate"]
    share: Float[np.ndarray, " component"]

    def project(self, states: Float[np.ndarray, "*rows coordinate"]) -> Float[np.ndarray, "*rows component"]:
        """States on the components, in units of the coordinates; 0 along a component that there is none of."""
        return (states - self.centre) @ self.directions.T


def axes_of(subject: Subject, settings: SlowPointSettings) -> Axes:
    """The principal components of the trained network's states, those of the trials that class means are of.

    They are of the unit's coordinates (GRU: h; LSTM: h and tanh c) after the delay at which searches for slow points
    start, and depend on nothing else: the points of earlier snapshots are laid on the same ones.
    """
    trials = class_trials_of(subject, subject.network, settings).state
    states = np.asarray(subject.network.unit.coordinates(trials), np.float64)
    states = states.reshape(-1, states.shape[-1])
    centre = states.mean(0)
    _, size, directions = np.linalg.svd(states - centre, full_matrices=False)
    # Of each direction the end that points to the largest entry's side, so that the picture does not depend on chance.
    found = directions[:COMPONENTS]
    found = found * np.sign(found[np.arange(len(found)), np.abs(found).argmax(1)])[:, None]
    made, share = np.zeros((COMPONENTS, states.shape[1])), np.zeros(COMPONENTS)
    made[: len(found)] = found
    share[: len(found)] = size[:COMPONENTS] ** 2 / max(float((size**2).sum()), np.finfo(float).tiny)
    return Axes(centre, made, share)


def moments(settings: TrajectorySettings, trial_steps: int) -> np.ndarray:
    """The times at which states are kept: every step through a trial's length, then ever more apart."""
    near = np.arange(1 - BEFORE, min(trial_steps, settings.longest) + 1)
    far = np.geomspace(max(near[-1], 1), settings.longest, max(settings.moments - len(near), 2))
    return np.union1d(near, np.round(far).astype(int))


def _trajectories(subject: Subject, settings: TrajectorySettings, needed, note):
    """Shows test images after a little noise and runs on in noise of each trial's own, as trained, without trigger.

    Of the slow points of classes, those of the certified search, it keeps where they lie, the directions that grow
    there, and the leading eigenvalues.
    """
    note("following trials")
    network, unit = subject.network, subject.network.unit
    points, searched = needed["slow_points"]
    axes, times = axes_of(subject, searched), moments(settings, subject.task.steps)
    image_key, noise_key = jax.random.split(subject.key("trajectories"))
    image, _ = balanced_images(subject.test, settings.trials_per_class, key=image_key)
    runs = hold(
        network,
        subject.task,
        subject.test.pixels[image],
        jnp.full_like(image, BEFORE),
        tuple(map(int, times)),
        noise=lasting_noise(network),
        key=noise_key,
    )
    kept = [(axes.project(np.asarray(unit.coordinates(run.state), np.float64)), np.asarray(run.answer)) for run in runs]
    classes = subject.corpus.classes
    paths, answers = (
        np.stack(rows, 1).reshape(classes, -1, len(times), *rows[0].shape[1:]) for rows in zip(*kept, strict=True)
    )
    arrays = {"path": paths, "answer": answers - 1, "share": axes.share}
    state = points["state"].sel(search="newton").values
    arrays |= _of_points(subject, state, np.isfinite(state).all(1), axes)
    return labelled(
        _VARIABLES,
        {
            "class": range(classes),
            "trial": range(settings.trials_per_class),
            "time": times.tolist(),
            "component": range(COMPONENTS),
            "way": range(MODES),
            "eigenvalue": range(EIGENVALUES),
        },
        arrays,
    )


def _of_points(subject: Subject, states: np.ndarray, known: np.ndarray, axes: Axes) -> dict[str, np.ndarray]:
    """Of each class' point: where it lies, which ways it is left, and its leading eigenvalues.

    Classes without a point are computed from zero and left out, so that all networks compile once.
    """
    states = np.where(known[:, None], states, 0.0)
    unit, like = subject.network.unit, subject.network.unit.initial_state()
    linear = stability(subject.under_mean_noise, unflatten(states, like))
    grows = (np.abs(linear.eigenvalues) > 1) & ~linear.marginal
    at = coordinates_at(unit, unflatten(states, like))
    modes = np.full((len(states), MODES, COMPONENTS), np.nan)
    for j in range(min(MODES, linear.eigenvalues.shape[1])):
        way = linear.eigenvectors[:, :, j]
        # A pair of complex eigenvalues turns in the plane of the real and the imaginary part.
        way = np.where(np.imag(linear.eigenvalues[:, j, None]) < 0, np.imag(way), np.real(way))
        moved = coordinates_at(unit, unflatten(states + NUDGE * way, like)) - at
        size = np.linalg.norm(moved, axis=1, keepdims=True)
        seen = moved / np.maximum(size, np.finfo(float).tiny) @ axes.directions.T
        modes[:, j] = np.where(grows[:, j, None], seen, np.nan)
    eigenvalues = np.full((len(states), EIGENVALUES), np.nan, complex)
    eigenvalues[:, : linear.eigenvalues.shape[1]] = linear.eigenvalues[:, :EIGENVALUES]
    arrays = {
        "point": axes.project(at),
        "mode": modes,
        "eigenvalue_real": np.real(eigenvalues),
        "eigenvalue_imaginary": np.imag(eigenvalues),
        "growing": grows.sum(1).astype(float),
    }
    return {name: spread(rows[known], known, np.nan) for name, rows in arrays.items()}


def coordinates_at(unit: AbstractUnit, states: State) -> Float[np.ndarray, "point coordinate"]:
    """The unit's coordinates of some states."""
    return np.asarray(unit.coordinates(jax.tree.map(jnp.asarray, states)), np.float64)


_OF_CLASS = ("class", "eigenvalue")
_VARIABLES = {
    "path": Variable(
        ("class", "trial", "time", "component"), "The trials' states on principal components; time 0 sees the image."
    ),
    "answer": Variable(("class", "trial", "time"), "The class that would be read out; −1 for null.", missing=-2),
    "share": Variable(("component",), "Share of the states' variance along each component."),
    "point": Variable(("class", "component"), "The point found from the class' mean state."),
    "mode": Variable(("class", "way", "component"), "Unit vectors along which the map grows there, laid on the same."),
    "growing": Variable(("class",), "How many directions grow there."),
    "eigenvalue_real": Variable(_OF_CLASS, "Real parts of the leading eigenvalues of dF/dx there."),
    "eigenvalue_imaginary": Variable(_OF_CLASS, "Their imaginary parts."),
}

TRAJECTORIES = Measurement(
    "trajectories",
    "trajectories in phase space",
    _trajectories,
    _VARIABLES,
    settings=TrajectorySettings,
    needs=("slow_points",),
)
