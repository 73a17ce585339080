"""Memories held through long delays, beside PyTorch's nn.GRU doing the same.

The MNIST setting: images of 784 pixels, 200 units, a fresh noise image at every step. One trial is an image, a delay of
noise and the answer at the trigger. Weights are random: what they are changes no time. PyTorch runs in blocks of steps,
drawing for every trial and step an image of its own, which nn.GRU projects; ours does so in the record "own-noise",
while by default trials see one bank mirrored and in different orders. The floor is that of the products of state with
state: 784 pixels are in none of them.
"""

import jax
import jax.numpy as jnp

from benchmarks import floors
from benchmarks.machine import in_a_process, lacks, peak_memory
from benchmarks.records import compared, Record
from benchmarks.settings import Settings
from benchmarks.timing import interleaved, Run
from slowpoints.networks import GRU, MemoryNetwork
from slowpoints.recall import AbstractLastingNoise, hold, MirroredNoise, OwnNoise
from slowpoints.task import DelayedRecall, Timing

PIXELS, UNITS, CLASSES, MEAN, STD = 784, 200, 10, 0.1307, 0.30816
TRIALS, DELAY, LONGEST = 1000, 1000, 10_000
BLOCK = 20
"""Steps that PyTorch is given at a time: 63 MB of images."""
PEER = "PyTorch nn.GRU, a noise image a trial and step"


def delay_records(settings: Settings) -> list[Record]:
    """1,000 trials, the number of a study's network and split, held for 1,000 steps."""
    runs = {"shared-noise": ours(MirroredNoise(), DELAY), "own-noise": ours(OwnNoise(), DELAY)}
    sentence = lacks("torch")
    peers = {} if sentence else {PEER: pytorch(DELAY, settings.threads)}
    floor = {"floor": floors.run_of(floors.recurrent_steps(UNITS, TRIALS, DELAY))}
    times = interleaved(runs | peers | floor, settings)
    return [
        compared(
            f"evaluation.delay-{DELAY}.{kind}",
            "s",
            times[kind],
            peer=times.get(PEER),
            peer_name=PEER,
            floor=times["floor"],
            note=sentence or f"{TRIALS} trials.",
        )
        for kind in runs
    ]


def memory_records(settings: Settings) -> list[Record]:
    """The most memory held, after a delay and after one ten times as long in the same process."""
    mine = in_a_process(_peaks_of_ours)
    sentence = lacks("torch")
    theirs = (None, None) if sentence else in_a_process(_peaks_of_pytorch, settings.threads)
    return [
        Record(
            f"evaluation.memory.delay-{delay}",
            "MiB",
            ours=my_peak,
            peer=their_peak,
            peer_name=PEER,
            ratio=their_peak / my_peak if their_peak else None,
            n=1,
            note=sentence or "The process' peak, libraries included.",
        )
        for delay, my_peak, their_peak in zip((DELAY, LONGEST), mine, theirs, strict=True)
    ]


def ours(noise: AbstractLastingNoise, delay: int, trials: int = TRIALS) -> Run:
    """This package's own evaluation."""
    network = MemoryNetwork.draw(GRU, image_shape=(PIXELS,), units=UNITS, classes=CLASSES, key=jax.random.key(0))
    task = DelayedRecall(BLOCK, Timing(), MEAN, STD)
    images = jax.random.uniform(jax.random.key(1), (trials, PIXELS))
    onset = jnp.zeros(trials, jnp.int32)

    def run(count: int) -> None:
        for i in range(count):
            (held,) = hold(network, task, images, onset, (delay,), noise=noise, key=jax.random.key(i))
            held.answer.block_until_ready()

    return run


def pytorch(delay: int, threads: int, trials: int = TRIALS) -> Run:
    """The same on torch.nn.GRU (its reset gate acts after the recurrent product; the work is the same)."""
    import torch  # pyright: ignore[reportMissingImports]

    torch.set_num_threads(threads)
    generator = torch.Generator().manual_seed(0)
    gru, readout = torch.nn.GRU(PIXELS + 1, UNITS), torch.nn.Linear(UNITS, CLASSES + 1)
    images = torch.rand(trials, PIXELS, generator=generator)

    @torch.no_grad()
    def run(count: int) -> None:
        for _ in range(count):
            outputs = hidden = torch.zeros(1, trials, UNITS)
            for first in range(0, delay + 1, BLOCK):
                steps = min(BLOCK, delay + 1 - first)
                # The trigger's channel too, then overwritten: PyTorch fills a part of a tensor eight times slower.
                inputs = torch.empty(steps, trials, PIXELS + 1).normal_(MEAN, STD, generator=generator)
                inputs[..., PIXELS] = 0
                if first == 0:
                    inputs[0, :, :PIXELS] = images
                if first + steps == delay + 1:
                    inputs[-1, :, PIXELS] = 1  # the trigger
                outputs, hidden = gru(inputs, hidden)
            readout(outputs[-1]).argmax(1)

    return run


def _peaks_of_ours() -> tuple[float, float]:
    return _peak_after(ours(MirroredNoise(), DELAY)), _peak_after(ours(MirroredNoise(), LONGEST))


def _peaks_of_pytorch(threads: int) -> tuple[float, float]:
    return _peak_after(pytorch(DELAY, threads)), _peak_after(pytorch(LONGEST, threads))


def _peak_after(run: Run) -> float:
    run(1)
    return peak_memory()
