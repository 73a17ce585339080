"""Training steps per second, beside PyTorch's nn.GRU at the same task.

Times are of a whole step: drawing trials and noise, forward, loss, backward, Adam. PyTorch draws its images and noise
afresh for every trial and step (independent noise), as ours does in the record of that name; shared noise is this
package's default. The floor is that of the matrix products alone.
"""

import dataclasses
from typing import Any, Literal

from benchmarks import floors
from benchmarks.machine import lacks, peak_memory
from benchmarks.records import compared, Record
from benchmarks.settings import Settings
from benchmarks.timing import interleaved, Run

SETTINGS = {
    "digits": {"pixels": 64, "units": 100, "batch": 64, "classes": 10, "trial_steps": 20},
    "digits-128": {"pixels": 64, "units": 100, "batch": 128, "classes": 10, "trial_steps": 20},
    "mnist": {"pixels": 784, "units": 200, "batch": 128, "classes": 10, "trial_steps": 20},
}
SHORTEST_DELAY, IMAGES_PER_CLASS = 4, 100
MEAN, STD = 0.1307, 0.30816


def ours(setting: dict[str, int], noise: Literal["shared", "independent"], networks: int = 1) -> Run:
    """This package's own training step, as a study runs it, of an ensemble of so many networks."""
    import jax
    import jax.numpy as jnp

    from slowpoints.protocols import naive
    from slowpoints.task import DelayedRecall, ImagesByClass, TaskSettings, Timing
    from slowpoints.training import advance, initial_state, NetworkRecipe, TrainingSettings

    classes = setting["classes"]
    settings = TrainingSettings(steps=10**9, batch=setting["batch"], noise=noise)
    task = DelayedRecall(setting["trial_steps"], Timing(SHORTEST_DELAY), MEAN, STD)
    recipe = NetworkRecipe(
        unit="gru",
        units=setting["units"],
        readout="sigmoid",
        protocol=naive(classes=classes),
        seed=0,
        task=TaskSettings(trial_steps=setting["trial_steps"], shortest_delay=SHORTEST_DELAY),
        training=settings,
    )
    recipes = tuple(dataclasses.replace(recipe, seed=seed) for seed in range(networks))
    pixels = jax.random.uniform(jax.random.key(1), (classes * IMAGES_PER_CLASS, setting["pixels"]))
    images = ImagesByClass(
        pixels,
        jnp.arange(classes, dtype=jnp.int32) * IMAGES_PER_CLASS,
        jnp.full(classes, IMAGES_PER_CLASS, jnp.int32),
    )
    state = initial_state(recipes, image_shape=(setting["pixels"],), classes=classes)

    def run(steps: int) -> None:
        nonlocal state
        state, progressed = advance(
            state,
            state.step + steps,
            images,
            settings=settings,
            task=task,
            vocabulary=jnp.asarray(classes, jnp.int32),
            longest_delay=setting["trial_steps"],
        )
        progressed.loss.block_until_ready()

    return run


def pytorch(setting: dict[str, int], threads: int, device: str = "cpu") -> Run:
    """The same task on torch.nn.GRU (its reset gate acts after the recurrent product; the work is the same)."""
    import torch  # pyright: ignore[reportMissingImports]

    torch.set_num_threads(threads)
    pixels, units, batch, classes, trial_steps = setting.values()
    generator = torch.Generator(device).manual_seed(0)
    here: dict[str, Any] = {"device": device}
    drawn = {"generator": generator, **here}
    images = torch.rand(classes * IMAGES_PER_CLASS, pixels, **drawn)
    gru, readout = torch.nn.GRU(pixels + 1, units, **here), torch.nn.Linear(units, classes + 1, **here)
    adam = torch.optim.Adam([*gru.parameters(), *readout.parameters()], lr=1e-4)
    trial = torch.arange(batch, **here)

    def draw() -> tuple["torch.Tensor", "torch.Tensor", "torch.Tensor"]:
        label = torch.randint(classes, (batch,), **drawn)
        image = label * IMAGES_PER_CLASS + torch.randint(IMAGES_PER_CLASS, (batch,), **drawn)
        onset = torch.randint(trial_steps - SHORTEST_DELAY, (batch,), **drawn)
        room = trial_steps - onset - SHORTEST_DELAY
        trigger = onset + SHORTEST_DELAY + (torch.rand(batch, **drawn) * room).long()
        # The trigger's channel too, then overwritten: PyTorch fills a part of a tensor eight times slower.
        inputs = torch.empty(trial_steps, batch, pixels + 1, **here).normal_(MEAN, STD, generator=generator)
        inputs[..., pixels] = 0
        inputs[onset, trial, :pixels] = images[image]
        inputs[trigger, trial, pixels] = 1
        required = torch.zeros(trial_steps, batch, dtype=torch.long, **here)
        required[trigger, trial] = label + 1
        weight = torch.ones(trial_steps, batch, **here)
        weight[trigger, trial] = trial_steps
        return inputs, required, weight

    def run(steps: int) -> None:
        for _ in range(steps):
            inputs, required, weight = draw()
            hidden, _ = gru(inputs)
            outputs = torch.sigmoid(readout(hidden))
            cost = torch.nn.functional.cross_entropy(outputs.flatten(0, 1), required.flatten(), reduction="none")
            loss = (weight.flatten() * cost).sum() / (batch * (classes + 1) * trial_steps)
            adam.zero_grad(set_to_none=True)
            loss.backward()
            adam.step()
        if device != "cpu":
            torch.cuda.synchronize()

    return run


NOISE_BANK = 256
"""Images a step that a study draws by default."""


def digits_records(settings: Settings) -> list[Record]:
    """GRUs of 100 units, as the digits study trains them."""
    return _records("digits", settings)


def digits_128_records(settings: Settings) -> list[Record]:
    """The same in batches of 128, as large as MNIST's."""
    return _records("digits-128", settings)


def mnist_records(settings: Settings) -> list[Record]:
    """GRUs of 200 units, as the MNIST study trains them."""
    return _records("mnist", settings)


def _records(name: str, settings: Settings) -> list[Record]:
    setting = SETTINGS[name]
    kinds: tuple[Literal["shared", "independent"], ...] = ("shared", "independent")
    runs = {kind: ours(setting, kind) for kind in kinds}
    for run in runs.values():
        run(2)
    memory = peak_memory()

    sentence = lacks("torch")
    peers = {} if sentence else {"PyTorch": pytorch(setting, settings.threads)}
    images = {"shared": NOISE_BANK, "independent": setting["trial_steps"] * setting["batch"]}
    floor_runs = {f"{kind} floor": floors.run_of(products(setting, images[kind])) for kind in kinds}
    times = interleaved(runs | peers | floor_runs, settings)
    rates = {variant: [1 / each for each in seconds] for variant, seconds in times.items()}
    records = [Record(f"training.{name}.memory", "MiB", ours=memory, n=1, note="The process' peak, PyTorch apart.")]
    return records + [
        compared(
            f"training.{name}.{kind}-noise",
            "steps/s",
            rates[kind],
            peer=rates.get("PyTorch"),
            peer_name="PyTorch nn.GRU, independent noise",
            floor=rates[f"{kind} floor"],
            more_is_better=True,
            note=sentence or "",
        )
        for kind in kinds
    ]


def products(setting: dict[str, int], noise_images: int) -> tuple[floors.Product, ...]:
    """The matrix products of one step of a setting, with so many images of noise."""
    return floors.training_step(
        pixels=setting["pixels"],
        units=setting["units"],
        batch=setting["batch"],
        outputs=setting["classes"] + 1,
        images=noise_images + setting["batch"],
        trial_steps=setting["trial_steps"],
    )
