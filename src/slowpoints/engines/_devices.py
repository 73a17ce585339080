"""The GPUs of this machine, told without starting jax, and how workers share them."""

import dataclasses
import importlib.util
import os
from collections.abc import Mapping
from pathlib import Path

MEMORY = 0.9
"""Of a GPU's memory, how much its workers take together; the rest is for what the driver and libraries need."""


@dataclasses.dataclass(frozen=True)
class Share:
    """What a worker has of a GPU.

    - `device`: its name for CUDA.
    - `memory`: the fraction of its memory.

    Example:
        >>> from slowpoints.engines import Share
        >>> Share("0", 0.45).environment["CUDA_VISIBLE_DEVICES"]
        '0'
    """

    device: str
    memory: float

    @property
    def environment(self) -> dict[str, str]:
        """What CUDA and jax read."""
        return {"CUDA_VISIBLE_DEVICES": self.device, "XLA_PYTHON_CLIENT_MEM_FRACTION": f"{self.memory:.3f}"}


def gpus(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The GPUs that jax would use here, by their names for CUDA; none without jax's plugin for them.

    Example:
        >>> from slowpoints.engines import gpus
        >>> gpus({"JAX_PLATFORMS": "cpu"})
        ()
    """
    platforms = environment.get("JAX_PLATFORMS", "")
    if platforms and not {"cuda", "gpu"} & set(platforms.split(",")):
        return ()
    if not any(importlib.util.find_spec(f"jax_cuda{version}_plugin") for version in (12, 13, 14)):
        return ()
    visible = environment.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return tuple(name.strip() for name in visible.split(",") if name.strip() not in ("", "-1"))
    return tuple(str(k) for k, _ in enumerate(Path("/proc/driver/nvidia/gpus").glob("*")))


def shares(workers: int, devices: tuple[str, ...]) -> tuple[Share | None, ...]:
    """What each worker has: workers go round the devices, and those on one device have equal parts of its memory.

    Example:
        >>> from slowpoints.engines import shares
        >>> [share.memory for share in shares(3, ("0", "1"))]
        [0.45, 0.9, 0.45]
        >>> shares(2, ())
        (None, None)
    """
    if not devices:
        return (None,) * workers
    on = [devices[k % len(devices)] for k in range(workers)]
    return tuple(Share(device, MEMORY / on.count(device)) for device in on)
