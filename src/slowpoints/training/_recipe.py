"""Everything that determines a trained network, as plain data."""

import dataclasses
from typing import Literal

import jax
import numpy as np
from jaxtyping import Int

from slowpoints._keys import key_for
from slowpoints._options import check_ranges, option
from slowpoints.networks import FrontEndSettings, ReadoutKind
from slowpoints.protocols import Protocol
from slowpoints.task import AbstractNoise, IndependentNoise, SharedNoise, TaskSettings


@dataclasses.dataclass(frozen=True)
class TrainingSettings:
    """How a network is trained. Steps and rate are by default the paper's for MNIST (appendix C.1), which gives
    no batch: 128 is its scripts'.

    A CPU computes in float32 whatever `precision` says. Raises `InputError` for a number out of its range.

    Example:
        >>> from slowpoints import TrainingSettings
        >>> TrainingSettings(steps=1000, rate=1e-3).batch
        128
    """

    revision = 1
    """Raised when these options begin to mean another training; part of a network's identity."""

    steps: int = option(140_000, "Training steps in all.", low=1, high=10**9)
    batch: int = option(128, "Trials a step.", low=1, high=1_000_000)
    rate: float = option(1e-4, "Adam's learning rate until it drops.", low=1e-12, high=10.0)
    rate_drop: float = option(0.1, "By what the rate is multiplied when it drops.", low=0.0, high=1.0)
    rate_drop_at: float = option(6 / 7, "When it drops, as a fraction of the steps.", low=0.0, high=1.0)
    noise: Literal["shared", "independent"] = option(
        "shared", "A bank of noise images for all trials of a step, or an image for each trial at each time."
    )
    noise_bank: int = option(256, "Noise images in the bank of a step.", low=1, high=1_000_000)
    data_seed: int | None = option(
        None,
        "The seed of trials and noise; none for the network's own. The network's seed is then of its weights alone.",
        low=0,
        high=2**31 - 1,
        before=None,
    )
    precision: Literal["float32", "tf32", "bf16"] = option(
        "float32", "Of matrix products on a GPU: factors rounded to so many bits, sums in float32."
    )

    def __post_init__(self):
        check_ranges(self)

    @property
    def matmul_precision(self) -> str:
        """The precision by JAX's name. Left to itself JAX takes TF32 for float32 on a GPU that has it."""
        return {"float32": "float32", "tf32": "tensorfloat32", "bf16": "BF16_BF16_F32"}[self.precision]

    def make_noise(self) -> AbstractNoise:
        """The noise, as the task takes it."""
        return SharedNoise(self.noise_bank) if self.noise == "shared" else IndependentNoise()


@dataclasses.dataclass(frozen=True)
class NetworkRecipe:
    """One network of a study: what it is and how it is trained.

    Two recipes that are equal give the same network, bit for bit (on one machine and version of the libraries).

    Example:
        >>> from slowpoints import TrainingSettings
        >>> from slowpoints.protocols import naive
        >>> from slowpoints.task import TaskSettings
        >>> from slowpoints.training import NetworkRecipe
        >>> recipe = NetworkRecipe("gru", 8, "sigmoid", naive(), 0, TaskSettings(), TrainingSettings(steps=100))
        >>> recipe.front_end.kind
        'identity'
    """

    unit: str
    units: int
    readout: ReadoutKind
    protocol: Protocol
    seed: int
    task: TaskSettings
    training: TrainingSettings
    front_end: FrontEndSettings = FrontEndSettings()  # noqa: RUF009, frozen and so safe to share

    def class_order(self, classes: int) -> Int[np.ndarray, " class"]:
        """Which class of the corpus each of the network's classes is, by its place in the order of the protocol.

        Example:
            >>> from slowpoints import TrainingSettings
            >>> from slowpoints.protocols import vocu_permuted
            >>> from slowpoints.task import TaskSettings
            >>> from slowpoints.training import NetworkRecipe
            >>> settings = TrainingSettings(steps=100)
            >>> recipe = NetworkRecipe("gru", 8, "sigmoid", vocu_permuted(), 0, TaskSettings(), settings)
            >>> sorted(recipe.class_order(10).tolist()) == list(range(10))
            True
        """
        if self.protocol.order == "corpus":
            return np.arange(classes)
        return np.asarray(jax.random.permutation(key_for(self.seed, "class order"), classes))
