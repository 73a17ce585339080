"""Which of the measured delays a claim is about."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from slowpoints.claims._stages import stage


def steps_per_trial(results: xr.DataTree) -> int:
    """T, the trial's length in training, in steps; 20 where a study does not say."""
    return int(results.attrs.get("steps_per_trial", 20))


def trained_delay(results: xr.DataTree) -> int | None:
    """The longest measured delay not above T; None if none was measured."""
    delays = stage(results, "delay")["delay"].values
    within = delays[delays <= steps_per_trial(results)]
    return int(within.max()) if within.size else None


def delays_beyond(results: xr.DataTree) -> NDArray[np.integer]:
    """The measured delays above T, in steps; possibly none."""
    delays = stage(results, "delay")["delay"].values
    return np.sort(delays[delays > steps_per_trial(results)])


def long_delay(results: xr.DataTree) -> int | None:
    """The delay at which classes are compared: the measured one beyond T that is nearest to 10·T.

    At 10·T (200 steps) memories have begun to differ and few are all kept or all lost. Of two equally
    near, the longer. None if nothing beyond T was measured.
    """
    delays = delays_beyond(results)
    if not delays.size:
        return None
    away = np.abs(delays - 10 * steps_per_trial(results))
    return int(delays[away == away.min()].max())
