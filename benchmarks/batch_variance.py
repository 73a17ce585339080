"""The variance of a batch's gradient with shared noise, relative to independent noise, of one network of any front end.

    python -m benchmarks.batch_variance PRESET [--snapshot FILE] [--delay 20] [--banks 32 64 ...] [--draws 60]

Batches of the preset's training are drawn many times over, with independent noise and with banks of several sizes, and
the variance of their gradients, the trace of the covariance, is divided by that with independent noise. The network is
the preset's first at its initial weights, or a snapshot. `benchmarks/noise_variance.py` is sharper, but takes the
gradient of every trial by itself, which is slow through convolutions. Intervals of 95 % are from 2000 bootstrap samples
of the draws. Nothing is written.
"""

import argparse
import dataclasses
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from slowpoints.data import load_corpus
from slowpoints.study import CorpusFacts, PRESETS
from slowpoints.study._grid import networks_of
from slowpoints.task import DelayedRecall, ImagesByClass
from slowpoints.training import initial_state, load_network
from slowpoints.training._step import _loss

RESAMPLES = 2000


def gradients(network, recipe, task, images, *, delay: int, vocabulary: int, draws: int) -> np.ndarray:
    """The gradient of so many batches: array (draw, weight), float32."""

    @jax.jit
    def gradient(network, images, key):
        def loss(network):
            return _loss(network, images, jnp.asarray(vocabulary, jnp.int32), key, recipe.training, task, delay)[0]

        return jnp.concatenate([leaf.ravel() for leaf in jax.tree.leaves(jax.grad(loss)(network))])

    return np.stack([np.asarray(gradient(network, images, key)) for key in jax.random.split(jax.random.key(0), draws)])


def variance(drawn: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The trace of the covariance, for each row of `counts` (how often each draw is taken): from all pairs of draws."""
    products = drawn.astype(np.float64) @ drawn.T.astype(np.float64)
    squares = np.diag(products)
    total = counts.sum(1)
    apart = total * (counts @ squares) - np.einsum("sd,sd->s", counts @ products, counts)
    # Pairs of a draw with itself are no pairs.
    return apart / (total**2 - (counts**2).sum(1))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("preset", choices=PRESETS)
    parser.add_argument("--snapshot", type=Path, help="weights of such a network (default: the initial ones)")
    parser.add_argument("--delay", type=int, default=20, help="steps of a trial (default 20)")
    parser.add_argument("--vocabulary", type=int, default=10, help="classes shown (default 10)")
    parser.add_argument("--banks", type=int, nargs="+", default=(32, 64, 128), help="sizes of the shared bank")
    parser.add_argument("--draws", type=int, default=60, help="batches of each kind (default 60)")
    options = parser.parse_args()
    config = PRESETS[options.preset]
    corpus = load_corpus(config.corpus)
    recipe = next(iter(networks_of(config, CorpusFacts.of(corpus)).values())).recipe
    if options.snapshot:
        network = load_network(options.snapshot)
    else:
        state = initial_state((recipe,), image_shape=corpus.image_shape, classes=corpus.classes)
        network = jax.tree.map(lambda leaf: leaf[0], state.network)
    task, images = DelayedRecall.of(recipe.task, corpus), ImagesByClass.of(corpus.train)
    kinds = {"independent": {"noise": "independent"}}
    kinds |= {f"K = {bank}": {"noise": "shared", "noise_bank": bank} for bank in options.banks}
    drawn = options.draws
    counts = np.concatenate(
        [np.ones((1, drawn)), np.random.default_rng(0).multinomial(drawn, np.full(drawn, 1 / drawn), RESAMPLES)]
    )
    base = None
    for name, changes in kinds.items():
        changed = dataclasses.replace(recipe, training=dataclasses.replace(recipe.training, **changes))
        found = gradients(
            network, changed, task, images, delay=options.delay, vocabulary=options.vocabulary, draws=drawn
        )
        of = variance(found, counts)
        base = of if base is None else base
        # A draw has the same trials with every kind of noise, so that both are resampled together.
        ratio = of / base
        low, high = np.quantile(ratio[1:], [0.025, 0.975])
        print(f"{name}: {ratio[0]:.2f} ({low:.2f} to {high:.2f})", flush=True)


if __name__ == "__main__":
    main()
