"""All of a network's accuracies, per class, on one split."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from slowpoints._types import PRNGKey
from slowpoints.extrapolation._delay import hold
from slowpoints.extrapolation._noise import MirroredNoise
from slowpoints.extrapolation._settings import ExtrapolationSettings
from slowpoints.extrapolation._trials import answers, balanced_images
from slowpoints.networks import MemoryNetwork
from slowpoints.task import ImagesByClass, SharedNoise, Timing, Trials


class Accuracies(NamedTuple):
    """Fractions of right answers at the trigger, in [0, 1], by class; `null` over all other steps of nominal trials.

    `nominal`: trials as in training. `delay`, `noise`: by condition. `second_retrieval`: first and second.
    """

    nominal: Float[np.ndarray, " class"]
    null: Float[np.ndarray, ""]
    delay: Float[np.ndarray, "delay class"]
    noise: Float[np.ndarray, "noise class"]
    second_retrieval: Float[np.ndarray, "retrieval class"]


def accuracy_in_noise(
    network: MemoryNetwork,
    images: ImagesByClass,
    *,
    factor: float,
    trials_per_class: int,
    timing: Timing,
    trial_steps: int,
    mean: float,
    std: float,
    key: PRNGKey,
) -> Float[np.ndarray, " class"]:
    """The fraction of right answers at the trigger, by class, at nominal timing in `factor` times the trained noise.

    With the same key, networks see the same trials and noise.
    """
    trial_key, noise_key = jax.random.split(key)
    trials, label = _nominal_trials(images, trials_per_class, timing, trial_steps, key=trial_key)
    answer = answers(
        network,
        images,
        trials,
        steps=trial_steps,
        noise=SharedNoise(max(256, trial_steps)),
        mean=mean,
        std=factor * std,
        key=noise_key,
    )
    right = jnp.take_along_axis(answer, trials.trigger.T, axis=0)[0] == label + 1
    return np.asarray(right.reshape(-1, trials_per_class).mean(1))


def _nominal_trials(
    images: ImagesByClass, per_class: int, timing: Timing, trial_steps: int, *, key: PRNGKey
) -> tuple[Trials, Int[Array, " trial"]]:
    """Trials as in training, as many of every class, class after class; and their labels."""
    image_key, time_key = jax.random.split(key)
    image, label = balanced_images(images, per_class, key=image_key)
    onset, trigger = timing.draw(time_key, image.shape[0], trial_steps)
    return Trials(image, label, onset, trigger[:, None]), label


EVALUATION_NOISE = MirroredNoise()
"""Noise of the long runs."""


def measure(
    network: MemoryNetwork,
    images: ImagesByClass,
    settings: ExtrapolationSettings,
    *,
    timing: Timing,
    trial_steps: int,
    mean: float,
    std: float,
    key: PRNGKey,
) -> Accuracies:
    """Measures one network on one split of a corpus.

    Onsets are those of training; in the second-retrieval test those too late for its first trigger are moved to the
    last that leaves the shortest delay. `mean`, `std` are the noise's moments as trained; the noise test multiplies
    `std` by its factors, at the nominal timing.
    """
    keys = iter(jax.random.split(key, 5))
    image, label = balanced_images(images, settings.trials_per_class, key=next(keys))
    onset, trigger = timing.draw(next(keys), image.shape[0], trial_steps)
    nominal = Trials(image, label, onset, trigger[:, None])
    noise_key, delay_key, second_key = keys

    def run(trials: Trials, factor: float, steps: int, key: PRNGKey) -> Int[Array, "step trial"]:
        noise = SharedNoise(max(256, steps))
        return answers(network, images, trials, steps=steps, noise=noise, mean=mean, std=factor * std, key=key)

    at_factor = [run(nominal, factor, trial_steps, noise_key) for factor in (1.0, *settings.noise)]
    second = Trials(
        image,
        label,
        jnp.minimum(onset, settings.first_trigger - timing.shortest_delay),
        jnp.broadcast_to(jnp.array([settings.first_trigger, settings.second_trigger], jnp.int32), (image.shape[0], 2)),
    )
    held = hold(
        network,
        images.pixels[image],
        onset,
        settings.delays,
        noise=EVALUATION_NOISE,
        mean=mean,
        std=std,
        key=delay_key,
    )
    classes = images.first.shape[0]

    def by_class(answer: Int[Array, " trial"]) -> Float[np.ndarray, " class"]:
        return np.asarray(answer == label + 1).reshape(classes, -1).mean(1)

    def at_triggers(answer: Int[Array, "step trial"], trials: Trials) -> Float[np.ndarray, "retrieval class"]:
        return np.stack(
            [
                by_class(jnp.take_along_axis(answer, when[None], axis=0)[0])
                for when in jnp.moveaxis(trials.trigger, 1, 0)
            ]
        )

    silent = np.arange(trial_steps)[:, None] != np.asarray(trigger)[None]
    nominal_accuracy, *noise_accuracy = (at_triggers(answer, nominal)[0] for answer in at_factor)
    return Accuracies(
        nominal=nominal_accuracy,
        null=(np.asarray(at_factor[0]) == 0)[silent].mean(),
        delay=np.stack([by_class(h.answer) for h in held]),
        noise=np.stack(noise_accuracy),
        second_retrieval=at_triggers(run(second, 1.0, settings.second_trigger + 1, second_key), second),
    )
