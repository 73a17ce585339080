"""The convolutional front end in NumPy, pixel by pixel."""

import numpy as np


def features(front_end, image):
    """The features of one image (row, column, channel), float64."""
    x, leak = np.asarray(image, np.float64), front_end.settings.leak
    for layer in front_end.convolutions:
        x = leaky(pooled(convolved(x, np.asarray(layer.weight, np.float64))) + np.asarray(layer.bias, np.float64), leak)
    x = x.ravel()
    for layer in front_end.dense:
        x = leaky(x @ np.asarray(layer.weight, np.float64) + np.asarray(layer.bias, np.float64), leak)
    return x


def convolved(x, kernel):
    """The sum over the kernel's window around every pixel, zeros beyond the image."""
    rows, columns, _ = x.shape
    size, before = kernel.shape[0], (kernel.shape[0] - 1) // 2
    result = np.zeros((rows, columns, kernel.shape[3]))
    for row in range(rows):
        for column in range(columns):
            for i in range(size):
                for j in range(size):
                    r, c = row + i - before, column + j - before
                    if 0 <= r < rows and 0 <= c < columns:
                        result[row, column] += x[r, c] @ kernel[i, j]
    return result


def pooled(x):
    """The maximum of each whole 2 × 2 block."""
    return np.array(
        [
            [x[2 * r : 2 * r + 2, 2 * c : 2 * c + 2].max((0, 1)) for c in range(x.shape[1] // 2)]
            for r in range(x.shape[0] // 2)
        ]
    )


def leaky(x, leak):
    return np.where(x > 0, x, leak * x)
