"""Training on a GPU: ensembles of networks beside PyTorch's nn.GRU (cuDNN), both in float32.

One network fills little of a GPU; a study there trains `ensemble` of them at once. Needs jax and torch with CUDA.
"""

import os

from benchmarks.machine import lacks
from benchmarks.records import compared, Record
from benchmarks.settings import Settings
from benchmarks.timing import interleaved
from benchmarks.training import ours, pytorch, SETTINGS

SIZES = (1, 10, 40)


def mnist_records(settings: Settings) -> list[Record]:
    """GRUs of 200 units, as the MNIST study trains them."""
    sentence = lacks("torch")
    if sentence:
        return [Record("gpu.mnist", "network steps/s", note=sentence)]
    import torch  # pyright: ignore[reportMissingImports]

    if not torch.cuda.is_available():
        return [Record("gpu.mnist", "network steps/s", note="Skipped: PyTorch sees no GPU.")]
    os.environ["JAX_PLATFORMS"] = "cuda"
    os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"  # PyTorch needs memory too
    os.environ["JAX_DEFAULT_MATMUL_PRECISION"] = "float32"
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    setting = SETTINGS["mnist"]
    runs = {str(size): ours(setting, "shared", size) for size in SIZES}
    times = interleaved(runs | {"PyTorch": pytorch(setting, settings.threads, "cuda")}, settings)
    return [
        compared(
            f"gpu.mnist.{size:02}",
            "network steps/s",
            [size / seconds for seconds in times[str(size)]],
            peer=[1 / seconds for seconds in times["PyTorch"]],
            peer_name="PyTorch nn.GRU, independent noise, one network",
            more_is_better=True,
            note=f"{size} networks at once, shared noise; {torch.cuda.get_device_name()}.",
        )
        for size in SIZES
    ]
