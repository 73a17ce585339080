"""The loss and the score by loops over every trial, step and output."""

import numpy as np


def loss_and_score(outputs, labels, triggers, vocabulary, trial_steps):
    """`outputs` [step, batch, output]; `triggers` a collection of steps for each trial.

    The mean is over batch × outputs × `trial_steps`.
    """
    steps, batch, width = outputs.shape
    total, classes, nulls = 0.0, [], []
    for b in range(batch):
        for t in range(steps):
            seen = range(vocabulary + 1)
            largest = max(outputs[t, b, k] for k in seen)
            partition = sum(np.exp(outputs[t, b, k] - largest) for k in seen)
            report = t in triggers[b]
            required = labels[b] + 1 if report else 0
            for k in seen:
                log_p = outputs[t, b, k] - largest - np.log(partition)
                total -= (k == required) * log_p * (1 + (trial_steps - 1) * report)
            answer = max(seen, key=lambda k: outputs[t, b, k])
            (classes if report else nulls).append(answer == required)
    return total / (batch * width * trial_steps), np.mean(classes), np.mean(nulls)
