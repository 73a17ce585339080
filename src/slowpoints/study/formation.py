"""What each class is through a network's training, without following any point: its pause and its accuracy in noise.

The pause, the first minimum of speed in time along the noise-free trajectory from the class' mean state, is measured at
every snapshot anew. It needs no continuation, and so checks those that do.
"""

import jax
import numpy as np

from slowpoints._keys import key_for
from slowpoints.data import Corpus
from slowpoints.dynamics import relax
from slowpoints.extrapolation import accuracy_in_noise
from slowpoints.networks import MemoryNetwork
from slowpoints.study.config import StudyConfig
from slowpoints.study.lifetimes import scores_of
from slowpoints.study.slow_points import mean_drive, step_under_mean_input, trials_of
from slowpoints.task import ImagesByClass
from slowpoints.training import NetworkRecipe

PAUSE = ("pause_root_speed", "pause", "lifetime", "censored")
"""What is kept of each class' noise-free trajectory, by `Relaxation`'s names."""


def pauses(config: StudyConfig, network: MemoryNetwork, recipe: NetworkRecipe, corpus: Corpus) -> dict[str, np.ndarray]:
    """The pause of each class of a network: arrays (class,), NaN or −1 for a class without a correct trial."""
    means = trials_of(config, network, recipe, corpus).means()
    # Classes without a mean state are relaxed from zero and left out, so that all snapshots compile once.
    relaxed = relax(
        step_under_mean_input(network, corpus.mean),
        jax.tree.map(np.asarray, means.state),
        scores=scores_of(network, mean_drive(network, corpus.mean, trigger=1.0)),
        labels=np.arange(corpus.classes) + 1,
        max_steps=config.tracking.pause_steps,
    )
    columns = {name: np.asarray(getattr(relaxed, name)) for name in PAUSE}
    return {
        name: np.where(means.known, values, np.nan if name == "pause_root_speed" else -1)
        for name, values in columns.items()
    }


def accuracies_in_noise(
    config: StudyConfig, network: MemoryNetwork, recipe: NetworkRecipe, corpus: Corpus
) -> np.ndarray:
    """The accuracy of each class on test images in more noise than trained: the same trials for every snapshot."""
    settings = config.tracking
    return accuracy_in_noise(
        network,
        ImagesByClass.of(corpus.test),
        factor=settings.noise,
        trials_per_class=settings.trials_per_class,
        timing=recipe.training.timing,
        trial_steps=recipe.training.trial_steps,
        mean=corpus.mean,
        std=corpus.std,
        key=key_for(recipe.seed, "formation"),
    )
