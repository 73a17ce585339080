"""Which of the measured delays a claim is about."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from slowpoints.results._measured import measured


def trial_steps(results: xr.DataTree) -> int:
    """T, the trial's length in training, in steps.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.results import trial_steps
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> trial_steps(results)
        20
    """
    return int(results.attrs["trial_steps"])


def trained_delay(results: xr.DataTree) -> int | None:
    """The longest measured delay not above T; None if none was measured.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.results import trained_delay
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> trained_delay(results)
        20
    """
    delays = measured(results, "extrapolation")["delay"].values
    within = delays[delays <= trial_steps(results)]
    return int(within.max()) if within.size else None


def delays_beyond(results: xr.DataTree) -> NDArray[np.integer]:
    """The measured delays above T, in steps; possibly none.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.results import delays_beyond
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> delays_beyond(results)
        array([  35,   50,  100,  200,  350,  500, 1000], dtype=int32)
    """
    delays = measured(results, "extrapolation")["delay"].values
    return np.sort(delays[delays > trial_steps(results)])


def long_delay(results: xr.DataTree) -> int | None:
    """The delay at which classes are compared: the measured one beyond T that is nearest to 10·T.

    At 10·T (200 steps) memories have begun to differ and few are all kept or all lost. Of two equally
    near, the longer. None if nothing beyond T was measured.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.results import long_delay
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> long_delay(results)
        200
    """
    delays = delays_beyond(results)
    if not delays.size:
        return None
    away = np.abs(delays - 10 * trial_steps(results))
    return int(delays[away == away.min()].max())
