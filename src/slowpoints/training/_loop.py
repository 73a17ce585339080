"""The training loop: compiled chunks, and between them snapshots, metrics and states on disk."""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from slowpoints._atomic import set_aside
from slowpoints._errors import Damaged
from slowpoints.data import Corpus
from slowpoints.task import DelayedRecall, ImagesByClass
from slowpoints.training._checkpoints import (
    load_state,
    remove_states_after,
    save_snapshot,
    save_state,
    state_steps,
)
from slowpoints.training._metrics import append_metrics, empty_metrics, load_metrics, metrics_path, save_metrics
from slowpoints.training._recipe import NetworkRecipe
from slowpoints.training._step import advance, initial_state, Seen, TrainState
from slowpoints.training._sums import settle


class NonFiniteLoss(ArithmeticError):
    """Training stopped because a loss was not finite; names the network and the step."""


class Stopped(Exception):
    """Training stopped because it was asked to; everything up to there is saved."""


@dataclasses.dataclass(frozen=True)
class Progress:
    """Where a training run is: step, total, and the last interval's mean loss and accuracy.

    Example:
        >>> from slowpoints.training import Progress
        >>> now = Progress(step=10, steps=40, loss=0.1, class_accuracy=0.9)
        >>> now.step / now.steps
        0.25
    """

    step: int
    steps: int
    loss: float
    class_accuracy: float


def train(
    recipes: tuple[NetworkRecipe, ...],
    corpus: Corpus,
    folders: tuple[str | Path, ...],
    *,
    record_every: int,
    snapshot_every: int,
    snapshots_around: int = 0,
    save_state_seconds: float = 30.0,
    chunk_seconds: float = 1.0,
    asked_to_stop: Callable[[], bool] = lambda: False,
    report: Callable[[Progress], None] = lambda _: None,
    remark: Callable[[str], None] = lambda _: None,
) -> None:
    """Trains an ensemble to its end, going on from the newest whole state that all its folders hold.

    Args:
        recipes: the networks; they differ in nothing but their seeds, of weights and data.
        corpus: whose training images they see.
        folders: one each.
        record_every, snapshot_every, snapshots_around: training steps between rows of the metrics and between
            snapshots, and how many more of these there are beside each breakpoint (see `snapshot_schedule`).
        save_state_seconds: how much work a kill may cost, give or take an interval between rows or snapshots. Neither
            this nor `chunk_seconds` nor where a run was cut changes a bit of the result.
        chunk_seconds: about how long the compiled program runs before it hands over.
        asked_to_stop: looked at after every chunk.
        report: told where the run is, at every row and snapshot.
        remark: told, in a sentence, of a damaged file that was set aside.

    Raises:
        NonFiniteLoss: at the first loss that is not finite; everything written before stays.
        Stopped: when it was asked to stop, once it has saved where it is.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import load_corpus, TrainingSettings
        >>> from slowpoints.protocols import naive
        >>> from slowpoints.task import TaskSettings
        >>> from slowpoints.training import load_metrics, NetworkRecipe, train
        >>> task, settings = TaskSettings(trial_steps=6), TrainingSettings(steps=20, batch=4, noise_bank=8)
        >>> recipe = NetworkRecipe("tanh", 8, "sigmoid", naive(trial_steps=6), 0, task, settings)
        >>> train((recipe,), load_corpus("digits"), (Path("mine"),), record_every=10, snapshot_every=20)
        >>> load_metrics(Path("mine"))["step"]
        array([10, 20])
    """
    paths = tuple(map(Path, folders))
    recipe = recipes[0]
    images = ImagesByClass.of(corpus.train, np.stack([each.class_order(corpus.classes) for each in recipes]))
    task, moments = DelayedRecall.of(recipe.task, corpus).split()
    state, metrics = _resume(recipes, corpus, paths, remark)
    step = int(state.step)
    if step in (0, recipe.training.steps):
        _save_snapshots(paths, state)
    pace, saved = _Pace(chunk_seconds), time.monotonic()
    snapshots = snapshot_schedule(recipe, snapshot_every, snapshots_around)
    for stop in _stops(recipe, record_every, snapshots):
        if stop <= step:
            continue
        vocabulary = jnp.asarray(recipe.protocol.vocabulary(step), jnp.int32)
        longest_delay = recipe.protocol.longest_delay(step)
        while True:
            step = min(stop, step + pace.steps)
            with pace:
                state, progressed = advance(
                    state,
                    jnp.asarray(step, jnp.int32),
                    images,
                    settings=recipe.training,
                    vocabulary=vocabulary,
                    longest_delay=longest_delay,
                    task=task,
                    moments=moments,
                )
                _check(progressed.failed_at.tolist(), recipes, paths)
            if step == stop:
                break
            if asked_to_stop():
                _save_metrics(paths, metrics)
                _save_states(paths, state)
                raise Stopped
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
        state = state.with_nothing_seen()
        stopping = not last and asked_to_stop()
        save = last or stopping or time.monotonic() - saved >= save_state_seconds
        # The last snapshot says that a network is trained, so its metrics come before it; a state means that all
        # up to its step is there, so it comes after both.
        if save:
            _save_metrics(paths, metrics)
        if stop in snapshots:
            _save_snapshots(paths, state)
        if save:
            _save_states(paths, state)
            saved = time.monotonic()
        if stopping:
            raise Stopped
        report(
            Progress(
                step,
                recipe.training.steps,
                float(progressed.loss.mean()),
                float(progressed.score.classes.mean()),
            )
        )
    for folder in paths:
        settle(folder)


class _Pace:
    """How many steps a chunk has. Times what is done in its `with` block."""

    def __init__(self, seconds: float):
        self.seconds = seconds
        self.steps = 1 if seconds < float("inf") else 10**9

    def __enter__(self) -> None:
        self.began = time.monotonic()

    def __exit__(self, *_: object) -> None:
        taken = time.monotonic() - self.began
        if taken > self.seconds:
            self.steps = max(1, self.steps // 2)
        elif taken < self.seconds / 2:
            self.steps = min(2 * self.steps, 10**9)


def _check(failed_at: list[int], recipes: tuple[NetworkRecipe, ...], folders: tuple[Path, ...]) -> None:
    for step, recipe, folder in zip(failed_at, recipes, folders, strict=True):
        if step >= 0:
            raise NonFiniteLoss(
                f"The loss of network {folder.name} ({recipe.unit}, {recipe.protocol.name}, seed "
                f"{recipe.seed}) was not finite at step {step}; what was there before is kept. "
                f"Try a lower training.rate than {recipe.training.rate}."
            )


def _save_metrics(folders: tuple[Path, ...], metrics: list[dict]) -> None:
    for folder, rows in zip(folders, metrics, strict=True):
        save_metrics(folder, rows)


def _save_snapshots(folders: tuple[Path, ...], state: TrainState) -> None:
    for i, folder in enumerate(folders):
        save_snapshot(folder, _member(state.network, i), step=int(state.step))


def _save_states(folders: tuple[Path, ...], state: TrainState) -> None:
    for i, folder in enumerate(folders):
        save_state(folder, _one(state, i), step=int(state.step))


def snapshot_schedule(recipe: NetworkRecipe, snapshot_every: int, around: int = 0) -> tuple[int, ...]:
    """The steps at which a training leaves snapshots: at the start and the end, at regular steps, and at every
    breakpoint of the protocol, just before the change.

    `around` adds as many on either side of each breakpoint, half a regular interval away, a quarter, and so on: slow
    points are followed through a change of the curriculum more surely where snapshots lie close.

    Example:
        >>> from slowpoints import TrainingSettings
        >>> from slowpoints.protocols import naive
        >>> from slowpoints.task import TaskSettings
        >>> from slowpoints.training import NetworkRecipe, snapshot_schedule
        >>> recipe = NetworkRecipe("gru", 8, "sigmoid", naive(), 0, TaskSettings(), TrainingSettings(steps=100))
        >>> snapshot_schedule(recipe, 40)
        (0, 40, 80, 100)
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


def _resume(
    recipes: tuple[NetworkRecipe, ...], corpus: Corpus, folders: tuple[Path, ...], remark: Callable[[str], None]
) -> tuple[TrainState, list[dict]]:
    """The newest whole state that all folders hold, or the initial one, and the rows of the metrics up to there."""
    initial = initial_state(recipes, image_shape=corpus.image_shape, classes=corpus.classes)
    missing = [path for path in map(metrics_path, folders) if not path.exists()]
    for step in sorted(set.intersection(*(set(state_steps(folder)) for folder in folders)), reverse=True):
        if missing:
            remark(f"{missing[0]} is missing: trained anew, because only from the beginning can it be made.")
            break
        try:
            parts = [load_state(folder, _one(initial, i), step=step) for i, folder in enumerate(folders)]
            metrics = [load_metrics(folder, until=step) for folder in folders]
        except Damaged as damaged:
            remark(f"{damaged.path} was damaged ({damaged.what}): {set_aside(damaged.path)}.")
            if damaged.path in map(metrics_path, folders):
                break  # only from the beginning can all of its rows be made anew
            continue
        for folder in folders:
            remove_states_after(folder, step)
        return _together(parts), metrics
    for folder in folders:
        remove_states_after(folder, -1)
    return initial, [empty_metrics() for _ in folders]


def _together(parts: list[TrainState]) -> TrainState:
    """An ensemble's state of its networks'."""
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *parts)
    first = parts[0]
    seen = Seen(stacked.seen.loss, stacked.seen.score, first.seen.steps)
    return TrainState(stacked.network, stacked.adam, stacked.key, first.step, seen)


def _member(network, i: int):
    """Network i of an ensemble."""
    return jax.tree.map(lambda a: a[i], network)


def _one(state: TrainState, i: int) -> TrainState:
    """Network i's part of an ensemble's state."""
    seen = Seen(state.seen.loss[i], _member(state.seen.score, i), state.seen.steps)
    return TrainState(_member(state.network, i), _member(state.adam, i), state.key[i], state.step, seen)
