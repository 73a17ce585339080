"""A training step of the paper's CIFAR-10 network, beside PyTorch's.

Times are of whole steps, as in `benchmarks/training.py`: the paper's front end (three 3 × 3 convolutions of 64
channels, dense layers of 1024 and 1024), a GRU of 400 units, batches of 64, trials of 20 steps. PyTorch encodes an
image for every trial and step; ours those of the noise bank and one a trial. The floor is that of the convolutions and
matrix products alone, each as fast as JAX (and, for products, PyTorch) makes it by itself.
"""

import itertools

import numpy as np

from benchmarks import floors
from benchmarks.machine import lacks, peak_memory
from benchmarks.records import compared, Record
from benchmarks.settings import Settings
from benchmarks.timing import interleaved, Run
from benchmarks.training import SHORTEST_DELAY

SHAPE, CHANNELS, DENSE = (32, 32, 3), (64, 64, 64), (1024, 1024)
UNITS, BATCH, CLASSES, TRIAL_STEPS = 400, 64, 10, 20
MEAN, STD, IMAGES = 0.4734, 0.2517, 1000
BANKS = (64, 110)
"""Images of noise a step: the presets', and about the most with which nine times PyTorch's speed is asked for."""


def ours(bank: int, *, channels=CHANNELS, dense=DENSE, units: int = UNITS, batch: int = BATCH) -> Run:
    """This package's training step with a bank of so many images."""
    import jax
    import jax.numpy as jnp

    from slowpoints.networks import FrontEndSettings
    from slowpoints.protocols import naive
    from slowpoints.task import DelayedRecall, ImagesByClass, TaskSettings, Timing
    from slowpoints.training import advance, initial_state, NetworkRecipe, TrainingSettings

    settings = TrainingSettings(steps=10**9, batch=batch, noise_bank=bank)
    task = DelayedRecall(TRIAL_STEPS, Timing(SHORTEST_DELAY), MEAN, STD)
    front_end = FrontEndSettings("convolutional", channels=channels, dense=dense)
    recipe = NetworkRecipe("gru", units, "sigmoid", naive(), 0, TaskSettings(), settings, front_end)
    each = IMAGES // CLASSES
    images = ImagesByClass(
        jax.random.uniform(jax.random.key(1), (IMAGES, int(np.prod(SHAPE)))),
        jnp.arange(CLASSES, dtype=jnp.int32) * each,
        jnp.full(CLASSES, each, jnp.int32),
    )
    state = initial_state((recipe,), image_shape=SHAPE, classes=CLASSES)

    def run(steps: int) -> None:
        nonlocal state
        state, progressed = advance(
            state,
            state.step + steps,
            images,
            settings=settings,
            task=task,
            vocabulary=jnp.asarray(CLASSES, jnp.int32),
            longest_delay=TRIAL_STEPS,
        )
        progressed.loss.block_until_ready()

    return run


def pytorch(threads: int) -> Run:
    """The same network and task in PyTorch, each trial with a fresh noise image at every step."""
    import torch  # pyright: ignore[reportMissingImports]

    torch.set_num_threads(threads)
    nn, generator = torch.nn, torch.Generator().manual_seed(0)
    rows, columns, incoming = SHAPE
    layers = []
    for outgoing in CHANNELS:
        layers += [nn.Conv2d(incoming, outgoing, 3, padding="same"), nn.MaxPool2d(2), nn.LeakyReLU(0.2)]
        rows, columns, incoming = rows // 2, columns // 2, outgoing
    layers.append(nn.Flatten())
    incoming *= rows * columns
    for outgoing in DENSE:
        layers += [nn.Linear(incoming, outgoing), nn.LeakyReLU(0.2)]
        incoming = outgoing
    front_end, gru = nn.Sequential(*layers), nn.GRU(incoming + 1, UNITS)
    readout = nn.Linear(UNITS, CLASSES + 1)
    adam = torch.optim.Adam([*front_end.parameters(), *gru.parameters(), *readout.parameters()], lr=1e-4)
    images, trial = torch.rand(IMAGES, 3, 32, 32, generator=generator), torch.arange(BATCH)

    def run(steps: int) -> None:
        for _ in range(steps):
            image = torch.randint(IMAGES, (BATCH,), generator=generator)
            onset = torch.randint(TRIAL_STEPS - SHORTEST_DELAY, (BATCH,), generator=generator)
            room = TRIAL_STEPS - onset - SHORTEST_DELAY
            trigger = onset + SHORTEST_DELAY + (torch.rand(BATCH, generator=generator) * room).long()
            inputs = torch.empty(TRIAL_STEPS, BATCH, 3, 32, 32).normal_(MEAN, STD, generator=generator)
            inputs[onset, trial] = images[image]
            required = torch.zeros(TRIAL_STEPS, BATCH, dtype=torch.long)
            required[trigger, trial] = image % CLASSES + 1
            weight, triggered = torch.ones(TRIAL_STEPS, BATCH), torch.zeros(TRIAL_STEPS, BATCH, 1)
            weight[trigger, trial], triggered[trigger, trial] = TRIAL_STEPS, 1
            features = front_end(inputs.flatten(0, 1)).unflatten(0, (TRIAL_STEPS, BATCH))
            hidden, _ = gru(torch.cat([features, triggered], dim=-1))
            outputs = torch.sigmoid(readout(hidden))
            cost = nn.functional.cross_entropy(outputs.flatten(0, 1), required.flatten(), reduction="none")
            loss = (weight.flatten() * cost).sum() / (BATCH * (CLASSES + 1) * TRIAL_STEPS)
            adam.zero_grad(set_to_none=True)
            loss.backward()
            adam.step()

    return run


def floor(images: int) -> Run:
    """The convolutions and matrix products of a step that encodes so many images, forwards and backwards."""
    import jax

    from slowpoints.networks._convolutional import convolved

    key, parts = jax.random.key(0), []
    rows, incoming = SHAPE[0], SHAPE[2]
    for k, outgoing in enumerate(CHANNELS):
        x = jax.random.normal(key, (images, rows, rows, incoming))
        kernel = jax.random.normal(key, (3, 3, incoming, outgoing))

        def both(x, kernel, first=k == 0):
            _, back = jax.vjp(convolved, x, kernel)
            y, given = convolved(x, kernel), jax.numpy.ones((*x.shape[:3], kernel.shape[3]))
            by_images, by_kernel = back(given)
            return (y, by_kernel) if first else (y, by_images, by_kernel)

        parts.append((jax.jit(both), x, kernel))
        rows, incoming = rows // 2, outgoing
    widths = (rows * rows * incoming, *DENSE)
    dense = [
        product
        for a, b in itertools.pairwise(widths)
        for product in (
            floors.Product(images, a, b),
            floors.Product(a, images, b),
            floors.Product(images, b, a),
        )
    ]
    recurrent = floors.training_step(
        pixels=DENSE[-1], units=UNITS, batch=BATCH, outputs=CLASSES + 1, images=images, trial_steps=TRIAL_STEPS
    )
    # The unit's gradient by its features too, which pixels do not need.
    products = floors.run_of((*dense, *recurrent, floors.Product(images, 3 * UNITS, DENSE[-1])))

    def run(count: int) -> None:
        for _ in range(count):
            for function, *arguments in parts:
                jax.block_until_ready(function(*arguments))
        products(count)

    return run


def records(settings: Settings) -> list[Record]:
    """Steps a second with each bank, PyTorch's in the same rounds, and the floor."""
    runs = {f"K = {bank}": ours(bank) for bank in BANKS}
    for run in runs.values():
        run(1)
    memory = peak_memory()
    sentence = lacks("torch")
    peers = {} if sentence else {"PyTorch": pytorch(settings.threads)}
    floor_runs = {f"floor of K = {bank}": floor(bank + BATCH) for bank in BANKS}
    times = interleaved(runs | peers | floor_runs, settings)
    rates = {variant: [1 / each for each in seconds] for variant, seconds in times.items()}
    return [
        Record("training.cifar10.memory", "MiB", ours=memory, n=1, note="The process' peak, PyTorch apart."),
        *(
            compared(
                f"training.cifar10.bank-{bank}",
                "steps/s",
                rates[f"K = {bank}"],
                peer=rates.get("PyTorch"),
                peer_name="PyTorch, independent noise",
                floor=rates[f"floor of K = {bank}"],
                more_is_better=True,
                note=sentence or "",
            )
            for bank in BANKS
        ),
    ]
