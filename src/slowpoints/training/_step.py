"""One training step, and many of them inside one compiled program."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int, Key

from slowpoints._keys import key_for
from slowpoints.networks import MemoryNetwork, outputs_during, trial_drives, UNITS
from slowpoints.task import DelayedRecall, draw_trials, ImagesByClass, loss_and_score, Score
from slowpoints.training._recipe import NetworkRecipe, TrainingSettings

_ADAM = optax.scale_by_adam()


class Seen(eqx.Module):
    """Sums over the steps since the last row of the metrics, however often the program handed over between them.

    - `loss`, `score`: of each network.
    - `steps`: over how many steps.
    """

    loss: Float[Array, "*network"]
    score: Score
    steps: Int[Array, ""]

    @classmethod
    def nothing(cls, networks: int) -> Self:
        """Before the first step."""
        return cls(jnp.zeros(networks), Score(jnp.zeros(networks), jnp.zeros(networks)), jnp.zeros((), jnp.int32))


class TrainState(eqx.Module):
    """An ensemble in training; every array but `step` and `seen.steps` has a leading network axis. One network's part,
    as its files have it, is the same without that axis.

    - `network`, `adam`: the weights and Adam's moments, float32.
    - `key`: each network's training key; step t uses `fold_in(key, t)`.
    - `step`: how many steps have been made.
    - `seen`: what the next row of the metrics is the mean of, so far.

    Example:
        >>> from slowpoints import TrainingSettings
        >>> from slowpoints.protocols import naive
        >>> from slowpoints.task import TaskSettings
        >>> from slowpoints.training import initial_state, NetworkRecipe
        >>> recipe = NetworkRecipe("gru", 8, "sigmoid", naive(), 0, TaskSettings(), TrainingSettings(steps=100))
        >>> int(initial_state((recipe,), image_shape=(8, 8), classes=10).step)
        0
    """

    network: MemoryNetwork
    adam: optax.OptState
    key: Key[Array, "*network"]
    step: Int[Array, ""]
    seen: Seen

    def with_nothing_seen(self) -> Self:
        """The state after a row of the metrics has been written."""
        return dataclasses.replace(self, seen=Seen.nothing(self.key.shape[0]))


class Progressed(eqx.Module):
    """What happened since the last row of the metrics: means over its steps, and the first step whose loss was not
    finite (−1 if none), each per network.
    """

    loss: Float[Array, " network"]
    score: Score
    failed_at: Int[Array, " network"]


def initial_state(recipes: tuple[NetworkRecipe, ...], *, image_shape: tuple[int, ...], classes: int) -> TrainState:
    """The state before the first step of recipes that differ in nothing but their seeds.

    Example:
        >>> from slowpoints import TrainingSettings
        >>> from slowpoints.protocols import naive
        >>> from slowpoints.task import TaskSettings
        >>> from slowpoints.training import initial_state, NetworkRecipe
        >>> recipe = NetworkRecipe("gru", 8, "sigmoid", naive(), 0, TaskSettings(), TrainingSettings(steps=100))
        >>> initial_state((recipe,), image_shape=(8, 8), classes=10).network.readout.weight.shape  # an ensemble of one
        (1, 8, 11)
    """
    first = recipes[0]

    def draw(key):
        return MemoryNetwork.draw(
            UNITS[first.unit],
            image_shape=image_shape,
            units=first.units,
            classes=classes,
            readout=first.readout,
            front_end=first.front_end,
            key=key,
        )

    network = eqx.filter_vmap(draw)(jnp.stack([key_for(r.seed, "initial weights") for r in recipes]))
    return TrainState(
        network=network,
        adam=jax.vmap(_ADAM.init)(network),
        key=jnp.stack([key_for(_data_seed(r), "training") for r in recipes]),
        step=jnp.zeros((), jnp.int32),
        seen=Seen.nothing(len(recipes)),
    )


def _data_seed(recipe: NetworkRecipe) -> int:
    given = recipe.training.data_seed
    return recipe.seed if given is None else given


@functools.partial(jax.jit, static_argnames=("settings", "task", "longest_delay"), donate_argnums=0)
def advance(
    state: TrainState,
    stop: Int[Array, ""],
    images: ImagesByClass,
    *,
    settings: TrainingSettings,
    task: DelayedRecall,
    vocabulary: Int[Array, ""],
    longest_delay: int,
    moments: tuple[Float[Array, " pixel"], Float[Array, " pixel"]] | None = None,
) -> tuple[TrainState, Progressed]:
    """Trains from `state.step` to `stop`, or to the first step at which some network's loss is not finite.

    `vocabulary` and `longest_delay` are those in force all the way. One program for each distinct `longest_delay`
    (and settings and task), whatever the protocol; `stop` and `vocabulary` are traced, so where a run is cut into
    pieces changes neither the program nor a bit of the result. `state` is donated. Of a task whose pixels have moments
    of their own `task` and `moments` are what `DelayedRecall.split` gives.

    Example:
        >>> import jax.numpy as jnp
        >>> from slowpoints import load_corpus, TrainingSettings
        >>> from slowpoints.protocols import naive
        >>> from slowpoints.task import DelayedRecall, ImagesByClass, TaskSettings
        >>> from slowpoints.training import advance, initial_state, NetworkRecipe
        >>> corpus, settings = load_corpus("digits"), TrainingSettings(steps=20, batch=4, noise_bank=8)
        >>> recipe = NetworkRecipe("tanh", 8, "sigmoid", naive(trial_steps=6), 0, TaskSettings(trial_steps=6), settings)
        >>> state, progressed = advance(
        ...     initial_state((recipe,), image_shape=(8, 8), classes=10),
        ...     jnp.int32(5),
        ...     ImagesByClass.of(corpus.train),
        ...     settings=settings,
        ...     task=DelayedRecall.of(recipe.task, corpus),
        ...     vocabulary=jnp.int32(10),
        ...     longest_delay=6,
        ... )
        >>> int(state.step), progressed.loss.shape
        (5, (1,))
    """
    task = task.with_moments(moments)
    rate_drop_step = round(settings.rate_drop_at * settings.steps)

    classes = [jnp.broadcast_to(a, (state.key.size, a.shape[-1])) for a in (images.first, images.count)]

    def one_network(network, adam, key, first, count, step):
        gradient_of = jax.value_and_grad(_loss, has_aux=True)
        with jax.default_matmul_precision(settings.matmul_precision):
            (loss, score), gradient = gradient_of(
                network,
                ImagesByClass(images.pixels, first, count),
                vocabulary,
                jax.random.fold_in(key, step),
                settings,
                task,
                longest_delay,
            )
        update, adam = _ADAM.update(gradient, adam)
        rate = jnp.where(step < rate_drop_step, settings.rate, settings.rate * settings.rate_drop)
        network = jax.tree.map(lambda w, u: w - rate * u, network, update)
        return network, adam, loss, score

    def body(carry):
        state, failed_at = carry
        network, adam, loss, score = over_networks(
            lambda network, adam, key, first, count: one_network(network, adam, key, first, count, state.step),
            state.network,
            state.adam,
            state.key,
            *classes,
        )
        failed_at = jnp.where(jnp.isfinite(loss), failed_at, state.step)
        seen = Seen(state.seen.loss + loss, jax.tree.map(jnp.add, state.seen.score, score), state.seen.steps + 1)
        return TrainState(network, adam, state.key, state.step + 1, seen), failed_at

    def unfinished(carry):
        state, failed_at = carry
        return (state.step < stop) & (failed_at < 0).all()

    state, failed_at = jax.lax.while_loop(unfinished, body, (state, jnp.full(state.key.shape[0], -1, jnp.int32)))
    seen = state.seen
    count = jnp.maximum(seen.steps, 1).astype(seen.loss.dtype)
    return state, Progressed(seen.loss / count, jax.tree.map(lambda s: s / count, seen.score), failed_at)


def over_networks(function: Callable, *ensemble: Any) -> Any:
    """`function` of each network of an ensemble: all at once, but on a CPU one after the other.

    A single network fills a CPU's processor, and batched products are slower there than as many plain ones (measured:
    a quarter for a batch of one, twice for sixteen).
    """
    if jax.default_backend() != "cpu":
        return jax.vmap(function)(*ensemble)
    if jax.tree.leaves(ensemble)[0].shape[0] > 1:
        return jax.lax.map(lambda network: function(*network), ensemble)
    return jax.tree.map(lambda a: a[None], function(*jax.tree.map(lambda a: a[0], ensemble)))


def _loss(network, images, vocabulary, key, settings, task, longest_delay):
    """The loss and score of one network on a fresh batch."""
    trials_key, noise_key = jax.random.split(key)
    trials = draw_trials(
        task,
        images,
        batch=settings.batch,
        longest_delay=longest_delay,
        vocabulary=vocabulary,
        key=trials_key,
    )
    drives = trial_drives(
        network,
        task,
        images.pixels,
        trials,
        steps=longest_delay,
        noise=settings.make_noise(),
        key=noise_key,
    )
    _, outputs = outputs_during(network, network.unit.initial_state(settings.batch), drives)
    return loss_and_score(task, outputs, trials, vocabulary=vocabulary)
