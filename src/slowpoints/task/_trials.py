"""A batch of trials, kept small: which image, when it comes, when it is asked for."""

from typing import Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from slowpoints._types import PRNGKey
from slowpoints.data import Split
from slowpoints.task._delayed_recall import DelayedRecall


class ImagesByClass(eqx.Module):
    """One split of a corpus as arrays on the device, sorted by class.

    - `pixels`: all images, flattened, in [0, 1].
    - `first`, `count`: class k's images are `pixels[first[k] : first[k] + count[k]]`. An ensemble whose networks have
      the classes in orders of their own has a row for each network.

    Example:
        >>> from slowpoints import load_corpus
        >>> from slowpoints.task import ImagesByClass
        >>> ImagesByClass.of(load_corpus("digits").train).count.shape
        (10,)
    """

    pixels: Float[Array, "image pixel"]
    first: Int[Array, "*network class"]
    count: Int[Array, "*network class"]

    @classmethod
    def of(cls, split: Split, order: Int[np.ndarray, "*network class"] | None = None) -> Self:
        """A split's arrays on the device.

        Args:
            split: the split.
            order: which class of the split class k is to be; as they are, if None.
        """
        order = np.arange(split.count.size) if order is None else order
        return cls(jnp.asarray(split.images), jnp.asarray(split.first[order]), jnp.asarray(split.count[order]))


class Trials(eqx.Module):
    """A batch of trials. Times are steps counted from 0.

    - `image`: index into the images of the split.
    - `label`: the class, 0 … classes − 1 (the network's output for it is `label + 1`; output 0 is *null*).
    - `onset`: the step (t_s) at which the image replaces the noise.
    - `trigger`: the steps (t_a) at which the trigger channel is 1, one column a retrieval; training has one,
      the second-retrieval test two.

    Example:
        >>> import jax.numpy as jnp
        >>> from slowpoints.task import Trials
        >>> trials = Trials(jnp.array([0]), label=jnp.array([1]), onset=jnp.array([0]), trigger=jnp.array([[4]]))
        >>> int(trials.trigger[0, 0] - trials.onset[0])  # the delay
        4
    """

    image: Int[Array, " batch"]
    label: Int[Array, " batch"]
    onset: Int[Array, " batch"]
    trigger: Int[Array, "batch retrieval"]


def draw_trials(
    task: DelayedRecall,
    images: ImagesByClass,
    *,
    batch: int,
    longest_delay: int,
    vocabulary: Int[Array, ""] | int,
    key: PRNGKey,
) -> Trials:
    """Trials as training sees them: classes of the vocabulary equally likely, whatever the corpus' counts; within
    a class every image equally likely; times by the task's timing.

    Args:
        task: the task.
        images: of the split that trials show.
        batch: how many trials.
        longest_delay: T_max, the number of steps a trial lasts (static).
        vocabulary: the number of classes in use, the first ones (may be traced).
        key: of all that is drawn.

    Example:
        >>> import jax
        >>> from slowpoints import load_corpus
        >>> from slowpoints.task import DelayedRecall, draw_trials, ImagesByClass, TaskSettings
        >>> corpus = load_corpus("digits")
        >>> task, images = DelayedRecall.of(TaskSettings(), corpus), ImagesByClass.of(corpus.train)
        >>> trials = draw_trials(task, images, batch=100, longest_delay=20, vocabulary=2, key=jax.random.key(0))
        >>> set(trials.label.tolist())
        {0, 1}
    """
    label_key, image_key, time_key = jax.random.split(key, 3)
    label = jax.random.randint(label_key, (batch,), 0, jnp.asarray(vocabulary, jnp.int32))
    image = images.first[label] + jax.random.randint(image_key, (batch,), 0, images.count[label])
    onset, trigger = task.timing.draw(time_key, batch, longest_delay)
    return Trials(image, label, onset, trigger[:, None])
