"""Loss and accuracies through training, beside the curriculum."""

import numpy as np

from slowpoints.measurements._measurement import labelled, Measurement, Variable
from slowpoints.protocols import Protocol


def _learning(subject, settings, needed, note):
    metrics = subject.history.metrics
    return labelled(
        _VARIABLES,
        {"step": metrics["step"]},
        {name: metrics[name] for name in ("loss", "class_accuracy", "null_accuracy")}
        | curriculum(subject.protocol, metrics["step"]),
    )


def curriculum(protocol: Protocol, steps: np.ndarray) -> dict[str, np.ndarray]:
    """The longest delay and the vocabulary at each training step.

    A row tells of the steps before it, so the curriculum it belongs to is that of the step just before.
    """
    return {
        name: np.array([getattr(protocol, name)(max(int(step) - 1, 0)) for step in steps], float)
        for name in ("longest_delay", "vocabulary")
    }


CURRICULUM = {
    "longest_delay": Variable(("step",), "Steps of a trial at that time in training (T_max).", "steps"),
    "vocabulary": Variable(("step",), "How many classes are shown at that time in training."),
}

_VARIABLES = {
    "loss": Variable(("step",), "Mean loss since the row before."),
    "class_accuracy": Variable(("step",), "Share of right answers at the trigger since the row before."),
    "null_accuracy": Variable(("step",), "Share of right answers at all other times since the row before."),
    **CURRICULUM,
}

LEARNING = Measurement("learning", "loss and accuracies through training", _learning, _VARIABLES, reads_metrics=True)
