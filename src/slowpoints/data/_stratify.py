"""The fixed training and test split of corpora that come without one."""

import hashlib

import numpy as np
from jaxtyping import Bool, Integer

from slowpoints._errors import InputError

SEED = 0
"""The seed of the split. Fixed: another one would be another corpus."""


def held_out(labels: Integer[np.ndarray, " image"]) -> Bool[np.ndarray, " image"]:
    """Choose a fifth of each class, to the nearest image and at least one, as test images.

    The images of a class are ranked by the SHA-256 of "seed image" (their row in ``labels``), and the first
    fifth is held out. That depends on no random generator, whose stream may change from one version of
    numpy to the next, and gives the same split on every machine and every call.

    Returns:
        True for a test image.

    Raises:
        InputError: a class of a single image, which cannot be split.
    """
    test = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        if len(members) < 2:
            raise InputError(
                f"class {label} has a single image, and at least two are needed to hold one out for testing"
            )
        members = sorted(members.tolist(), key=lambda image: hashlib.sha256(f"{SEED} {image}".encode()).digest())
        test[members[: max(1, round(len(members) / 5))]] = True
    return test
