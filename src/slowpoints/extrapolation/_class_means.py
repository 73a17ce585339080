"""The mean state of each class during the delay: where the search for slow points starts."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from slowpoints._types import PRNGKey, State
from slowpoints.extrapolation._delay import hold
from slowpoints.extrapolation._noise import CommonNoise
from slowpoints.extrapolation._trials import balanced_images
from slowpoints.networks import MemoryNetwork
from slowpoints.task import ImagesByClass


class ClassMeans(NamedTuple):
    """Per class, the mean state of the trials that were read out correctly.

    `known` is false for a class without such a trial; its state is then zero and means nothing.
    """

    state: State
    known: Bool[np.ndarray, " class"]
    correct: Float[np.ndarray, " class"]


def class_means(
    network: MemoryNetwork,
    images: ImagesByClass,
    *,
    delay: int,
    images_per_class: int,
    mean: float,
    std: float,
    key: PRNGKey,
) -> ClassMeans:
    """Shows images at the first step, waits `delay` steps in one noise sequence that all trials share, and
    averages the states of those trials whose class would be named (the paper's §6; its scripts use a third of the
    trained standard deviation). `correct` is the fraction of such trials a class.
    """
    image_key, noise_key = jax.random.split(key)
    image, label = balanced_images(images, images_per_class, key=image_key)
    (held,) = hold(
        network,
        images.pixels[image],
        jnp.zeros_like(image),
        (delay,),
        noise=CommonNoise(),
        mean=mean,
        std=std,
        key=noise_key,
    )
    right = (held.answer == label + 1).reshape(-1, images_per_class)
    count = right.sum(1)

    def average(values: Array) -> Array:
        by_class = values.reshape(right.shape[0], images_per_class, -1)
        total = (by_class * right[..., None].astype(values.dtype)).sum(1)
        return total / jnp.maximum(count, 1)[:, None].astype(values.dtype)

    return ClassMeans(jax.tree.map(average, held.state), np.asarray(count > 0), np.asarray(count / images_per_class))
