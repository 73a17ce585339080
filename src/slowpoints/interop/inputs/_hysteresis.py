"""Where a network's state depends on the way that its input came."""

from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Bool, Float64

from slowpoints._errors import InputError
from slowpoints._extras import needs
from slowpoints._types import State
from slowpoints.dynamics import Ending, relax
from slowpoints.dynamics._states import check_state, flatten
from slowpoints.dynamics.behaviour._destination import WITHIN
from slowpoints.interop._survey import Network


class Hysteresis(NamedTuple):
    """Where a network's state goes as its input goes slowly along a path and back.

    Examples:
        >>> from slowpoints.interop import Hysteresis
        >>> Hysteresis._fields
        ('inputs', 'forth', 'back', 'settled')
    """

    inputs: Float64[np.ndarray, "input ..."]
    """The path of constant inputs."""
    forth: State
    """The state under each input on the way there; each leaf with a leading axis `input`."""
    back: State
    """And on the way back."""
    settled: Bool[np.ndarray, " input"]
    """Whether the state had come to rest under this input on both ways."""

    @property
    def distance(self) -> Float64[np.ndarray, " input"]:
        """How far the states of the two ways are from each other, in the state's units."""
        return np.linalg.norm(flatten(self.forth) - flatten(self.back), axis=1)

    @property
    def loop(self) -> Bool[np.ndarray, " input"]:
        """The inputs under which it is known to matter which way they came: both states rest, at different points."""
        size = flatten(self.forth).shape[1]
        return self.settled & (self.distance > WITHIN * size**0.5)

    def to_xarray(self) -> Any:
        """A dataset with dimensions `way` (forth, back), `input`, `coordinate` and `feature`."""
        needs("plots", "xarray")
        import xarray as xr

        path = len(self.inputs)
        return xr.Dataset(
            {
                "state": (("way", "input", "coordinate"), np.stack([flatten(self.forth), flatten(self.back)])),
                "constant_input": (("input", "feature"), self.inputs.reshape(path, -1)),
                "loop": ("input", self.loop),
                "settled": ("input", self.settled),
            },
            coords={"way": ["forth", "back"]},
        )


def hysteresis(network: Network, inputs: Any, *, start: State | None = None, max_steps: int = 20_000) -> Hysteresis:
    """Takes the input along a path and back, and lets the state settle under each before the next.

    Args:
        network: from `from_torch` and its like.
        inputs: two or more constant inputs, each as `Imported.at` takes it, along the first axis.
        start: the state under the first input before it settles; the zero state by default.
        max_steps: how long it may take under each input.

    Returns:
        `Hysteresis`. `sweep` shows the points between which the state jumps, and where they vanish.

    Raises:
        InputError: if there are fewer than two inputs; and as `Imported.at` and `relax`.

    Examples:
        A unit h ↦ tanh(2h + u) jumps up at u = 0.53 and down at −0.53.

        >>> import numpy as np
        >>> from slowpoints.interop import from_torch, hysteresis
        >>> weights = {"weight_ih_l0": np.ones((1, 1)), "weight_hh_l0": np.full((1, 1), 2.0)}
        >>> found = hysteresis(from_torch(weights, unit="tanh"), np.linspace(-1, 1, 9)[:, None])
        >>> found.loop
        array([False, False,  True,  True,  True,  True,  True, False, False])
    """
    path = np.asarray(inputs, np.float64)
    if path.ndim < 1 or len(path) < 2:
        raise InputError(f"inputs must be two or more constant inputs, one a row, not of shape {path.shape}.")
    state = check_state(network.initial_state() if start is None else start, "start")
    maps = [network.at(one) for one in path]
    ways, settled = [], np.ones(len(path), bool)
    for order in (range(len(maps)), reversed(range(len(maps)))):
        rested: dict[int, State] = {}
        for k in order:
            relaxed = relax(maps[k], jax.tree.map(lambda leaf: leaf[None], state), max_steps=max_steps)
            settled[k] &= relaxed.ending[0] == Ending.SETTLED
            state = rested[k] = jax.tree.map(lambda leaf: leaf[0], relaxed.state)
        ways.append(jax.tree.map(lambda *leaves: np.stack(leaves), *(rested[k] for k in range(len(maps)))))
    return Hysteresis(path, forth=ways[0], back=ways[1], settled=settled)
