"""What stands between an image and the recurrent unit."""

import dataclasses
from abc import abstractmethod
from typing import ClassVar, NamedTuple, Self

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float

from slowpoints._options import check_ranges, option
from slowpoints._types import PRNGKey
from slowpoints.task import DelayedRecall


@dataclasses.dataclass(frozen=True)
class FrontEndSettings:
    """What makes features of an image's pixels. Raises `InputError` for a number out of its range.

    Example:
        >>> from slowpoints.networks import FrontEndSettings
        >>> FrontEndSettings("convolutional", channels=(16, 16), dense=(128,)).kernel
        3
    """

    kind: str = option(
        "identity", "identity, where the pixels themselves go to the unit, or convolutional, trained with it."
    )
    channels: tuple[int, ...] = option(
        (64, 64, 64), "Channels of each convolution; after each, pooling halves rows and columns.", low=1, high=100_000
    )
    kernel: int = option(3, "Rows and columns of a convolution's kernel.", low=1, high=99)
    dense: tuple[int, ...] = option((1024, 1024), "Widths of the dense layers after them.", low=1, high=1_000_000)
    leak: float = option(0.2, "Slope of the leaky ReLU for negative numbers.", low=0.0, high=1.0)

    def __post_init__(self):
        check_ranges(self)


class Moments(NamedTuple):
    """Mean and standard deviation of each feature while noise images come, float64.

    Example:
        >>> import jax
        >>> from slowpoints.networks import Identity
        >>> from slowpoints.task import DelayedRecall, Timing
        >>> task = DelayedRecall(20, Timing(), mean=0.5, std=0.25)
        >>> Identity((2, 1)).moments(task, key=jax.random.key(0)).std
        array([0.25, 0.25])
    """

    mean: Float[np.ndarray, " feature"]
    std: Float[np.ndarray, " feature"]


class AbstractFrontEnd(eqx.Module):
    """Makes the features that the recurrent unit is fed with of an image's pixels. It has no state and no trigger.

    Everything it must be told to be built again is in `image_shape` and `settings`, which snapshots hold.

    Example:
        >>> import jax
        >>> from slowpoints.networks import FRONT_ENDS, FrontEndSettings
        >>> FRONT_ENDS["identity"].draw((8, 8), FrontEndSettings(), key=jax.random.key(0)).features
        64
    """

    linear: ClassVar[bool]
    """Whether features are linear in pixels: then noise on pixels is normal noise on features, of the same shape."""
    revision: ClassVar[int] = 1
    """Raised when its equations or initial weights change; part of a network's identity."""
    image_shape: eqx.AbstractVar[tuple[int, ...]]
    settings: eqx.AbstractVar[FrontEndSettings]

    @classmethod
    @abstractmethod
    def draw(cls, image_shape: tuple[int, ...], settings: FrontEndSettings, *, key: PRNGKey) -> Self:
        """A front end with random weights. Raises `InputError` if it does not fit images of this shape."""

    @property
    @abstractmethod
    def features(self) -> int:
        """How many features an image has."""

    @abstractmethod
    def __call__(self, pixels: Float[Array, "*batch pixel"]) -> Float[Array, "*batch feature"]:
        """The features of images."""

    @abstractmethod
    def moments(self, task: DelayedRecall, *, key: PRNGKey) -> Moments:
        """Mean and standard deviation of every feature under the task's noise images."""


class Identity(AbstractFrontEnd):
    """The pixels are the features.

    Example:
        >>> from slowpoints.networks import Identity
        >>> Identity((8, 8)).features
        64
    """

    linear: ClassVar[bool] = True
    image_shape: tuple[int, ...] = eqx.field(static=True)
    settings: FrontEndSettings = eqx.field(static=True, default=FrontEndSettings())

    @classmethod
    def draw(cls, image_shape, settings, *, key):
        """Any shape will do."""
        return cls(image_shape, settings)

    @property
    def features(self):
        """As many as pixels."""
        return int(np.prod(self.image_shape))

    def __call__(self, pixels):
        """The pixels."""
        return pixels

    def moments(self, task, *, key):
        """Those of a pixel, exactly."""
        return Moments(*(np.full(self.features, np.asarray(each, np.float64)) for each in (task.mean, task.std)))


def noise_images(task: DelayedRecall, count: int, pixels: int, *, key: PRNGKey) -> Float[Array, "image pixel"]:
    """Noise images of the task, float32.

    Example:
        >>> import jax
        >>> from slowpoints.networks import noise_images
        >>> from slowpoints.task import DelayedRecall, Timing
        >>> task = DelayedRecall(20, Timing(), mean=0.5, std=0.25)
        >>> noise_images(task, 4, 64, key=jax.random.key(0)).shape
        (4, 64)
    """
    return task.noise_images(jax.random.normal(key, (count, pixels)))
