"""Everything that determines a trained network, as plain data."""

import dataclasses
from typing import Literal

from slowpoints.protocols import Protocol
from slowpoints.task import AbstractNoise, IndependentNoise, SharedNoise, Timing


@dataclasses.dataclass(frozen=True)
class TrainingSettings:
    """How a network is trained. Defaults are the paper's for MNIST (appendix C.1) where it gives any.

    - `steps`: training steps in all.
    - `batch`: trials a step.
    - `rate`: Adam's learning rate up to step `rate_drop_at`, a fraction of `steps`; from there `rate_drop` times it.
    - `trial_steps`: T, the steps of a trial once the task is complete.
    - `shortest_delay`, `joint_timing`: see `Timing`.
    - `noise`: "shared" (a bank of `noise_bank` images a step) or "independent".
    - `precision`: of matrix products on a GPU: "float32", or its faster "tf32" or "bf16" (factors rounded to so many
      bits, sums in float32). A CPU computes in float32 whatever it says.
    """

    steps: int = 140_000
    batch: int = 128
    rate: float = 1e-4
    rate_drop: float = 0.1
    rate_drop_at: float = 6 / 7
    trial_steps: int = 20
    shortest_delay: int = 4
    joint_timing: bool = False
    noise: Literal["shared", "independent"] = "shared"
    noise_bank: int = 256
    precision: Literal["float32", "tf32", "bf16"] = "float32"

    @property
    def timing(self) -> Timing:
        """The rule for onset and trigger."""
        return Timing(self.shortest_delay, self.joint_timing)

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
    """

    unit: str
    units: int
    sigmoid: bool
    protocol: Protocol
    seed: int
    training: TrainingSettings
