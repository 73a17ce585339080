"""Whether slow points depend on what the searches for them chose: the constant input, and where they began."""

import dataclasses
from typing import Any

import jax
import numpy as np

from slowpoints._options import check_ranges, option
from slowpoints._types import State
from slowpoints.dynamics import find_slow_points, Newton
from slowpoints.measurements._measurement import labelled, Measurement, spread, Subject, Variable
from slowpoints.measurements._slow_points import class_trials_of, table_of, variables_of_a_search
from slowpoints.networks import ConstantInput

_KEPT = ("root_speed", "outcome", "readout_class", "leading_eigenvalue", "iterations")
"""What is kept of these searches."""


@dataclasses.dataclass(frozen=True)
class RobustnessSettings:
    """How it is told whether slow points depend on how they were searched. Raises `InputError` out of range."""

    trials: int = option(3, "How many more searches a class begin at the state of a single trial.", low=1, high=1000)

    def __post_init__(self):
        check_ranges(self)


def _robustness(subject: Subject, settings: RobustnessSettings, needed, note):
    """The slow points again, by Newton, in two other ways.

    - *other input*: from the class means, under one noise image, drawn once and kept on, instead of their mean.
    - *trial*: under the mean noise image, from the states of single trials that would be named rightly, out of those
      that the class means are of.
    """
    note("searching slow points in other ways")
    network, of_points = subject.network, needed["slow_points"].settings
    trials = class_trials_of(subject, network, of_points)
    means = trials.means()
    known = means.known
    arrays: dict[str, Any] = {}

    def search(under: ConstantInput, states: State) -> dict[str, np.ndarray]:
        starts = jax.tree.map(lambda leaf: np.asarray(leaf)[known], states)
        solver = Newton(max_iterations=of_points.newton_iterations)
        found = find_slow_points(under, starts, domain=network.unit.domain(), solver=solver)
        table = table_of(under, starts, found, None)
        return {name: spread(table[name], known, _VARIABLES[f"other_input_{name}"].missing) for name in _KEPT}

    if known.any():
        image = subject.task.noise_images(jax.random.normal(subject.key("other input"), (network.pixels,)))
        other = search(network.under(network.front_end(image)), means.state)
        arrays |= {f"other_input_{name}": rows for name, rows in other.items()}
        first = trials.first_right(settings.trials)
        # As many at a time as there are classes: a search of that shape is compiled already.
        each = [
            search(subject.under_mean_noise, jax.tree.map(lambda leaf, k=k: leaf[:, k], first))
            for k in range(settings.trials)
        ]
        arrays |= {f"trial_{name}": np.stack([rows[name] for rows in each], axis=1) for name in _KEPT}
    return labelled(_VARIABLES, {"class": range(len(known)), "trial": range(settings.trials)}, arrays)


def _kept(prefix: str, *dims: str) -> dict[str, Variable]:
    return {f"{prefix}_{name}": variables_of_a_search(*dims)[name] for name in _KEPT}


_VARIABLES = {**_kept("other_input", "class"), **_kept("trial", "class", "trial")}

ROBUSTNESS = Measurement(
    "robustness",
    "slow points searched in other ways",
    _robustness,
    _VARIABLES,
    settings=RobustnessSettings,
    needs=("slow_points",),
)
