"""The states of each class' trials during the delay, and their mean: where searches for slow points start."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from slowpoints._types import PRNGKey, State
from slowpoints.networks import MemoryNetwork
from slowpoints.recall._answers import balanced_images
from slowpoints.recall._hold import hold
from slowpoints.recall._lasting_noise import CommonNoise
from slowpoints.task import DelayedRecall, ImagesByClass


class ClassMeans(NamedTuple):
    """Per class, the mean state of the trials that were read out correctly.

    `known` is false for a class without such a trial; its state is then zero and means nothing.

    Example:
        >>> from slowpoints.recall import ClassMeans
        >>> ClassMeans._fields
        ('state', 'known', 'correct')
    """

    state: State
    known: Bool[np.ndarray, " class"]
    correct: Float[np.ndarray, " class"]


class ClassTrials(NamedTuple):
    """Trials of each class: their states, leading axes class and trial, and which would be named correctly.

    Example:
        >>> from slowpoints.recall import ClassTrials
        >>> ClassTrials._fields
        ('state', 'right')
    """

    state: State
    right: Bool[Array, "class trial"]

    def means(self) -> ClassMeans:
        """The mean of the right ones."""
        count = self.right.sum(1)

        def average(values: Array) -> Array:
            total = (values * self.right[..., None].astype(values.dtype)).sum(1)
            return total / jnp.maximum(count, 1)[:, None].astype(values.dtype)

        correct = np.asarray(count / self.right.shape[1])
        return ClassMeans(jax.tree.map(average, self.state), np.asarray(count > 0), correct)

    def first_right(self, number: int) -> State:
        """The states of the first right trials of each class, leading axes class and `number`.

        A class with fewer repeats its own; one without any has wrong ones.
        """
        right = np.asarray(self.right)
        first = np.argsort(~right, axis=1, kind="stable")
        among = np.arange(number)[None] % np.maximum(right.sum(1), 1)[:, None]
        chosen = np.take_along_axis(first, among, axis=1)
        return jax.tree.map(lambda leaf: jnp.take_along_axis(leaf, jnp.asarray(chosen)[..., None], axis=1), self.state)


def class_trials(
    network: MemoryNetwork,
    task: DelayedRecall,
    images: ImagesByClass,
    *,
    delay: int,
    images_per_class: int,
    key: PRNGKey,
    shown: int | None = None,
) -> ClassTrials:
    """Shows images at the first step and waits `delay` steps in one noise sequence that all trials share (the published
    scripts, in a third of the trained standard deviation; the paper's §6 gives the delay, 15, and the mean of a class).

    Where only so many classes have been `shown` the network names one of these, and no trial of the others is right.

    Example:
        >>> import jax
        >>> from slowpoints import GRU, load_corpus, MemoryNetwork
        >>> from slowpoints.recall import class_trials
        >>> from slowpoints.task import DelayedRecall, ImagesByClass, TaskSettings
        >>> network = MemoryNetwork.draw(GRU, image_shape=(8, 8), units=20, classes=10, key=jax.random.key(0))
        >>> corpus = load_corpus("digits")
        >>> task, images = DelayedRecall.of(TaskSettings(), corpus), ImagesByClass.of(corpus.train)
        >>> found = class_trials(network, task, images, delay=15, images_per_class=3, key=jax.random.key(1))
        >>> found.state.shape, found.right.shape
        ((10, 3, 20), (10, 3))
    """
    image_key, noise_key = jax.random.split(key)
    image, label = balanced_images(images, images_per_class, key=image_key)
    onset = jnp.zeros_like(image)
    (held,) = hold(
        network, task, images.pixels[image], onset, (delay,), noise=CommonNoise(), key=noise_key, shown=shown
    )
    state = jax.tree.map(lambda leaf: leaf.reshape(-1, images_per_class, *leaf.shape[1:]), held.state)
    return ClassTrials(state, (held.answer == label + 1).reshape(-1, images_per_class))
