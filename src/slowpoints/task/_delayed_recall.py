"""The delayed-recall task as one object: how long a trial is, when things happen in it, and in what noise."""

import dataclasses
from typing import Literal, Self

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from slowpoints._options import check_ranges, option
from slowpoints._types import PRNGKey
from slowpoints.data import Corpus
from slowpoints.task._input_noise import InputNoise
from slowpoints.task._timing import Timing


@dataclasses.dataclass(frozen=True)
class TaskSettings:
    """The task's options. Defaults are those of the published scripts.

    Raises `InputError` for a number out of its range, or a trial too short for its shortest delay.

    Example:
        >>> from slowpoints import TaskSettings
        >>> TaskSettings(trial_steps=10).shortest_delay
        4
    """

    revision = 1
    """Raised when these options begin to mean another task; part of a network's identity."""

    trial_steps: int = option(20, "Steps of a trial once the task is complete (T).", low=2, high=10_000, unit="steps")
    shortest_delay: int = option(
        4, "The least time from image to trigger (the paper's text: 5).", low=1, high=10_000, unit="steps"
    )
    joint_timing: bool = option(
        False, "Draw onset and trigger together from all allowed pairs, instead of one after the other."
    )
    noise_moments: Literal["scalar", "pixel"] = option(
        "scalar",
        "Mean and deviation of noise: one for all pixels (the paper's appendix) or each pixel's own (its main text).",
        before="scalar",
    )
    report_weight: Literal["steps", "longest_delay"] = option(
        "steps",
        "What reporting weighs in the loss, beside 1 for null: trial_steps throughout (the scripts), or the longest "
        "delay at that time in training (the paper's text).",
        before="steps",
    )

    def __post_init__(self):
        check_ranges(self)
        # One sentence for what `Timing` would find later.
        Timing(self.shortest_delay, self.joint_timing).check(self.trial_steps, "trial_steps")


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class DelayedRecall:
    """See an image among noise, keep it in mind, name it when the trigger comes.

    - `steps`: T, the steps of a trial once the task is complete.
    - `timing`: the rule for onset and trigger.
    - `mean`, `std`: the moments of a noise pixel, or of each (pixels have no unit: 0 is black, 1 is white).
    - `report_weight`: see `TaskSettings`.
    - `input_noise`: noise of another strength at the unit's input; None for noise images alone.

    The moments are leaves of a pytree, so that a compiled program serves noise of any strength; where the task is
    static they are compiled in.

    Example:
        >>> from slowpoints.task import DelayedRecall, Timing
        >>> task = DelayedRecall(20, Timing(), mean=0.5, std=0.25)
        >>> task.in_noise(2.0).std
        0.5
    """

    steps: int = dataclasses.field(metadata={"static": True})
    timing: Timing = dataclasses.field(metadata={"static": True})
    mean: Float[Array, "*pixel"] | float
    std: Float[Array, "*pixel"] | float
    report_weight: Literal["steps", "longest_delay"] = dataclasses.field(default="steps", metadata={"static": True})
    input_noise: InputNoise | None = None

    @classmethod
    def of(cls, settings: TaskSettings, corpus: Corpus) -> Self:
        """The task on a corpus' images, in noise of the corpus' moments."""
        timing = Timing(settings.shortest_delay, settings.joint_timing)
        moments = corpus.mean, corpus.std
        if settings.noise_moments == "pixel":
            images = corpus.train.images
            mean, std = images.mean(0, dtype="float64"), images.std(0, dtype="float64")
            moments = jnp.asarray(mean, jnp.float32), jnp.asarray(std, jnp.float32)
        return cls(settings.trial_steps, timing, *moments, settings.report_weight)

    def split(self) -> tuple[Self, tuple[Float[Array, " pixel"], Float[Array, " pixel"]] | None]:
        """The task as a part of a program, and what of it can only be an argument: each pixel's moments, if it has
        such. `with_moments` joins them."""
        if isinstance(self.mean, float):
            return self, None
        return dataclasses.replace(self, mean=0.0, std=1.0), (jnp.asarray(self.mean), jnp.asarray(self.std))

    def with_moments(self, moments: tuple[Float[Array, " pixel"], Float[Array, " pixel"]] | None) -> Self:
        """The task with these moments of each pixel; None for its own."""
        return self if moments is None else dataclasses.replace(self, mean=moments[0], std=moments[1])

    def noise_images(self, normal: Float[Array, "*batch pixel"]) -> Float[Array, "*batch pixel"]:
        """Noise images, of independent standard normals."""
        if jnp.ndim(self.mean) == 0:
            return self.mean + self.std * normal
        mean, std = (jnp.reshape(each, (1,) * (normal.ndim - 1) + (-1,)) for each in (self.mean, self.std))
        return mean + std * normal

    def in_noise(self, factor: float) -> Self:
        """The same task in noise images of `factor` times the standard deviation."""
        return dataclasses.replace(self, std=factor * self.std)

    def at_input(self, noise: InputNoise) -> Self:
        """The same task with noise of another strength at the unit's input; see `MemoryNetwork.in_noise`."""
        return dataclasses.replace(self, input_noise=noise)

    def noise_drive(self, drive: Float[Array, "*batch gate_unit"], key: PRNGKey) -> Float[Array, "*batch gate_unit"]:
        """What noise images exert on the unit, given what they would exert at the trained strength."""
        return drive if self.input_noise is None else self.input_noise(drive, key=key)
