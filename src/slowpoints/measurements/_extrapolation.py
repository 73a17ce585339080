"""How far memories hold beyond what they were trained for: longer delays, more noise, a second retrieval."""

import dataclasses
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from slowpoints._errors import InputError
from slowpoints._options import check_once, check_ranges, option
from slowpoints._types import PRNGKey
from slowpoints.measurements._measurement import labelled, Measurement, Variable
from slowpoints.networks import MemoryNetwork
from slowpoints.recall import answers, balanced_images, hold, lasting_noise
from slowpoints.task import DelayedRecall, ImagesByClass, SharedNoise, TaskSettings, Trials

SPLITS = ("train", "test")
"""The images a network is tested on."""


@dataclasses.dataclass(frozen=True)
class ExtrapolationSettings:
    """Which conditions a network is tested in. Raises `InputError` for conditions that make no sense."""

    delays: tuple[int, ...] = option(
        (5, 10, 15, 20, 35, 50, 100, 200, 350, 500, 1000),
        "Times from image to trigger, increasing.",
        low=1,
        high=10_000_000,
        unit="steps",
    )
    noise: tuple[float, ...] = option(
        (1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0),
        "Factors on the trained standard deviation of the noise.",
        low=0.0,
        high=1000.0,
    )
    trials_per_class: int = option(
        100, "Trials a class in every condition, on test and on training images each.", low=1, high=1_000_000
    )
    first_trigger: int = option(
        12, "When the first of two retrievals is asked for (the paper: t = 12).", low=1, high=100_000, unit="steps"
    )
    second_trigger: int = option(19, "When the second is (lost in the paper).", low=1, high=100_000, unit="steps")

    def __post_init__(self):
        check_ranges(self)
        check_once(self, "delays", "noise")
        if list(self.delays) != sorted(self.delays):
            raise InputError("delays must increase.")
        if self.first_trigger >= self.second_trigger:
            raise InputError(
                f"first_trigger must be below second_trigger ({self.second_trigger}); got {self.first_trigger}."
            )


def _fits(settings: ExtrapolationSettings, task: TaskSettings) -> None:
    if settings.first_trigger < task.shortest_delay:
        raise InputError(
            f"measurements.extrapolation.first_trigger must be at least task.shortest_delay ({task.shortest_delay}); "
            f"got {settings.first_trigger}."
        )


def _extrapolation(subject, settings: ExtrapolationSettings, needed, note):
    measured = []
    for name in SPLITS:
        note(f"extrapolating, {name} images")
        images: ImagesByClass = getattr(subject, name)
        key = subject.key(f"extrapolation {name}")
        in_noise = tuple(subject.in_noise(subject.network, factor) for factor in settings.noise)
        measured.append(accuracies(subject.network, subject.task, images, settings, in_noise=in_noise, key=key))
    return labelled(
        VARIABLES,
        {
            "split": SPLITS,
            "class": range(subject.corpus.classes),
            "delay": settings.delays,
            "noise": settings.noise,
            "retrieval": (1, 2),
        },
        {name: np.stack([accuracy[name] for accuracy in measured]) for name in VARIABLES},
    )


def accuracies(
    network: MemoryNetwork,
    task: DelayedRecall,
    images: ImagesByClass,
    settings: ExtrapolationSettings,
    *,
    in_noise: Sequence[DelayedRecall],
    key: PRNGKey,
) -> dict[str, np.ndarray]:
    """All accuracies of one network on one split, by the names of `VARIABLES`, without the axis `split`.

    Onsets are those of training; in the second-retrieval test those too late for its first trigger are moved to the
    last that leaves the shortest delay. The noise test has the nominal timing and, one after the other, the tasks
    `in_noise`, one for each of the settings' factors. The paper's tables of a second retrieval print "12 = 12": two
    readings are measured, a second trigger later than the first, and a retrieval at one time as the first and as the
    second.
    """
    keys = iter(jax.random.split(key, 5))
    image, label = balanced_images(images, settings.trials_per_class, key=next(keys))
    onset, trigger = task.timing.draw(next(keys), image.shape[0], task.steps)
    nominal = Trials(image, label, onset, trigger[:, None])
    noise_key, delay_key, second_key = keys

    def run(trials: Trials, task: DelayedRecall, steps: int, key: PRNGKey) -> Int[Array, "step trial"]:
        noise = SharedNoise(max(256, steps))
        return answers(network, task, images, trials, steps=steps, noise=noise, key=key)

    at_factor = [run(nominal, each, task.steps, noise_key) for each in (task, *in_noise)]
    second = Trials(
        image,
        label,
        jnp.minimum(onset, settings.first_trigger - task.timing.shortest_delay),
        jnp.broadcast_to(jnp.array([settings.first_trigger, settings.second_trigger], jnp.int32), (image.shape[0], 2)),
    )
    # The same trials and noise with and without an earlier trigger, halfway, so that nothing else differs.
    earlier = max(settings.first_trigger // 2, task.timing.shortest_delay)
    before = jnp.minimum(onset, earlier - task.timing.shortest_delay)
    alone, again = (
        Trials(image, label, before, jnp.broadcast_to(jnp.array(when, jnp.int32), (image.shape[0], len(when))))
        for when in ((settings.first_trigger,), (earlier, settings.first_trigger))
    )
    again_key = jax.random.fold_in(key, 0)
    held = hold(
        network, task, images.pixels[image], onset, settings.delays, noise=lasting_noise(network), key=delay_key
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

    silent = np.arange(task.steps)[:, None] != np.asarray(trigger)[None]
    nominal_accuracy, *noise_accuracy = (at_triggers(answer, nominal)[0] for answer in at_factor)
    return {
        "nominal_accuracy": nominal_accuracy,
        "null_accuracy": (np.asarray(at_factor[0]) == 0)[silent].mean(),
        "delay_accuracy": np.stack([by_class(h.answer) for h in held]),
        "noise_accuracy": np.stack(noise_accuracy),
        "retrieval_accuracy": at_triggers(run(second, task, settings.second_trigger + 1, second_key), second),
        "same_time_accuracy": np.stack(
            [
                at_triggers(run(trials, task, settings.first_trigger + 1, again_key), trials)[-1]
                for trials in (alone, again)
            ]
        ),
    }


def accuracy_in_noise(
    network: MemoryNetwork,
    task: DelayedRecall,
    images: ImagesByClass,
    *,
    trials_per_class: int,
    key: PRNGKey,
    shown: int | None = None,
) -> Float[np.ndarray, " class"]:
    """The fraction of right answers at the trigger, by class, at nominal timing in the task's noise.

    Where only so many classes have been `shown`, answers are among these, and the others have none: NaN.

    With the same key, networks see the same trials and noise.
    """
    trial_key, noise_key = jax.random.split(key)
    image_key, time_key = jax.random.split(trial_key)
    image, label = balanced_images(images, trials_per_class, key=image_key)
    onset, trigger = task.timing.draw(time_key, image.shape[0], task.steps)
    trials = Trials(image, label, onset, trigger[:, None])
    noise = SharedNoise(max(256, task.steps))
    answer = answers(network, task, images, trials, steps=task.steps, noise=noise, key=noise_key, shown=shown)
    right = jnp.take_along_axis(answer, trials.trigger.T, axis=0)[0] == label + 1
    accuracy = np.asarray(right.reshape(-1, trials_per_class).mean(1))
    return accuracy if shown is None else np.where(np.arange(len(accuracy)) < shown, accuracy, np.nan)


_SHARE = "Share of right answers at the trigger"
VARIABLES = {
    "nominal_accuracy": Variable(("split", "class"), f"{_SHARE}, trials as in training."),
    "null_accuracy": Variable(("split",), "Share of right answers (null) at all other times of these trials."),
    "delay_accuracy": Variable(("split", "delay", "class"), f"{_SHARE} after a delay of so many steps."),
    "noise_accuracy": Variable(("split", "noise", "class"), f"{_SHARE} in noise of so many times the trained."),
    "retrieval_accuracy": Variable(("split", "retrieval", "class"), f"{_SHARE}, the first and the second."),
    "same_time_accuracy": Variable(
        ("split", "retrieval", "class"),
        f"{_SHARE} at first_trigger, as the first retrieval and as the second after one halfway to it.",
    ),
}

EXTRAPOLATION = Measurement(
    "extrapolation",
    "accuracies beyond training",
    _extrapolation,
    VARIABLES,
    settings=ExtrapolationSettings,
    revision=2,
    check=_fits,
)
