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
from slowpoints.training import History, snapshot_path


class Beginning(NamedTuple):
    """Where a study's search of a network starts.

    - `states`: the mean states of the classes that the network names rightly, leading axis `point`.
    - `input`: the mean of what its unit is fed with while noise comes, and 0 for the trigger.

    Example:
        >>> from slowpoints.study import Beginning
        >>> Beginning._fields
        ('states', 'input')
    """

    states: State
    input: Float[np.ndarray, " feature"]


def beginning_of(path: Path) -> Beginning | None:
    """Where a study would start to search the network in a snapshot.

    Args:
        path: a file of weights.

    Returns:
        `Beginning`; None if the file is no snapshot of a study, or its network names no class rightly.

    Raises:
        InputError: if the study is damaged, or its corpus is not found.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints.study import beginning_of
        >>> print(beginning_of(Path("weights.safetensors")))  # it lies in no study
        None
    """
    folder = path.resolve().parent.parent
    home = folder.parent.parent
    if not (home / "study.json").exists():
        return None
    study = Study.open(home)
    if folder.name not in study.networks:
        return None
    recipe = study.networks[folder.name].recipe
    steps = [int(one.stem.rpartition("-")[2]) for one in folder.glob("snapshots/step-*.safetensors")]
    (step,) = (one for one in steps if snapshot_path(folder, one).name == path.name)
    corpus, settings = study.open_corpus(), settings_of(study.config, "slow_points")
    assert isinstance(settings, SlowPointSettings)
    subject = Subject.of(recipe, History(folder, (step,)), corpus)
    means = class_trials_of(subject, subject.network, settings, subject.shown(step)).means()
    if not means.known.any():
        return None
    states = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64)[means.known], means.state)
    return Beginning(states, np.append(subject.mean_features(subject.network), 0.0))
