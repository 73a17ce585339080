"""A network through its training, as maps that are read from its snapshots when they are needed."""

from collections.abc import Sequence
from pathlib import Path

import jax
import numpy as np
from jaxtyping import Array, Float, Int

from slowpoints._errors import InputError
from slowpoints._types import State, Step
from slowpoints.networks import MemoryNetwork
from slowpoints.study.folder import Study
from slowpoints.study.slow_points import mean_drive, read_out
from slowpoints.training import load_network, NetworkRecipe, snapshot_path, snapshot_schedule, snapshot_steps


class SnapshotMaps(Sequence[Step]):
    """The autonomous maps of one network at some training steps: one step of the unit under the mean noise image.

    A map holds the whole network, so that its readout goes along with it, between snapshots too.
    """

    def __init__(self, folder: Path, steps: Sequence[int], mean: float):
        self.folder, self.steps, self.mean = folder, tuple(steps), mean

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, k: int) -> Step:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The k-th map."""
        network = self.network(k)
        return jax.tree_util.Partial(_step, network, mean_drive(network, self.mean))

    def network(self, k: int) -> MemoryNetwork:
        """The network at the k-th step."""
        return load_network(snapshot_path(self.folder, self.steps[k]))

    def some(self, chosen: slice) -> "SnapshotMaps":
        """The maps at some of the steps."""
        return SnapshotMaps(self.folder, self.steps[chosen], self.mean)

    def readout(self, step: Step, states: State, shown: int) -> Int[np.ndarray, " point"]:
        """The class read out at states under one of the maps, of the first `shown` classes; −1 for *null*."""
        return read_out(step.args[0], self.mean, states, shown)  # pyright: ignore


def _step(network: MemoryNetwork, drive: Float[Array, " gate_unit"], state: State) -> State:
    return network.unit.step(state, drive)


def snapshots_of(study: Study, network: str, recipe: NetworkRecipe) -> tuple[int, ...]:
    """The steps at which a trained network must have left snapshots.

    Raises `InputError` if one of them is missing.
    """
    config = study.config
    every = max(1, recipe.training.steps // config.snapshots)
    steps = snapshot_schedule(recipe, every, config.snapshots_around)
    missing = sorted(set(steps) - set(snapshot_steps(study.network_folder(network))))
    if missing:
        folder = study.network_folder(network)
        raise InputError(
            f"{snapshot_path(folder, missing[0])} is missing, one of {len(missing)} of the network's {len(steps)} "
            f"snapshots that are; put it back, or delete {folder} and train the network again."
        )
    return steps
