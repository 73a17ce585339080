"""The convolutional front end of the paper's CIFAR-10 networks."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from slowpoints._errors import InputError
from slowpoints._types import PRNGKey
from slowpoints.networks._front_end import AbstractFrontEnd, FrontEndSettings, Moments, noise_images

NOISE_IMAGES = 1000
"""From how many noise images the moments of features are computed."""


AT_ONCE = 512
"""Of how many images features are computed at once; more take turns, so that memory stays bounded."""


class Layer(eqx.Module):
    """Weights of one layer. The last axis of `weight` is the output; the others are summed over."""

    weight: Float[Array, "*incoming output"]
    bias: Float[Array, " output"]

    @classmethod
    def draw(cls, *shape: int, leak: float, key: PRNGKey) -> "Layer":
        """He's start for a leaky ReLU, N(0, 1)·√(2 / ((1 + leak²) n_in)), which keeps the size of signals from layer
        to layer; biases 0.01·N(0, 1), as everywhere else. The paper does not say how its front end starts."""
        weight_key, bias_key = jax.random.split(key)
        scale = (2 / ((1 + leak**2) * np.prod(shape[:-1]))) ** 0.5
        return cls(float(scale) * jax.random.normal(weight_key, shape), 0.01 * jax.random.normal(bias_key, shape[-1:]))


class Convolutional(AbstractFrontEnd):
    """Convolutions, each followed by pooling, then dense layers; a leaky ReLU after each of all these.

    The paper's for CIFAR-10 is three convolutions of 64 channels and two dense layers of 1024; the published scripts'
    has 128 channels and dense layers of 2048, 2048, 2048 and 1024. The paper gives neither the kernels' size, nor
    padding, pooling and activation; 3 × 3, padding with zeros to the same size, pooling by the maximum of 2 × 2 and
    the leaky ReLU are the scripts'. Rows and columns that do not fill a 2 × 2 block are left out by pooling.

    Images are rows × columns × channels, all of a batch at once. `equinox.nn.Conv2d` takes one image with channels
    first; vmapped it takes over half more time on a CPU. Pooling is the maximum of four strided views, whose
    derivative is fast on a CPU, and comes before the leaky ReLU, which changes nothing because that rises everywhere.

    Example:
        >>> import jax
        >>> from slowpoints.networks import Convolutional, FrontEndSettings
        >>> settings = FrontEndSettings("convolutional", channels=(4, 4), dense=(16,))
        >>> Convolutional.draw((8, 8, 3), settings, key=jax.random.key(0)).features
        16
    """

    linear: ClassVar[bool] = False
    image_shape: tuple[int, ...] = eqx.field(static=True)
    settings: FrontEndSettings = eqx.field(static=True)
    convolutions: tuple[Layer, ...]
    dense: tuple[Layer, ...]

    @classmethod
    def draw(cls, image_shape, settings, *, key):
        """Random weights; see `Layer.draw`. Raises `InputError` for images without channels, too small, or no layer."""
        if not settings.channels or not settings.dense:
            raise InputError("A convolutional front end needs at least one number in channels and one in dense.")
        if len(image_shape) != 3:
            raise InputError(
                "A convolutional front end needs images of rows × columns × channels (grey ones have one channel); "
                f"those of this corpus have the shape {image_shape}."
            )
        rows, columns, incoming = image_shape
        left = min(rows, columns) >> len(settings.channels)
        if left < 1:
            raise InputError(
                f"Pooling after {len(settings.channels)} convolutions leaves nothing of {rows} × {columns} images; "
                f"give channels at most {min(rows, columns).bit_length() - 1} numbers."
            )
        keys = iter(jax.random.split(key, len(settings.channels) + len(settings.dense)))
        size, leak = settings.kernel, settings.leak
        convolutions, dense = [], []
        for outgoing in settings.channels:
            convolutions.append(Layer.draw(size, size, incoming, outgoing, leak=leak, key=next(keys)))
            rows, columns, incoming = rows // 2, columns // 2, outgoing
        incoming *= rows * columns
        for outgoing in settings.dense:
            dense.append(Layer.draw(incoming, outgoing, leak=leak, key=next(keys)))
            incoming = outgoing
        return cls(image_shape, settings, tuple(convolutions), tuple(dense))

    @property
    def features(self):
        """The width of the last dense layer."""
        return self.settings.dense[-1]

    def __call__(self, pixels):
        """The features of images."""
        flat = pixels.reshape(-1, pixels.shape[-1])
        features = (
            self._encoded(flat)
            if len(flat) <= AT_ONCE
            else jax.lax.map(lambda image: self._encoded(image[None])[0], flat, batch_size=AT_ONCE)
        )
        return features.reshape(*pixels.shape[:-1], -1)

    def _encoded(self, pixels):
        x = pixels.reshape(-1, *self.image_shape)
        for layer in self.convolutions:
            x = self._activated(_pooled(convolved(x, layer.weight)), layer)
        x = x.reshape(x.shape[0], -1)
        for layer in self.dense:
            x = self._activated(x @ layer.weight, layer)
        return x

    def _activated(self, x, layer):
        x = x + layer.bias.reshape((1,) * (x.ndim - 1) + (-1,))
        return jnp.maximum(x, self.settings.leak * x)

    def moments(self, task, *, key):
        """From a thousand noise images, by sums in float64."""
        features = np.asarray(
            _features(self, noise_images(task, NOISE_IMAGES, int(np.prod(self.image_shape)), key=key))
        )
        features = features.astype(np.float64)
        return Moments(features.mean(0), features.std(0, ddof=1))


@jax.custom_vjp
def convolved(
    images: Float[Array, "image row column incoming"], kernel: Float[Array, "size size incoming outgoing"]
) -> Float[Array, "image row column outgoing"]:
    """The kernel at every pixel, zeros beyond the image (reverse mode only).

    XLA has fast convolutions on a CPU for one order of axes, which it brings others to, but not inside a loop, such as
    that over training steps: there the derivative took thirty times as long. So the derivative is written here, as two
    more convolutions in that order of axes.
    """
    before, after = _padding(kernel)
    return _convolution(images, kernel, before, after)


def _forward(images, kernel):
    return convolved(images, kernel), (images, kernel)


def _backward(kept, gradient):
    images, kernel = kept
    before, after = _padding(kernel)
    turned = jnp.swapaxes(kernel[::-1, ::-1], 2, 3)
    size = kernel.shape[0]
    by_images = _convolution(gradient, turned, size - 1 - before, size - 1 - after)
    # Images and channels change places: each incoming channel is convolved with the gradient of all images.
    by_kernel = _convolution(jnp.swapaxes(images, 0, 3), jnp.moveaxis(gradient, 0, 2), before, after)
    return by_images, jnp.moveaxis(by_kernel, 0, 2)


convolved.defvjp(_forward, _backward)


def _padding(kernel: Float[Array, "size size incoming outgoing"]) -> tuple[int, int]:
    """Rows or columns of zeros before and after an image that keep its size."""
    before = (kernel.shape[0] - 1) // 2
    return before, kernel.shape[0] - 1 - before


def _convolution(images, kernel, before, after):
    return jax.lax.conv_general_dilated(
        images, kernel, (1, 1), [(before, after)] * 2, dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


def _pooled(x: Float[Array, "image row column channel"]) -> Float[Array, "image row//2 column//2 channel"]:
    rows, columns = x.shape[1] // 2 * 2, x.shape[2] // 2 * 2
    views = [x[:, i:rows:2, j:columns:2] for i in (0, 1) for j in (0, 1)]
    return jnp.maximum(jnp.maximum(views[0], views[1]), jnp.maximum(views[2], views[3]))


@jax.jit
def _features(front_end, images):
    return front_end(images)
