"""The noise images a trial is embedded in, as the recurrent unit sees them."""

from abc import abstractmethod
from collections.abc import Callable
from math import gcd
from typing import TypeAlias

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from slowpoints._errors import InputError
from slowpoints._types import PRNGKey
from slowpoints.task._delayed_recall import DelayedRecall
from slowpoints.task._normals import normals

DriveOf: TypeAlias = Callable[[Float[Array, "image pixel"]], Float[Array, "image drive"]]


class AbstractNoise(eqx.Module):
    """How a block of noise is drawn. At every step every trial sees a normal image of its own, not clipped.

    Example:
        >>> import jax
        >>> from slowpoints.task import DelayedRecall, IndependentNoise, Timing
        >>> task = DelayedRecall(20, Timing(), mean=0.5, std=0.25)
        >>> noise = IndependentNoise()
        >>> noise.drives(lambda images: images, task, steps=5, batch=4, pixels=9, key=jax.random.key(0)).shape
        (5, 4, 9)
    """

    @abstractmethod
    def drives(
        self,
        drive_of: DriveOf,
        task: DelayedRecall,
        *,
        steps: int,
        batch: int,
        pixels: int,
        key: PRNGKey,
        shown: tuple[Float[Array, "batch pixel"], Int[Array, " batch"]] | None = None,
    ) -> Float[Array, "step batch drive"]:
        """The drive that noise images exert on the unit during `steps` steps of `batch` trials.

        `drive_of` maps images to drives; the task has the moments of a pixel, and noise of another strength at the
        unit's input where there is such. If `shown` is given, an image a trial and its onset, trial b sees its image
        in place of noise at its onset.
        """


class IndependentNoise(AbstractNoise):
    """A fresh image for every trial at every step: the task to the letter.

    Example:
        >>> import jax
        >>> from slowpoints.task import DelayedRecall, IndependentNoise, Timing
        >>> task = DelayedRecall(20, Timing(), mean=0.5, std=0.25)
        >>> noise = IndependentNoise()
        >>> noise.drives(lambda images: images, task, steps=5, batch=4, pixels=9, key=jax.random.key(0)).shape
        (5, 4, 9)
    """

    def drives(self, drive_of, task, *, steps, batch, pixels, key, shown=None):
        """See `AbstractNoise.drives`."""
        images = task.noise_images(normals(key, (steps * batch, pixels)))
        if shown is not None:
            target, onset = shown
            images = images.at[onset * batch + jnp.arange(batch)].set(target, unique_indices=True)
        drives = drive_of(images).reshape(steps, batch, -1)
        return drives if task.input_noise is None else _strengthened(task, drives, key, shown)


class SharedNoise(AbstractNoise):
    """A bank of `bank` fresh images, projected once; each trial walks through it on a path of its own.

    Trial b sees member (start_b + t·stride_b) mod `bank` at step t, with start uniform and stride uniform over the
    numbers coprime with `bank`: distinct members at distinct times, so within a trial the images are independent
    normals, exactly the task's distribution. Trials of one batch share members, which changes the gradient
    estimate's variance, not its mean. The input product falls from steps·batch rows to `bank`.

    Example:
        >>> import jax
        >>> from slowpoints.task import DelayedRecall, SharedNoise, Timing
        >>> task = DelayedRecall(20, Timing(), mean=0.5, std=0.25)
        >>> noise = SharedNoise(bank=32)
        >>> noise.drives(lambda images: images, task, steps=5, batch=4, pixels=9, key=jax.random.key(0)).shape
        (5, 4, 9)
    """

    bank: int = eqx.field(static=True, default=256)

    def drives(self, drive_of, task, *, steps, batch, pixels, key, shown=None):
        """See `AbstractNoise.drives`. Raises `InputError` if the block is longer than the bank."""
        if steps > self.bank:
            raise InputError(
                f"A bank of {self.bank} noise images cannot give {steps} steps distinct members; "
                f"make noise_bank at least {steps}."
            )
        image_key, start_key, stride_key = jax.random.split(key, 3)
        images = task.noise_images(normals(image_key, (self.bank, pixels)))
        strides = jnp.array([s for s in range(1, self.bank + 1) if gcd(s, self.bank) == 1], jnp.int32)
        start = jax.random.randint(start_key, (batch,), 0, self.bank)
        stride = strides[jax.random.randint(stride_key, (batch,), 0, strides.size)]
        time = jnp.arange(steps, dtype=jnp.int32)
        member = (start[None, :] + time[:, None] * stride[None, :]) % self.bank
        if shown is not None:
            target, onset = shown
            images = jnp.concatenate([images, target])
            own = self.bank + jnp.arange(batch, dtype=jnp.int32)
            member = jnp.where(time[:, None] == onset[None, :], own[None, :], member)
        drives = drive_of(images)[member]
        return drives if task.input_noise is None else _strengthened(task, drives, image_key, shown)


def _strengthened(task, drives, key, shown):
    """Noise of another strength at every step but the one at which a trial sees its image, drawn for each afresh."""
    stronger = task.noise_drive(drives, jax.random.fold_in(key, 0))
    if shown is None:
        return stronger
    _, onset = shown
    sees_image = jnp.arange(drives.shape[0], dtype=jnp.int32)[:, None] == onset[None, :]
    return jnp.where(sees_image[..., None], drives, stronger)
