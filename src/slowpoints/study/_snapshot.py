"""A snapshot in a study's folder: where a search for its slow points starts, and under which input."""

from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Float

from slowpoints._types import State
from slowpoints.measurements import Subject
from slowpoints.measurements._slow_points import class_trials_of, SlowPointSettings
from slowpoints.study._config import settings_of
from slowpoints.study._folder import Study
from slowpoints.training import History, snapshot_path, snapshot_steps


class Beginning(NamedTuple):
    """Where a study's search of a network starts.

    - `states`: the mean states of the classes that the network names rightly, leading axis `point`; None if it names
      none.
    - `input`: the mean of what its unit is fed with while noise comes, and 0 for the trigger.

    Example:
        >>> from slowpoints.study import Beginning
        >>> Beginning._fields
        ('states', 'input')
    """

    states: State | None
    input: Float[np.ndarray, " feature"]


def beginning_of(path: Path) -> Beginning | None:
    """Where a study would start to search the network in a snapshot.

    Args:
        path: a file of weights.

    Returns:
        `Beginning`; None if the file is no snapshot of a study.

    Raises:
        InputError: if the study is damaged, or its corpus is not found.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints.study import beginning_of
        >>> print(beginning_of(Path("weights.safetensors")))  # it lies in no study
        None
    """
    path = path.resolve()
    folder = path.parent.parent
    home = folder.parent.parent
    if not (home / "study.json").exists():
        return None
    study = Study.open(home)
    if folder.name not in study.networks:
        return None
    recipe = study.networks[folder.name].recipe
    steps = [step for step in snapshot_steps(folder) if snapshot_path(folder, step) == path]
    if not steps:
        return None
    corpus, settings = study.open_corpus(), settings_of(study.config, "slow_points")
    assert isinstance(settings, SlowPointSettings)
    subject = Subject.of(recipe, History(folder, steps), corpus)
    means = class_trials_of(subject, subject.network, settings, subject.shown(steps[0])).means()
    states = None
    if means.known.any():
        states = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64)[means.known], means.state)
    return Beginning(states, np.append(subject.mean_features(subject.network), 0.0))
