"""A network through its training, read from its folder when it is needed."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from slowpoints._errors import InputError
from slowpoints.networks import MemoryNetwork
from slowpoints.training._checkpoints import load_network, snapshot_path, snapshot_steps
from slowpoints.training._metrics import load_metrics


# Of `Sequence[MemoryNetwork]` whoever checks types at run time would read a snapshot to look at it.
class History(Sequence):
    """The networks at some training steps, in order; the last is the trained one.

    Args:
        folder: the network's.
        steps: the steps at which it left snapshots.

    Example:
        >>> from pathlib import Path
        >>> import jax
        >>> from slowpoints import GRU, MemoryNetwork
        >>> from slowpoints.training import History, save_network, snapshot_path
        >>> for step in (0, 100):
        ...     network = MemoryNetwork.draw(GRU, image_shape=(8, 8), units=20, classes=10, key=jax.random.key(step))
        ...     save_network(snapshot_path(Path("mine"), step), network, step=step)
        >>> len(History(Path("mine"), (0, 100))), History(Path("mine"), (0, 100))[-1].unit.units
        (2, 20)
    """

    def __init__(self, folder: str | Path, steps: Sequence[int]):
        self.folder, self.steps = Path(folder), tuple(steps)

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, k: int) -> MemoryNetwork:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The network at the k-th step."""
        return load_network(snapshot_path(self.folder, self.steps[k]))

    @property
    def metrics(self) -> dict[str, np.ndarray]:
        """Loss and accuracies through training; see `load_metrics`."""
        return load_metrics(self.folder)

    def check(self) -> None:
        """Raises `InputError` if one of the snapshots is missing."""
        missing = sorted(set(self.steps) - set(snapshot_steps(self.folder)))
        if missing:
            raise InputError(
                f"{snapshot_path(self.folder, missing[0])} is missing, one of {len(missing)} of the network's "
                f"{len(self.steps)} snapshots that are; put it back, or delete {self.folder} and train the network "
                "again."
            )
