"""Slow points: one start a class, its mean state, by Newton and by the published scripts' Adam."""

import dataclasses
from typing import Any, Literal

import jax
import numpy as np
from jaxtyping import Float, Int

from slowpoints._options import check_ranges, option
from slowpoints._types import State
from slowpoints.dynamics import (
    Adam,
    Coordinates,
    find_slow_points,
    GradientFlow,
    Newton,
    Outcome,
    SlowPoints,
    speed_along,
)
from slowpoints.dynamics._states import flatten
from slowpoints.measurements._measurement import labelled, Measurement, spread, Subject, Variable
from slowpoints.networks import AbstractUnit, ConstantInput, MemoryNetwork
from slowpoints.recall import class_trials, ClassTrials

SAME_POINT = 1e-4
"""Points nearer than this times √coordinates are one point: certified minima agree to far less than that, and distinct
ones were found whole units apart."""

NO_START = "no start"
"""What stands for the outcome of a class that no search was begun for."""


@dataclasses.dataclass(frozen=True)
class SlowPointSettings:
    """How slow points are searched for. Raises `InputError` for a number out of its range."""

    delay: int = option(
        15, "How long after the image the states are taken whose mean a search starts from.", low=1, high=100_000
    )
    noise: float = option(
        1 / 3, "Noise up to then, as a factor on the trained standard deviation.", low=0.0, high=1000.0
    )
    images_per_class: int = option(100, "Over how many images of a class the mean is.", low=1, high=1_000_000)
    newton_iterations: int = option(20_000, "The second-order search's budget a point.", low=1, high=10**9)
    adam_steps: int = option(100_000, "Steps of Adam, the published scripts' search.", low=1, high=10**9)
    lstm_coordinates: Literal["h, tanh c", "tanh c"] = option(
        "h, tanh c",
        "Whose motion is the speed that Adam minimises for an LSTM: what the scripts take, or the paper's text.",
        before="h, tanh c",
    )
    gradient_flow: bool = option(
        False, "Also follow the gradient flow of speed from each start, to confirm which minimum it belongs to."
    )
    gradient_flow_without_box: bool = option(
        False,
        "Also follow it where states may leave what the unit can reach, as in the paper, which has no box.",
        before=False,
    )

    def __post_init__(self):
        check_ranges(self)

    @property
    def searches(self) -> tuple[str, ...]:
        """The searches that are made, in order."""
        flow = ("gradient flow",) if self.gradient_flow else ()
        return ("newton", "adam", *flow, *(("gradient flow, no box",) if self.gradient_flow_without_box else ()))


def _slow_points(subject: Subject, settings: SlowPointSettings, needed, note):
    """From each class' mean state, by Newton and by the scripts' Adam, under the mean noise image without trigger.

    Newton, and the gradient flow where it is asked for, minimise the speed of the whole state, Adam that of the unit's
    coordinates. For units whose state is h they are one; for an LSTM the latter has no minimum (see
    `LSTM.coordinates`). A class without a correct trial has no start.
    """
    note("searching slow points")
    network, under = subject.network, subject.under_mean_noise
    means = class_trials_of(subject, network, settings).means()
    known = means.known
    width = flatten(means.state).shape[1]
    arrays: dict[str, Any] = {"correct_at_start": means.correct}
    if known.any():
        starts = jax.tree.map(lambda leaf: np.asarray(leaf)[known], means.state)
        arrays["start"] = spread(flatten(starts).astype(np.float64), known, np.nan)
        ways = {
            "newton": (Newton(max_iterations=settings.newton_iterations), None, network.unit.domain()),
            "adam": (
                Adam(steps=settings.adam_steps),
                coordinates_of(network.unit, settings),
                network.unit.domain(),
            ),
            "gradient flow": (GradientFlow(), None, network.unit.domain()),
            "gradient flow, no box": (GradientFlow(), None, None),
        }
        tables = []
        for search in settings.searches:
            solver, coordinates, domain = ways[search]
            found = find_slow_points(under, starts, coordinates=coordinates, domain=domain, solver=solver)
            table = table_of(under, starts, found, coordinates) | {
                "state": flatten(found.state),
                "duplicate_of": np.flatnonzero(known)[_first_coincident(flatten(found.state))],
                "eigenvalue_real": np.real(found.eigenvalues),
                "eigenvalue_imaginary": np.imag(found.eigenvalues),
            }
            tables.append({name: spread(rows, known, VARIABLES[name].missing) for name, rows in table.items()})
        arrays |= {name: np.stack([table[name] for table in tables]) for name in tables[0]}
    return labelled(
        VARIABLES,
        {
            "search": settings.searches,
            "class": range(len(known)),
            "coordinate": range(width),
            "eigenvalue": range(width),
        },
        arrays,
    )


def class_trials_of(
    subject: Subject, network: MemoryNetwork, settings: SlowPointSettings, shown: int | None = None
) -> ClassTrials:
    """Trials of each class during the delay, where searches begin: the same ones for every network of a history.

    For one of a time when only so many classes had been `shown`, answers are among these.
    """
    return class_trials(
        network,
        subject.in_noise(network, settings.noise),
        subject.train,
        delay=settings.delay,
        images_per_class=settings.images_per_class,
        key=subject.key("class means"),
        shown=shown,
    )


def coordinates_of(unit: AbstractUnit, settings: SlowPointSettings) -> jax.tree_util.Partial:
    """The ξ of a unit, whose motion Adam minimises."""
    to_the_letter = settings.lstm_coordinates == "tanh c"
    return jax.tree_util.Partial(type(unit).papers_coordinates if to_the_letter else type(unit).coordinates, unit)


def table_of(
    under: ConstantInput, starts: State, found: SlowPoints, coordinates: Coordinates | None
) -> dict[str, np.ndarray]:
    """What is kept of a search of the points of `under`, one row a point."""
    return {
        "speed": found.speed,
        "root_speed": found.root_speed,
        "gradient_norm": found.gradient_norm,
        "smallest_curvature": found.smallest_curvature,
        "error_bound": found.error_bound,
        "leading_eigenvalue": np.abs(found.eigenvalues[:, 0]),
        "active_bounds": np.asarray(found.active_bounds),
        "iterations": np.asarray(found.iterations),
        "outcome": outcome_words(found.outcome),
        "distance": np.linalg.norm(flatten(found.state) - flatten(starts), axis=1),
        "start_root_speed": speed_along(under, starts, coordinates),
        "readout_class": under.read_out(found.state),
    }


def outcome_words(codes: Int[np.ndarray, "*rows"], none: str = NO_START) -> np.ndarray:
    """Outcomes in words; `none` where the code is of no outcome."""
    words = {int(outcome): outcome.name.lower().replace("_", " ") for outcome in Outcome}
    return np.vectorize(lambda code: words.get(int(code), none), otypes=[str])(codes)


def _first_coincident(flat: Float[np.ndarray, "point coordinate"]) -> Int[np.ndarray, " point"]:
    """For each point the index of the first one it coincides with (its own where there is none before it)."""
    distance = np.linalg.norm(flat[:, None] - flat[None], axis=-1)
    return np.argmax(distance <= SAME_POINT * flat.shape[1] ** 0.5, axis=1)


def variables_of_a_search(*dims: str) -> dict[str, Variable]:
    """The variables of `table_of`, along the given dimensions."""
    return {
        "root_speed": Variable(dims, "‖F(x) − x‖ at the point.", "1/step"),
        "speed": Variable(dims, "S = ‖F(x) − x‖² at the point (the paper's equation 4).", "1/step²"),
        "outcome": Variable(dims, "How the search ended.", missing=NO_START),
        "readout_class": Variable(dims, "The class named at the point; −1 for null.", missing=-1),
        "gradient_norm": Variable(dims, "Norm of the gradient of S/2, projected on the box of states."),
        "smallest_curvature": Variable(dims, "Smallest eigenvalue of the Hessian of S/2 in the free coordinates."),
        "error_bound": Variable(dims, "Bound on the distance to a fixed point, where there is one."),
        "leading_eigenvalue": Variable(dims, "Largest modulus of the eigenvalues of dF/dx."),
        "active_bounds": Variable(dims, "How many coordinates lie on the boundary of the box.", missing=-1),
        "iterations": Variable(dims, "Iterations of the search.", missing=-1),
        "distance": Variable(dims, "Distance from the start to the point (Euclidean)."),
        "start_root_speed": Variable(dims, "‖F(x) − x‖ at the start.", "1/step"),
    }


_EACH = ("search", "class")
VARIABLES = {
    **variables_of_a_search(*_EACH),
    "duplicate_of": Variable(_EACH, "The first class whose search ended at the same point.", missing=-1),
    "correct_at_start": Variable(("class",), "Share of the class' trials that were named rightly."),
    "start": Variable(("class", "coordinate"), "The class' mean state, where its search starts.", collected=False),
    "state": Variable((*_EACH, "coordinate"), "The point.", collected=False),
    "eigenvalue_real": Variable((*_EACH, "eigenvalue"), "Real parts of dF/dx's eigenvalues.", collected=False),
    "eigenvalue_imaginary": Variable((*_EACH, "eigenvalue"), "Their imaginary parts.", collected=False),
}

SLOW_POINTS = Measurement("slow_points", "slow points of classes", _slow_points, VARIABLES, settings=SlowPointSettings)
