"""The variance of a training step's gradient with shared noise, relative to independent noise.

    python benchmarks/noise_variance.py --study DIR [--networks ID ...] [--banks 32 64 ...] [--draws 60]

For each network of a trained study (by default the first GRU of each protocol), at its first, middle and last snapshot:
images, timing, longest delay and vocabulary are those of the training step that starts there. Variance is the trace of
the covariance.

A trial's gradient has the same distribution with either noise, of variance V. The gradient of a batch is the mean of
its B trials', so its variance is V / B with independent noise, and with shared noise V / B · (1 + (B − 1) ρ), where ρ
is the correlation of two trials that share a bank. ρ does not depend on how many share it, so it is measured from 512
that do, many times over: 63 times the pairs of as many trials in batches of 64, which the estimate needs, because late
in training a few trials with large gradients carry the variance. ρ of independent noise, the control, must come out as
0. Intervals of 95 % are from 2000 bootstrap samples of the draws. Nothing is written.
"""

import argparse
import dataclasses
import functools
import importlib.metadata
import platform
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from slowpoints._errors import InputError
from slowpoints._types import PRNGKey
from slowpoints.data import Corpus
from slowpoints.networks import MemoryNetwork, outputs_during, trial_drives
from slowpoints.study import Study
from slowpoints.task import AbstractNoise, DelayedRecall, draw_trials, ImagesByClass, loss_and_score
from slowpoints.training import load_network, NetworkRecipe, snapshot_path, snapshot_steps, TrainingSettings

RESAMPLES = 2000
SHARING, AT_ONCE = 512, 64
"""How many trials share a bank, and of how many the gradients are computed and kept at once."""


class Given(AbstractNoise):
    """Noise that has been drawn already."""

    images: Float[Array, "step batch pixel"]

    def drives(self, drive_of, task, *, steps, batch, pixels, key, shown=None):
        assert shown is not None  # a trial always shows its image
        target, onset = shown
        images = self.images.at[onset, jnp.arange(batch)].set(target)
        return drive_of(images.reshape(-1, pixels)).reshape(steps, batch, -1)


@functools.partial(jax.jit, static_argnames=("settings", "longest_delay"))
def draw_gradient(
    network: MemoryNetwork,
    task: DelayedRecall,
    images: ImagesByClass,
    vocabulary: Array,
    key: PRNGKey,
    *,
    settings: TrainingSettings,
    longest_delay: int,
) -> tuple[Float[Array, " weight"], Float[Array, ""]]:
    """Of trials that share their noise as those of a batch do: the mean gradient, and the mean of its squared norm."""
    trials_key, noise_key = jax.random.split(key)
    trials = draw_trials(
        task,
        images,
        batch=SHARING,
        longest_delay=longest_delay,
        vocabulary=vocabulary,
        key=trials_key,
    )
    noise = settings.make_noise().drives(
        lambda x: x,
        task,
        steps=longest_delay,
        batch=SHARING,
        pixels=images.pixels.shape[1],
        key=noise_key,
    )

    def loss(network, trial, noise):
        given = Given(noise)
        drives = trial_drives(network, task, images.pixels, trial, steps=longest_delay, noise=given, key=noise_key)
        _, outputs = outputs_during(network, network.unit.initial_state(1), drives)
        return loss_and_score(task, outputs, trial, vocabulary=vocabulary)[0]

    def summed(chunk):
        found = jax.tree.leaves(jax.vmap(jax.grad(loss), in_axes=(None, 0, 0))(network, *chunk))
        gradients = jnp.concatenate([leaf.reshape(AT_ONCE, -1) for leaf in found], axis=1)
        return gradients.sum(0), (gradients**2).sum()

    # Every trial a batch of one.
    trials_and_noise = jax.tree.map(lambda a: a[:, None], trials), jnp.moveaxis(noise, 1, 0)[:, :, None]
    chunks = jax.tree.map(lambda a: a.reshape(-1, AT_ONCE, *a.shape[1:]), trials_and_noise)
    gradient, square = jax.tree.map(lambda a: a.sum(0) / SHARING, jax.lax.map(summed, chunks))
    return gradient, square


def relative_variance(
    network: MemoryNetwork, recipe: NetworkRecipe, corpus: Corpus, *, step: int, draws: int
) -> tuple[float, float, float]:
    """The variance of the gradient at `step`, relative to independent noise, and the ends of its interval."""
    images, settings = ImagesByClass.of(corpus.train), recipe.training
    vocabulary = jnp.asarray(recipe.protocol.vocabulary(step), jnp.int32)
    drawn = [
        draw_gradient(
            network,
            DelayedRecall.of(recipe.task, corpus),
            images,
            vocabulary,
            key,
            settings=settings,
            longest_delay=recipe.protocol.longest_delay(step),
        )
        for key in jax.random.split(jax.random.key(0), draws)
    ]
    gradient = np.stack([np.asarray(g, np.float64) for g, _ in drawn])
    of_trials = np.array([float(square) for _, square in drawn])
    products = gradient @ gradient.T
    # How often each draw is taken: once, then as in the bootstrap's samples.
    resampled = np.random.default_rng(0).multinomial(draws, np.full(draws, 1 / draws), RESAMPLES)
    counts = np.concatenate([np.ones((1, draws)), resampled])
    alike, of_one = counts @ np.diag(products) / draws, counts @ of_trials / draws
    # |mean of n|² is a mean over n² pairs, n of them of a trial with itself.
    sharing = (SHARING * alike - of_one) / (SHARING - 1)
    other_draws = np.einsum("sd,sd->s", counts @ products, counts) - counts**2 @ np.diag(products)
    squared_mean = other_draws / (draws**2 - (counts**2).sum(1))
    ratio = 1 + (settings.batch - 1) * (sharing - squared_mean) / (of_one - squared_mean)
    low, high = np.quantile(ratio[1:], [0.025, 0.975])
    return ratio[0], low, high


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--study", type=Path, required=True, help="the folder of a study whose networks are trained")
    parser.add_argument("--networks", nargs="+", metavar="ID", help="which (default: the first GRU of each protocol)")
    parser.add_argument(
        "--banks", type=int, nargs="+", default=(32, 64, 128, 256, 512, 1024), help="sizes of the shared bank"
    )
    parser.add_argument("--draws", type=int, default=60, help="banks of each size (default 60)")
    options = parser.parse_args()
    if options.draws < 10:
        parser.error("--draws must be at least 10: of fewer, a bootstrap sample may be one draw alone.")
    try:
        study = Study.open(options.study)
        networks, corpus = {name: planned.recipe for name, planned in study.networks.items()}, study.open_corpus()
    except InputError as error:
        sys.exit(str(error))
    firsts = {recipe.protocol.name: network for network, recipe in reversed(networks.items()) if recipe.unit == "gru"}
    chosen = options.networks or [network for network in networks if network in firsts.values()]
    if unknown := set(chosen) - set(networks):
        parser.error(f"{options.study} has no network {', '.join(sorted(unknown))}; it has {', '.join(networks)}.")

    settings = study.config.training
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("slowpoints", "jax"))
    print(f"{versions}, Python {platform.python_version()}")
    print(f"{corpus.name}, {study.config.units} units, batch {settings.batch}; {options.draws} draws of each kind\n")
    print("| network | step | steps a trial | independent |" + "".join(f" K = {bank} |" for bank in options.banks))
    print("|---|---|---|---|" + "---|" * len(options.banks), flush=True)
    noises = [{"noise": "independent"}, *({"noise": "shared", "noise_bank": bank} for bank in options.banks)]
    for name in chosen:
        recipe, folder = networks[name], study.network_folder(name)
        steps = snapshot_steps(folder)
        middle = min(steps, key=lambda step: abs(step - settings.steps // 2))
        for step in (steps[0], middle, steps[-1]):
            network = load_network(snapshot_path(folder, step))
            print(f"| {name} | {step} | {recipe.protocol.longest_delay(step)} |", end="")
            for noise in noises:
                other = dataclasses.replace(recipe, training=dataclasses.replace(settings, **noise))
                ratio, low, high = relative_variance(network, other, corpus, step=step, draws=options.draws)
                print(f" {ratio:.2f} ({low:.2f}–{high:.2f}) |", end="", flush=True)
            print()


if __name__ == "__main__":
    main()
