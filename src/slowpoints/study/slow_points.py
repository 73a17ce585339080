"""The slow points of a study's networks: from class means, by Newton and by the paper's Adam."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from slowpoints._keys import key_for
from slowpoints._types import State, Step
from slowpoints.data import Corpus
from slowpoints.dynamics import Adam, Coordinates, find_slow_points, GradientFlow, Newton, SlowPoints, speed_along
from slowpoints.dynamics._states import flatten
from slowpoints.extrapolation import class_trials, ClassTrials
from slowpoints.networks import AbstractUnit, MemoryNetwork
from slowpoints.study.artifacts import is_complete, save_artifact
from slowpoints.study.config import config_to_mapping, SlowPointSettings, StudyConfig
from slowpoints.study.folder import Study
from slowpoints.study.grid import hash_of
from slowpoints.study.progress import ProgressFiles
from slowpoints.study.stages import final_network
from slowpoints.task import ImagesByClass
from slowpoints.training import NetworkRecipe

SAME_POINT = 1e-4
"""Points nearer than this times √coordinates are one point: certified minima agree to far less than that, and distinct
ones were found whole units apart."""


def methods(settings: SlowPointSettings) -> tuple[str, ...]:
    """The searches that a study makes, in the order of its results."""
    return ("newton", "adam", *(("gradient flow",) if settings.gradient_flow else ()))


def find_inputs(config: StudyConfig) -> str:
    """A hash of what the search of a network's slow points depends on besides its weights."""
    return hash_of({"slow_points": config_to_mapping(config)["slow_points"]})


def find_in_network(study: Study, network: str, recipe: NetworkRecipe, corpus: Corpus) -> None:
    """Searches one trained network's slow points, one start a class, by Newton and by the paper's Adam.

    Newton, and the gradient flow where it is asked for, minimise the speed of the whole state, Adam the paper's, of
    the unit's coordinates. For units whose state is h they are one; for an LSTM the paper's has no minimum (see
    `LSTM.coordinates`).

    The constant input is the mean noise image without trigger. A class without a correct trial has no start; its
    row holds NaN, or −1 in columns of whole numbers.
    """
    settings = study.config.slow_points
    path = study.network_folder(network) / "slow_points.safetensors"
    inputs = find_inputs(study.config)
    if is_complete(path, inputs):
        return
    ProgressFiles((path.parent,)).stage("searching")
    trained = final_network(study, network, recipe)
    means = trials_of(study.config, trained, recipe, corpus).means()
    arrays: dict[str, np.ndarray] = {"correct": means.correct}
    if means.known.any():
        starts = jax.tree.map(lambda leaf: np.asarray(leaf)[means.known], means.state)
        arrays["start"] = spread_over_classes(flatten(starts).astype(np.float64), means.known)
        searches = {
            "newton": (Newton(max_iterations=settings.newton_iterations), None),
            "adam": (Adam(steps=settings.adam_steps), coordinates_of(trained.unit)),
            "gradient flow": (GradientFlow(), None),
        }
        for method in methods(settings):
            solver, coordinates = searches[method]
            step = step_under_mean_input(trained, corpus.mean)
            found = find_slow_points(
                step,
                starts,
                coordinates=coordinates,
                domain=trained.unit.domain(),
                solver=solver,
            )
            table = table_of(trained, corpus.mean, step, starts, found, coordinates) | {
                "duplicate_of": np.flatnonzero(means.known)[_first_coincident(flatten(found.state))]
            }
            arrays |= {f"{method}.{name}": spread_over_classes(rows, means.known) for name, rows in table.items()}
    save_artifact(path, arrays, inputs)


def trials_of(config: StudyConfig, network: MemoryNetwork, recipe: NetworkRecipe, corpus: Corpus) -> ClassTrials:
    """Trials of each class during the delay, where searches begin: the same ones whenever asked."""
    settings = config.slow_points
    return class_trials(
        network,
        ImagesByClass.of(corpus.train),
        delay=settings.delay,
        images_per_class=settings.images_per_class,
        mean=corpus.mean,
        std=settings.noise * corpus.std,
        key=key_for(recipe.seed, "class means"),
    )


def step_under_mean_input(network: MemoryNetwork, mean: float) -> jax.tree_util.Partial:
    """The autonomous map F: one step of the unit under the mean noise image, trigger 0."""
    return step_under(network, mean_drive(network, mean))


def step_under(network: MemoryNetwork, drive: Float[Array, " gate_unit"]) -> jax.tree_util.Partial:
    """One step of the unit under a constant drive."""
    return jax.tree_util.Partial(_step, network.unit, drive)


def _step(unit: AbstractUnit, drive: Float[Array, " gate_unit"], state: State) -> State:
    return unit.step(state, drive)


def coordinates_of(unit: AbstractUnit) -> jax.tree_util.Partial:
    """The paper's ξ of a unit, whose motion its search minimises."""
    return jax.tree_util.Partial(type(unit).coordinates, unit)


def mean_drive(
    network: MemoryNetwork, mean: float | Float[Array, ""], trigger: float = 0.0
) -> Float[Array, " gate_unit"]:
    """What the mean noise image exerts on the unit."""
    weights = network.unit.weights.input
    return network.drive(jnp.full(weights.shape[0], mean, weights.dtype), trigger)


def table_of(
    network: MemoryNetwork, mean: float, step: Step, starts: State, found: SlowPoints, coordinates: Coordinates | None
) -> dict[str, np.ndarray]:
    """What is kept of a search, one row a point: of the search `found` of the points of `step` from `starts`.

    `mean` is the corpus': points are read out under the mean noise image.
    """
    return {
        "state": flatten(found.state),
        "speed": found.speed,
        "root_speed": found.root_speed,
        "gradient_norm": found.gradient_norm,
        "smallest_curvature": found.smallest_curvature,
        "error_bound": found.error_bound,
        "leading_eigenvalue": np.abs(found.eigenvalues[:, 0]),
        "active_bounds": np.asarray(found.active_bounds, np.int64),
        "iterations": np.asarray(found.iterations, np.int64),
        "outcome": np.asarray(found.outcome, np.int64),
        "distance": np.linalg.norm(flatten(found.state) - flatten(starts), axis=1),
        "start_root_speed": speed_along(step, starts, coordinates),
        "readout_class": read_out(network, mean, found.state),
    }


def read_out(network: MemoryNetwork, mean: float, state: State, shown: int | None = None) -> Int[np.ndarray, " point"]:
    """The class read out at each point when the trigger comes with the mean input; −1 for *null*.

    Where only the first `shown` classes have been shown, it is one of these: the outputs of others are not trained.
    """
    drive = mean_drive(network, mean, trigger=1.0)
    points = jax.tree.map(lambda leaf: jnp.asarray(leaf, drive.dtype), state)
    moved = jax.vmap(lambda point: network.unit.step(point, drive))(points)
    outputs = network.outputs(moved)[:, : None if shown is None else shown + 1]
    return np.asarray(jnp.argmax(outputs, axis=-1), np.int64) - 1


def _first_coincident(flat: Float[np.ndarray, "point coordinate"]) -> Int[np.ndarray, " point"]:
    """For each point the index of the first one it coincides with (its own where there is none before it)."""
    distance = np.linalg.norm(flat[:, None] - flat[None], axis=-1)
    return np.argmax(distance <= SAME_POINT * flat.shape[1] ** 0.5, axis=1)


def spread_over_classes(rows: np.ndarray, known: Bool[np.ndarray, " class"]) -> np.ndarray:
    """Rows of the known classes among all classes; the others hold NaN or −1."""
    missing = np.nan if np.issubdtype(rows.dtype, np.floating) else -1
    full = np.full((len(known), *rows.shape[1:]), missing, rows.dtype)
    full[known] = rows
    return full
