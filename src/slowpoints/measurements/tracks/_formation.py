"""What each class is through a network's training, without following any point: its pause and its accuracy in noise.

The pause, the first minimum of speed in time along the noise-free trajectory from the class' mean state, is measured at
every snapshot anew. It needs no continuation, and so checks those that do.
"""

import jax
import numpy as np

from slowpoints.dynamics import relax
from slowpoints.measurements._extrapolation import accuracy_in_noise
from slowpoints.measurements._measurement import Subject, Variable
from slowpoints.measurements._slow_points import class_trials_of, SlowPointSettings
from slowpoints.networks import MemoryNetwork

_EACH = ("class", "step")
PAUSE = {
    "pause_root_speed": Variable(
        _EACH, "‖F(x) − x‖ at the first minimum in time from the class' mean state.", "1/step"
    ),
    "pause": Variable(_EACH, "When that is; −1 for never.", "steps", -1),
    "lifetime": Variable(_EACH, "Steps without noise until the answer changes.", "steps", -1),
    "censored": Variable(_EACH, "Whether the answer had not changed by the end (1) or had (0).", missing=-1),
}
"""What is kept of each class' noise-free trajectory."""

NOISY_ACCURACY = Variable(
    _EACH, "Share of right answers at the trigger in more noise than trained, among classes shown so far."
)


def pauses(
    subject: Subject, network: MemoryNetwork, starts: SlowPointSettings, *, shown: int, max_steps: int
) -> dict[str, np.ndarray]:
    """The pause of each class of a network, by the names of `PAUSE`: arrays (class,); of the `shown` classes alone."""
    means, under = class_trials_of(subject, network, starts, shown).means(), subject.under_noise(network)
    # Classes without a mean state are relaxed from zero and left out, so that all snapshots compile once.
    relaxed = relax(
        under,
        jax.tree.map(np.asarray, means.state),
        scores=under.scores_among(shown),
        labels=np.arange(subject.corpus.classes) + 1,
        max_steps=max_steps,
    )
    return {
        name: np.where(means.known, np.asarray(getattr(relaxed, name)), variable.missing)
        for name, variable in PAUSE.items()
    }


def accuracies(
    subject: Subject, network: MemoryNetwork, *, shown: int, noise: float, trials_per_class: int
) -> np.ndarray:
    """The accuracy of each of the `shown` classes on test images in more noise than trained, NaN for the others: the
    same trials for every snapshot."""
    return accuracy_in_noise(
        network,
        subject.in_noise(network, noise),
        subject.test,
        trials_per_class=trials_per_class,
        key=subject.key("formation"),
        shown=shown,
    )
