"""A search by FixedPointFinder's rules, on PyTorch, for this package's GRU."""

import numpy as np
import torch  # pyright: ignore[reportMissingImports]
from jaxtyping import Float

from slowpoints.networks import AbstractUnit

ITERATIONS = 5000
"""How many FixedPointFinder makes at most by default."""


def search(
    unit: AbstractUnit,
    drive: Float[np.ndarray, " gate_unit"],
    starts: Float[np.ndarray, "point unit"],
    *,
    iterations: int = ITERATIONS,
) -> tuple[Float[np.ndarray, "point unit"], int]:
    """Fixed points of h → step(h, drive) by Adam on the mean of q = ½‖h − F(h)‖² over all starts together, float32.

    Adam's rate starts at 1 and falls to 0.95 of itself whenever the mean has not fallen for more than two iterations.
    The search ends when every point has q < 1e-12 or a change of q below 1e-20 times the rate, or after `iterations`.

    **Returns:** the last states, and how many iterations were made.

    **Source:** the defaults of Golub and Sussillo (2018), "FixedPointFinder", in its joint mode. Written anew.
    """
    n = unit.units
    recurrent = torch.tensor(np.asarray(unit.weights.recurrent, np.float32))
    constant = torch.tensor(np.asarray(drive, np.float32))
    states = torch.tensor(np.asarray(starts, np.float32), requires_grad=True)
    adam = torch.optim.Adam([states], lr=1.0)
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(adam, factor=0.95, patience=2)
    before = torch.full((len(starts),), torch.nan)
    made = 0
    while made < iterations:
        adam.zero_grad(set_to_none=True)
        gates = torch.sigmoid(constant[: 2 * n] + states @ recurrent[:, : 2 * n])
        z, r = gates[:, :n], gates[:, n:]
        moved = (1 - z) * states + z * torch.tanh(constant[2 * n :] + (r * states) @ recurrent[:, 2 * n :])
        q = 0.5 * (moved - states).square().sum(1)
        mean = q.mean()
        mean.backward()
        now = q.detach()
        if made and bool(((now < 1e-12) | ((now - before).abs() < 1e-20 * adam.param_groups[0]["lr"])).all()):
            break
        adam.step()
        plateau.step(mean.detach())
        before = now
        made += 1
    return states.detach().numpy(), made
