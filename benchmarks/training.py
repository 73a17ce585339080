"""Training steps per second, beside PyTorch's nn.GRU at the same task, in the same run.

    python benchmarks/training.py [--setting digits|mnist] [--threads 1] [--pairs 7] [--seconds 2]

Every repeat times all the variants one after the other, so that whatever else the machine does meets all of them
alike; each starts the round in turn. Times are of a whole step: drawing trials and noise, forward, loss, backward,
Adam. PyTorch draws its images and noise afresh for every trial and step (independent noise), as ours does in the row of
that name; shared noise is this package's default. Nothing is written.
"""

import argparse
import importlib.metadata
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

SETTINGS = {
    "digits": {"pixels": 64, "units": 100, "batch": 64, "classes": 10},
    "mnist": {"pixels": 784, "units": 200, "batch": 128, "classes": 10},
}
TRIAL_STEPS, SHORTEST_DELAY, IMAGES_PER_CLASS = 20, 4, 100
MEAN, STD = 0.1307, 0.30816

Run = Callable[[int], None]
"""Makes a number of training steps and waits until they are done."""


def ours(setting: dict[str, int], noise: Literal["shared", "independent"]) -> Run:
    """This package's own training step, as a study runs it."""
    import jax
    import jax.numpy as jnp

    from slowpoints.protocols import naive
    from slowpoints.task import ImagesByClass
    from slowpoints.training import advance, initial_state, NetworkRecipe, PixelNoise, TrainingSettings

    classes = setting["classes"]
    settings = TrainingSettings(steps=10**9, batch=setting["batch"], trial_steps=TRIAL_STEPS, noise=noise)
    recipe = NetworkRecipe("gru", setting["units"], True, naive(classes=classes), 0, settings)
    pixels = jax.random.uniform(jax.random.key(1), (classes * IMAGES_PER_CLASS, setting["pixels"]))
    images = ImagesByClass(
        pixels,
        jnp.arange(classes, dtype=jnp.int32) * IMAGES_PER_CLASS,
        jnp.full(classes, IMAGES_PER_CLASS, jnp.int32),
    )
    state = initial_state((recipe,), pixels=setting["pixels"], classes=classes)

    def run(steps: int) -> None:
        nonlocal state
        state, progressed = advance(
            state,
            state.step + steps,
            images,
            settings=settings,
            vocabulary=jnp.asarray(classes, jnp.int32),
            longest_delay=TRIAL_STEPS,
            noise_moments=PixelNoise(MEAN, STD),
        )
        progressed.loss.block_until_ready()

    return run


def pytorch(setting: dict[str, int]) -> Run:
    """The same task on torch.nn.GRU (its reset gate acts after the recurrent product; the work is the same)."""
    import torch

    pixels, units, batch, classes = (setting[name] for name in ("pixels", "units", "batch", "classes"))
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(classes * IMAGES_PER_CLASS, pixels, generator=generator)
    gru, readout = torch.nn.GRU(pixels + 1, units), torch.nn.Linear(units, classes + 1)
    adam = torch.optim.Adam([*gru.parameters(), *readout.parameters()], lr=1e-4)
    trial = torch.arange(batch)

    def draw() -> tuple["torch.Tensor", "torch.Tensor", "torch.Tensor"]:
        label = torch.randint(classes, (batch,), generator=generator)
        image = label * IMAGES_PER_CLASS + torch.randint(IMAGES_PER_CLASS, (batch,), generator=generator)
        onset = torch.randint(TRIAL_STEPS - SHORTEST_DELAY, (batch,), generator=generator)
        room = TRIAL_STEPS - onset - SHORTEST_DELAY
        trigger = onset + SHORTEST_DELAY + (torch.rand(batch, generator=generator) * room).long()
        inputs = torch.empty(TRIAL_STEPS, batch, pixels + 1)
        inputs[..., :pixels].normal_(MEAN, STD, generator=generator)
        inputs[..., pixels] = 0
        inputs[onset, trial, :pixels] = images[image]
        inputs[trigger, trial, pixels] = 1
        required = torch.zeros(TRIAL_STEPS, batch, dtype=torch.long)
        required[trigger, trial] = label + 1
        weight = torch.ones(TRIAL_STEPS, batch)
        weight[trigger, trial] = TRIAL_STEPS
        return inputs, required, weight

    def run(steps: int) -> None:
        for _ in range(steps):
            inputs, required, weight = draw()
            hidden, _ = gru(inputs)
            outputs = torch.sigmoid(readout(hidden))
            cost = torch.nn.functional.cross_entropy(outputs.flatten(0, 1), required.flatten(), reduction="none")
            loss = (weight.flatten() * cost).sum() / (batch * (classes + 1) * TRIAL_STEPS)
            adam.zero_grad(set_to_none=True)
            loss.backward()
            adam.step()

    return run


def seconds_a_step(run: Run, steps: int) -> float:
    start = time.perf_counter()
    run(steps)
    return (time.perf_counter() - start) / steps


def interleaved(runs: dict[str, Run], *, pairs: int, seconds: float) -> dict[str, list[float]]:
    """Seconds a step of every variant, `pairs` times each in turn, about `seconds` at a time."""
    steps = {}
    for name, run in runs.items():
        run(2)  # compiles
        steps[name] = max(2, round(seconds / seconds_a_step(run, 3)))
    times: dict[str, list[float]] = {name: [] for name in runs}
    names = list(runs)
    for i in range(pairs):
        for name in names[i % len(names) :] + names[: i % len(names)]:
            times[name].append(seconds_a_step(runs[name], steps[name]))
    return times


def processor() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--setting", choices=SETTINGS, default="digits")
    parser.add_argument("--threads", type=int, default=1, help="threads of each side (default 1)")
    parser.add_argument("--pairs", type=int, default=7, help="how often each variant is timed (default 7)")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each time, about (default 2)")
    options = parser.parse_args()
    if min(options.threads, options.pairs) < 1 or not options.seconds > 0:
        parser.error("--threads and --pairs must be at least 1, --seconds more than 0.")
    # Before either library starts its threads; XLA sizes its pool by NPROC.
    for variable in ("NPROC", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = str(options.threads)
    os.environ["JAX_PLATFORMS"] = "cpu"
    try:
        import torch
    except ModuleNotFoundError:
        sys.exit("The benchmark needs PyTorch to compare with; pip install 'slowpoints[torch]'.")
    torch.set_num_threads(options.threads)

    setting = SETTINGS[options.setting]
    runs = {
        "PyTorch nn.GRU, independent noise": pytorch(setting),
        "slowpoints, independent noise": ours(setting, "independent"),
        "slowpoints, shared noise": ours(setting, "shared"),
    }
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("slowpoints", "jax", "torch"))
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"{versions}, Python {platform.python_version()}")
    print(f"{processor()}, {os.cpu_count()} processors{load}; threads: {options.threads} each")
    sizes = ", ".join(f"{value} {name}" for name, value in setting.items())
    print(f"{options.setting}: {sizes}, {TRIAL_STEPS} steps a trial; medians of {options.pairs}\n")

    times = interleaved(runs, pairs=options.pairs, seconds=options.seconds)
    base = next(iter(times.values()))
    print(f"{'':36}{'steps/s':>9}{'ms/step':>9}{'speed against PyTorch':>24}")
    for name, mine in times.items():
        ratios = [theirs / own for theirs, own in zip(base, mine, strict=True)]
        median = statistics.median(mine)
        spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} … {max(ratios):.2f})"
        print(f"{name:36}{1 / median:9.1f}{1000 * median:9.2f}{spread:>24}")


if __name__ == "__main__":
    main()
