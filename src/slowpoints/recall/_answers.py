"""Running a network through short trials, one answer a step."""

import functools

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int

from slowpoints._types import PRNGKey
from slowpoints.networks import MemoryNetwork, outputs_during, trial_drives
from slowpoints.task import AbstractNoise, DelayedRecall, ImagesByClass, Trials


def balanced_images(
    images: ImagesByClass, per_class: int, *, key: PRNGKey
) -> tuple[Int[Array, " trial"], Int[Array, " trial"]]:
    """`per_class` images of every class and their labels, class after class.

    Images of a class are taken in a random order, each once before any comes again.

    Example:
        >>> import jax
        >>> from slowpoints import load_corpus
        >>> from slowpoints.recall import balanced_images
        >>> from slowpoints.task import ImagesByClass
        >>> image, label = balanced_images(ImagesByClass.of(load_corpus("digits").test), 2, key=jax.random.key(0))
        >>> label[:4].tolist()
        [0, 0, 1, 1]
    """
    image, label = [], []
    for k, (first, count) in enumerate(zip(images.first.tolist(), images.count.tolist(), strict=True)):
        order = jax.random.permutation(jax.random.fold_in(key, k), count)
        image.append(first + order[jnp.arange(per_class) % count])
        label.append(jnp.full(per_class, k, jnp.int32))
    return jnp.concatenate(image).astype(jnp.int32), jnp.concatenate(label)


@functools.partial(jax.jit, static_argnames=("noise", "steps"))
def answers(
    network: MemoryNetwork,
    task: DelayedRecall,
    images: ImagesByClass,
    trials: Trials,
    *,
    steps: int,
    noise: AbstractNoise,
    key: PRNGKey,
    shown: Int[Array, ""] | int | None = None,
) -> Int[Array, "step trial"]:
    """The largest output at every step of every trial: 0 is *null*, k + 1 is class k, of all or of the `shown` first.

    Needs memory that grows with `steps`; for long delays there is `hold`.

    Example:
        >>> import jax
        >>> from slowpoints import GRU, load_corpus, MemoryNetwork
        >>> from slowpoints.recall import answers
        >>> from slowpoints.task import DelayedRecall, draw_trials, ImagesByClass, SharedNoise, TaskSettings
        >>> key = jax.random.key(0)
        >>> network = MemoryNetwork.draw(GRU, image_shape=(8, 8), units=20, classes=10, key=key)
        >>> corpus = load_corpus("digits")
        >>> task, images = DelayedRecall.of(TaskSettings(), corpus), ImagesByClass.of(corpus.train)
        >>> trials = draw_trials(task, images, batch=4, longest_delay=20, vocabulary=10, key=key)
        >>> answers(network, task, images, trials, steps=20, noise=SharedNoise(32), key=key).shape
        (20, 4)
    """
    drives = trial_drives(network, task, images.pixels, trials, steps=steps, noise=noise, key=key)
    _, outputs = outputs_during(network, network.unit.initial_state(trials.image.shape[0]), drives)
    return network.answer(outputs, shown)
