"""Networks whose answers are known without running them."""

import jax.numpy as jnp
import numpy as np

from slowpoints.networks import Identity, MemoryNetwork, Readout, Tanh
from slowpoints.networks._unit import Weights
from slowpoints.task import DelayedRecall, ImagesByClass, Timing

CLASSES = 3
MEAN = 0.5
TASK = DelayedRecall(10, Timing(), MEAN, 1e-3)
"""Noise around the threshold of `perfect`'s units, too weak to move them."""


def images():
    """Class k's pictures are pixel k alone, but for a shade by which they differ; 2, 4 and 3 of them."""
    count = np.array([2, 4, 3])
    shade = 1 - np.concatenate([np.arange(c) for c in count]) / 100
    pixels = np.eye(CLASSES)[np.repeat(np.arange(CLASSES), count)] * shade[:, None]
    return ImagesByClass(
        jnp.asarray(pixels, jnp.float32),
        jnp.asarray(np.cumsum(count) - count, jnp.int32),
        jnp.asarray(count, jnp.int32),
    )


def perfect():
    """A latch for each class and a unit that sees the trigger: never wrong, however long the delay."""
    n = CLASSES + 1
    incoming, recurrent = np.zeros((CLASSES, n)), np.zeros((n, n))
    incoming[:, :CLASSES] = 20 * np.eye(CLASSES)
    recurrent[:CLASSES, :CLASSES] = 2 * np.eye(CLASSES)
    trigger, bias = np.zeros(n), np.full(n, -20 * MEAN)
    trigger[CLASSES], bias[CLASSES] = 20, -10
    weight = np.zeros((n, CLASSES + 1))
    for k in range(CLASSES):
        weight[k, k + 1], weight[CLASSES, k + 1] = 5, 10
    return network(incoming, trigger, recurrent, bias, weight, np.zeros(CLASSES + 1))


def always(output):
    """Gives this output's answer at every step."""
    n = 2
    bias = np.zeros(CLASSES + 1)
    bias[output] = 1
    return network(np.ones((CLASSES, n)), np.ones(n), np.eye(n), np.zeros(n), np.zeros((n, CLASSES + 1)), bias)


def network(incoming, trigger, recurrent, bias, weight, readout_bias):
    weights = Weights(*(jnp.asarray(a, jnp.float32) for a in (incoming, trigger, recurrent, bias)))
    readout = Readout(jnp.asarray(weight, jnp.float32), jnp.asarray(readout_bias, jnp.float32), "linear")
    return MemoryNetwork(Identity((CLASSES,)), Tanh(weights), readout)
