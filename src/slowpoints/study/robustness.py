"""Whether slow points depend on what the searches for them chose: the constant input, and where they began."""

import jax
import numpy as np

from slowpoints._keys import key_for
from slowpoints.data import Corpus
from slowpoints.dynamics import find_slow_points, Newton
from slowpoints.study.artifacts import is_complete, save_artifact
from slowpoints.study.config import config_to_mapping, StudyConfig
from slowpoints.study.folder import Study
from slowpoints.study.grid import hash_of
from slowpoints.study.progress import ProgressFiles
from slowpoints.study.slow_points import spread_over_classes, step_under, step_under_mean_input, table_of, trials_of
from slowpoints.study.stages import final_network
from slowpoints.training import NetworkRecipe

KEPT = ("root_speed", "outcome", "readout_class", "leading_eigenvalue", "iterations")
"""What is kept of these searches."""


def robustness_inputs(config: StudyConfig) -> str:
    """A hash of what these searches depend on besides a network's weights."""
    mapping = config_to_mapping(config)
    return hash_of({name: mapping[name] for name in ("slow_points", "robustness")})


def robustness_in_network(study: Study, network: str, recipe: NetworkRecipe, corpus: Corpus) -> None:
    """Searches one trained network's slow points again, by Newton, in two other ways.

    - *other input*: from the class means, under one noise image, drawn once and kept on, instead of their mean.
    - *trials*: under the mean noise image, from the states of single trials that would be named correctly, out of
      those that the class means are of. Classes and trials are the leading axes.
    """
    path = study.network_folder(network) / "robustness.safetensors"
    inputs = robustness_inputs(study.config)
    if is_complete(path, inputs):
        return
    ProgressFiles((path.parent,)).stage("searching elsewhere")
    trained = final_network(study, network, recipe)
    trials = trials_of(study.config, trained, recipe, corpus)
    means = trials.means()
    arrays: dict[str, np.ndarray] = {"correct": means.correct}

    def search(step, states) -> dict[str, np.ndarray]:
        starts = jax.tree.map(lambda leaf: np.asarray(leaf)[means.known], states)
        solver = Newton(max_iterations=study.config.slow_points.newton_iterations)
        found = find_slow_points(step, starts, domain=trained.unit.domain(), solver=solver)
        table = table_of(trained, corpus.mean, step, starts, found, None)
        return {name: spread_over_classes(table[name], means.known) for name in KEPT}

    if means.known.any():
        image = corpus.mean + corpus.std * jax.random.normal(
            key_for(recipe.seed, "other input"), corpus.train.images.shape[1:]
        )
        other = step_under(trained, trained.drive(image, 0.0))
        arrays |= {f"other input.{name}": rows for name, rows in search(other, means.state).items()}
        number = study.config.robustness.trials
        first = trials.first_right(number)
        step = step_under_mean_input(trained, corpus.mean)
        # As many at a time as there are classes: a search of that shape is compiled already.
        each = [search(step, jax.tree.map(lambda leaf, k=k: leaf[:, k], first)) for k in range(number)]
        if each:
            arrays |= {f"trials.{name}": np.stack([rows[name] for rows in each], axis=1) for name in KEPT}
    save_artifact(path, arrays, inputs)
