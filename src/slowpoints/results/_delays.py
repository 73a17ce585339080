"""Which of the measured delays a claim is about."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from slowpoints.results._measured import measured


def trial_steps(results: xr.DataTree) -> int:
    """T, the trial's length in training, in steps."""
    return int(results.attrs["trial_steps"])


def trained_delay(results: xr.DataTree) -> int | None:
    """The longest measured delay not above T; None if none was measured."""
    delays = measured(results, "extrapolation")["delay"].values
    within = delays[delays <= trial_steps(results)]
    return int(within.max()) if within.size else None


def delays_beyond(results: xr.DataTree) -> NDArray[np.integer]:
    """The measured delays above T, in steps; possibly none."""
    delays = measured(results, "extrapolation")["delay"].values
    return np.sort(delays[delays > trial_steps(results)])


def long_delay(results: xr.DataTree) -> int | None:
    """The delay at which classes are compared: the measured one beyond T that is nearest to 10·T.

    At 10·T (200 steps) memories have begun to differ and few are all kept or all lost. Of two equally
    near, the longer. None if nothing beyond T was measured.
    """
    delays = delays_beyond(results)
    if not delays.size:
        return None
    away = np.abs(delays - 10 * trial_steps(results))
    return int(delays[away == away.min()].max())
