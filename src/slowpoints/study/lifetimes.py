"""How long each class' memory lives by itself, and what noise does to it at first: what may tell its retention."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from slowpoints._keys import key_for
from slowpoints._types import PRNGKey, State
from slowpoints.data import Corpus
from slowpoints.dynamics import relax
from slowpoints.dynamics._states import unflatten
from slowpoints.networks import MemoryNetwork
from slowpoints.study.artifacts import is_complete, load_artifact, save_artifact
from slowpoints.study.config import config_to_mapping, StudyConfig
from slowpoints.study.folder import Study
from slowpoints.study.grid import hash_of
from slowpoints.study.progress import ProgressFiles
from slowpoints.study.slow_points import mean_drive, spread_over_classes, step_under_mean_input
from slowpoints.study.stages import final_network
from slowpoints.task import IndependentNoise
from slowpoints.training import NetworkRecipe

ORIGINS = ("mean", "point")
"""Where a noise-free trajectory begins: at the class' mean state, or at the slow point found from it."""

NOISY = ("drift", "spread", "margin")
"""What is measured in noise, from the class' mean state."""


def lifetime_inputs(config: StudyConfig) -> str:
    """A hash of what the lifetimes of a network's classes depend on besides its weights."""
    mapping = config_to_mapping(config)
    return hash_of({name: mapping[name] for name in ("slow_points", "lifetimes")})


def lifetimes_in_network(study: Study, network: str, recipe: NetworkRecipe, corpus: Corpus) -> None:
    """Measures one trained network's lifetimes, after its slow points have been found.

    From each class' mean state, and from its slow point, the network runs on under the mean noise image, without
    noise, until the answer it would give changes. From the mean state it also runs for one trial's length in noise
    as trained, many times: how far it drifts, how far the runs spread, and the mean lead of the class then.
    """
    path = study.network_folder(network) / "lifetimes.safetensors"
    inputs = lifetime_inputs(study.config)
    if is_complete(path, inputs):
        return
    ProgressFiles((path.parent,)).stage("relaxing")
    trained = final_network(study, network, recipe)
    points = load_artifact(path.with_name("slow_points.safetensors"))
    arrays: dict[str, np.ndarray] = {}
    if "start" in points:
        settings = study.config.lifetimes
        known = np.asarray(np.isfinite(points["start"]).all(1))
        means, minima = (
            unflatten(points[name][known], trained.unit.initial_state()) for name in ("start", "newton.state")
        )
        answers = np.flatnonzero(known) + 1
        scores = scores_of(trained, mean_drive(trained, corpus.mean, trigger=1.0))
        for origin, states in zip(ORIGINS, (means, minima), strict=True):
            relaxed = relax(
                step_under_mean_input(trained, corpus.mean),
                states,
                scores=scores,
                labels=answers,
                max_steps=settings.max_steps,
            )
            arrays |= {
                f"{origin}.{name}": np.asarray(getattr(relaxed, name))
                for name in (
                    "lifetime",
                    "censored",
                    "pause",
                    "pause_root_speed",
                    "lowest_root_speed",
                    "lowest_margin",
                    "settled",
                    "root_speed",
                )
            }
        measured = _in_noise(
            trained,
            jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float32), means),
            jnp.asarray(answers),
            jnp.float32(corpus.mean),
            jnp.float32(corpus.std),
            key_for(recipe.seed, "drift"),
            steps=study.config.training.trial_steps,
            draws=settings.draws,
        )
        arrays |= {f"noise.{name}": np.asarray(rows) for name, rows in zip(NOISY, measured, strict=True)}
        arrays = {name: spread_over_classes(storable(rows), known) for name, rows in arrays.items()}
    save_artifact(path, arrays, inputs)


def scores_of(network: MemoryNetwork, drive: Float[Array, " gate_unit"]) -> jax.tree_util.Partial:
    """From a state to the outputs if the trigger came now, under that drive."""
    return jax.tree_util.Partial(_scores, network, drive)


def _scores(network: MemoryNetwork, drive: Float[Array, " gate_unit"], state: State) -> Float[Array, " output"]:
    """The outputs if the trigger came now, under the mean noise image."""
    return network.outputs(network.unit.step(state, drive))


def storable(rows: np.ndarray) -> np.ndarray:
    """Measures in float64, truths and times as whole numbers."""
    rows = np.asarray(rows)
    return rows.astype(np.float64 if np.issubdtype(rows.dtype, np.floating) else np.int64)


@functools.partial(jax.jit, static_argnames=("steps", "draws"))
def _in_noise(
    network: MemoryNetwork,
    states: State,
    answers: Array,
    mean: Float[Array, ""],
    std: Float[Array, ""],
    key: PRNGKey,
    *,
    steps: int,
    draws: int,
) -> tuple[Array, Array, Array]:
    """Of many runs in noise from each state: how far their mean has moved a step, their spread, the class' lead.

    All states see the same noise. Moves are of the unit's whole state, Euclidean.
    """
    weights = network.unit.weights.input

    def advance(moving: State, key: PRNGKey) -> tuple[State, None]:
        (drives,) = IndependentNoise().drives(
            network.drive, steps=1, batch=draws, pixels=weights.shape[0], mean=mean, std=std, key=key
        )
        return jax.vmap(lambda state: network.unit.step(state, drives))(moving), None

    start = jax.tree.map(lambda leaf: jnp.repeat(leaf[:, None], draws, axis=1), states)
    end, _ = jax.lax.scan(advance, start, jax.random.split(key, steps))
    moved = jnp.concatenate(jax.tree.leaves(jax.tree.map(jnp.subtract, end, start)), axis=-1)
    average = moved.mean(1)
    spread = jnp.sqrt(((moved - average[:, None]) ** 2).sum(-1).mean(1))
    named = functools.partial(_scores, network, mean_drive(network, mean, trigger=1.0))
    scores = jax.vmap(jax.vmap(named))(end)
    own = jnp.take_along_axis(scores, answers[:, None, None], axis=-1)[..., 0]
    is_own = jnp.arange(scores.shape[-1])[None, None] == answers[:, None, None]
    others = jnp.where(is_own, -jnp.inf, scores).max(-1)
    return jnp.linalg.norm(average, axis=-1) / steps, spread, (own - others).mean(1)
