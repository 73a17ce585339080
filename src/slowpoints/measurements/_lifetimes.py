"""How long each class' memory lives by itself, and what noise does to it at first: what may tell its retention."""

import dataclasses
import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from slowpoints._options import check_ranges, option
from slowpoints._types import PRNGKey, State
from slowpoints.dynamics import relax
from slowpoints.dynamics._states import unflatten
from slowpoints.measurements._measurement import labelled, Measurement, spread, Subject, Variable
from slowpoints.networks import MemoryNetwork
from slowpoints.task import DelayedRecall, IndependentNoise

ORIGINS = ("mean", "point")
"""Where a noise-free trajectory begins: at the class' mean state, or at the slow point found from it."""


@dataclasses.dataclass(frozen=True)
class LifetimeSettings:
    """How lifetimes of memories are measured. Raises `InputError` for a number out of its range."""

    max_steps: int = option(
        20_000,
        "Steps without noise after which a memory that still holds is counted as that long (censored).",
        low=1,
        high=10**9,
        unit="steps",
    )
    draws: int = option(64, "Runs a class of one trial's length in noise, for its drift.", low=2, high=1_000_000)

    def __post_init__(self):
        check_ranges(self)


def _lifetimes(subject: Subject, settings: LifetimeSettings, needed, note):
    """From each class' mean state, and from its slow point, the network runs on under the mean noise image, without
    noise, until the answer it would give changes. From the mean state it also runs for one trial's length in noise
    as trained, many times: how far it drifts, how far the runs spread, and the mean lead of the class then.
    """
    note("relaxing")
    points, under = needed["slow_points"].dataset, subject.under_mean_noise
    start = points["start"].values
    known = np.isfinite(start).all(1)
    arrays: dict[str, Any] = {}
    if known.any():
        like = subject.network.unit.initial_state()
        minima = points["state"].sel(search="newton").values
        means = unflatten(start[known], like)
        labels = np.flatnonzero(known) + 1
        of_origins = []
        for states in (means, unflatten(minima[known], like)):
            relaxed = relax(under, states, scores=under.scores, labels=labels, max_steps=settings.max_steps)
            of_origins.append(
                {name: spread(getattr(relaxed, name), known, variable.missing) for name, variable in _OF_ORIGIN.items()}
            )
        arrays |= {name: np.stack([rows[name] for rows in of_origins]) for name in _OF_ORIGIN}
        in_noise = _in_noise(
            subject.network,
            subject.task,
            jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float32), means),
            jnp.asarray(labels),
            jnp.asarray(subject.mean_features(subject.network), jnp.float32),
            subject.key("drift"),
            draws=settings.draws,
        )
        arrays |= {
            name: spread(np.asarray(rows, np.float64), known, np.nan)
            for name, rows in zip(_IN_NOISE, in_noise, strict=True)
        }
    return labelled(_VARIABLES, {"origin": ORIGINS, "class": range(len(known))}, arrays)


@functools.partial(jax.jit, static_argnames="draws")
def _in_noise(
    network: MemoryNetwork,
    task: DelayedRecall,
    states: State,
    labels: Array,
    features: Float[Array, " feature"],
    key: PRNGKey,
    *,
    draws: int,
) -> tuple[Array, Array, Array]:
    """Of many runs of one trial's length in noise from each state: how far their mean has moved a step, their spread,
    and the class' lead under the mean `features`.

    All states see the same noise. Moves are of the unit's whole state, Euclidean.
    """

    def advance(moving: State, key: PRNGKey) -> tuple[State, None]:
        (drives,) = IndependentNoise().drives(network.drive, task, steps=1, batch=draws, pixels=network.pixels, key=key)
        return jax.vmap(lambda state: network.unit.step(state, drives))(moving), None

    def named(state: State) -> Array:
        return network.outputs(network.unit.step(state, network.unit.drive(features, 1.0)))

    start = jax.tree.map(lambda leaf: jnp.repeat(leaf[:, None], draws, axis=1), states)
    end, _ = jax.lax.scan(advance, start, jax.random.split(key, task.steps))
    moved = jnp.concatenate(jax.tree.leaves(jax.tree.map(jnp.subtract, end, start)), axis=-1)
    average = moved.mean(1)
    spread = jnp.sqrt(((moved - average[:, None]) ** 2).sum(-1).mean(1))
    scores = jax.vmap(jax.vmap(named))(end)
    own = jnp.take_along_axis(scores, labels[:, None, None], axis=-1)[..., 0]
    is_own = jnp.arange(scores.shape[-1])[None, None] == labels[:, None, None]
    others = jnp.where(is_own, -jnp.inf, scores).max(-1)
    return jnp.linalg.norm(average, axis=-1) / task.steps, spread, (own - others).mean(1)


_EACH = ("origin", "class")
_OF_ORIGIN = {
    "lifetime": Variable(_EACH, "Steps without noise until the answer changes, at most `max_steps`.", "steps", -1),
    "censored": Variable(_EACH, "Whether the answer had not changed by then (1) or had (0).", missing=-1),
    "pause": Variable(_EACH, "When speed has its first minimum in time; −1 for never.", "steps", -1),
    "pause_root_speed": Variable(_EACH, "‖F(x) − x‖ then.", "1/step"),
    "lowest_root_speed": Variable(_EACH, "Lowest ‖F(x) − x‖ until the answer changes.", "1/step"),
    "lowest_margin": Variable(_EACH, "Least lead of the class' output over the others until then."),
    "settled": Variable(_EACH, "Whether the state had come to rest (1) or not (0).", missing=-1),
    "root_speed": Variable(_EACH, "‖F(x) − x‖ at the end.", "1/step"),
}
_IN_NOISE = {
    "noise_drift": Variable(("class",), "How far the mean of runs in noise moves, a step.", "1/step"),
    "noise_spread": Variable(("class",), "How far runs in noise lie from their mean after a trial's length."),
    "noise_margin": Variable(("class",), "Mean lead of the class' output over the others then."),
}
_VARIABLES = {**_OF_ORIGIN, **_IN_NOISE}

LIFETIMES = Measurement(
    "lifetimes",
    "lifetimes of memories",
    _lifetimes,
    _VARIABLES,
    settings=LifetimeSettings,
    needs=("slow_points",),
)
