"""The training loop: compiled chunks, and between them snapshots, metrics and states on disk."""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp

from slowpoints.data import Corpus
from slowpoints.task import DelayedRecall, ImagesByClass
from slowpoints.training._checkpoints import (
    load_state,
    remove_states_after,
    save_network,
    save_state,
    snapshot_path,
    state_steps,
)
from slowpoints.training._metrics import append_metrics, load_metrics, save_metrics
from slowpoints.training._recipe import NetworkRecipe
from slowpoints.training._step import advance, initial_state, TrainState


class NonFiniteLoss(ArithmeticError):
    """Training stopped because a loss was not finite; names the network and the step."""


@dataclasses.dataclass(frozen=True)
class Progress:
    """Where a training run is: step, total, and the last interval's mean loss and accuracy."""

    step: int
    steps: int
    loss: float
    class_accuracy: float


def train(
    recipes: tuple[NetworkRecipe, ...],
    corpus: Corpus,
    folders: tuple[Path, ...],
    *,
    record_every: int,
    snapshot_every: int,
    snapshots_around: int = 0,
    save_state_seconds: float = 30.0,
    report: Callable[[Progress], None] = lambda _: None,
) -> None:
    """Trains an ensemble to its end, going on from the newest state that all its folders hold.

    Args:
        recipes: the networks; they differ in nothing but their seed.
        corpus: whose training images they see.
        folders: one each.
        record_every, snapshot_every, snapshots_around: training steps between rows of the metrics and between
            snapshots, and how many more of these there are beside each breakpoint (see `snapshot_schedule`).
        save_state_seconds: how much work a kill may cost at most. Neither this nor where a run was cut changes a bit
            of the result.
        report: told where the run is, several times a second.

    Raises:
        NonFiniteLoss: at the first loss that is not finite; everything written before stays.
    """
    recipe = recipes[0]
    images = ImagesByClass.of(corpus.train)
    task, moments = DelayedRecall.of(recipe.task, corpus).split()
    state = _resume(recipes, corpus, folders)
    step = int(state.step)
    metrics = [load_metrics(folder, until=step) for folder in folders]
    if step in (0, recipe.training.steps):
        for i, folder in enumerate(folders):
            save_network(snapshot_path(folder, step), _member(state.network, i), step=step)
    saved = time.monotonic()
    snapshots = snapshot_schedule(recipe, snapshot_every, snapshots_around)
    for stop in _stops(recipe, record_every, snapshots):
        if stop <= step:
            continue
        state, progressed = advance(
            state,
            jnp.asarray(stop, jnp.int32),
            images,
            settings=recipe.training,
            vocabulary=jnp.asarray(recipe.protocol.vocabulary(step), jnp.int32),
            longest_delay=recipe.protocol.longest_delay(step),
            task=task,
            moments=moments,
        )
        for i, failed_at in enumerate(progressed.failed_at.tolist()):
            if failed_at >= 0:
                raise NonFiniteLoss(
                    f"The loss of network {folders[i].name} ({recipes[i].unit}, {recipes[i].protocol.name}, seed "
                    f"{recipes[i].seed}) was not finite at step {failed_at}; what was there before is kept. "
                    f"Try a lower training.rate than {recipe.training.rate}."
                )
        step = stop
        last = stop == recipe.training.steps
        metrics = [
            append_metrics(
                rows,
                step=step,
                loss=float(progressed.loss[i]),
                class_accuracy=float(progressed.score.classes[i]),
                null_accuracy=float(progressed.score.null[i]),
            )
            for i, rows in enumerate(metrics)
        ]
        save = last or time.monotonic() - saved >= save_state_seconds
        # The last snapshot says that a network is trained, so its metrics come before it; a state means that all
        # up to its step is there, so it comes after both.
        if save:
            for i, folder in enumerate(folders):
                save_metrics(folder, metrics[i])
        if stop in snapshots:
            for i, folder in enumerate(folders):
                save_network(snapshot_path(folder, step), _member(state.network, i), step=step)
        if save:
            for i, folder in enumerate(folders):
                save_state(folder, _one(state, i), step=step)
            saved = time.monotonic()
        report(
            Progress(
                step,
                recipe.training.steps,
                float(progressed.loss.mean()),
                float(progressed.score.classes.mean()),
            )
        )


def snapshot_schedule(recipe: NetworkRecipe, snapshot_every: int, around: int = 0) -> tuple[int, ...]:
    """The steps at which a training leaves snapshots: at the start and the end, at regular steps, and at every
    breakpoint of the protocol, just before the change.

    `around` adds as many on either side of each breakpoint, half a regular interval away, a quarter, and so on: slow
    points are followed through a change of the curriculum more surely where snapshots lie close.
    """
    steps = recipe.training.steps
    breakpoints = [step for step in recipe.protocol.breakpoints if step < steps]
    beside = {
        step + sign * (snapshot_every >> halving)
        for step in breakpoints
        for sign in (-1, 1)
        for halving in range(1, around + 1)
    }
    regular = range(0, steps, snapshot_every)
    return tuple(sorted({*regular, *breakpoints, *(step for step in beside if 0 < step < steps), steps}))


def _stops(recipe: NetworkRecipe, record_every: int, snapshots: tuple[int, ...]) -> list[int]:
    """All steps at which the compiled loop hands over, fixed by the recipe alone."""
    steps = recipe.training.steps
    return sorted({*range(record_every, steps, record_every), *snapshots, steps} - {0})


def _resume(recipes: tuple[NetworkRecipe, ...], corpus: Corpus, folders: tuple[Path, ...]) -> TrainState:
    """The newest state that all folders hold, or the initial one."""
    state = initial_state(recipes, image_shape=corpus.image_shape, classes=corpus.classes)
    common = set.intersection(*(set(state_steps(folder)) for folder in folders))
    for folder in folders:
        remove_states_after(folder, max(common, default=0))
    if not common:
        return state
    parts = [load_state(folder, _one(state, i), step=max(common)) for i, folder in enumerate(folders)]
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *parts)
    return TrainState(stacked.network, stacked.adam, stacked.key, parts[0].step)


def _member(network, i: int):
    """Network i of an ensemble."""
    return jax.tree.map(lambda a: a[i], network)


def _one(state: TrainState, i: int) -> TrainState:
    """Network i's part of an ensemble's state."""
    return TrainState(_member(state.network, i), _member(state.adam, i), state.key[i], state.step)
