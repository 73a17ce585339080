"""DeCu against VoCu within one setting, networks paired by seed."""

import xarray as xr

from slowpoints.claims._claim import Evidence
from slowpoints.claims._statistics import Interval, paired_difference, UNBOUNDED
from slowpoints.claims._verdicts import not_tested, one_side
from slowpoints.results import (
    by_seed,
    paired,
    PROTOCOLS,
    Setting,
)

PAIRS = "pairs of networks with the same seed"
"""What n counts in a paired comparison."""


def missing_protocol(values: xr.DataArray, setting: Setting) -> Evidence | None:
    """Evidence that a setting lacks one of the two protocols; None where both are there.

    Args:
        values: array (network,); networks with NaN are not there.
        setting: which networks.
    """
    missing = [protocol for protocol in PROTOCOLS if not by_seed(values, setting, protocol)]
    if not missing:
        return None
    return not_tested(f"The study has no {' and no '.join(missing)} networks with this value.", setting.label)


def protocol_difference(
    values: xr.DataArray, setting: Setting, sign: int, name: str, bounds: Interval = UNBOUNDED
) -> Evidence:
    """Whether DeCu − VoCu has the claimed sign.

    Args:
        values: array (network,).
        setting: which networks.
        sign: 1 for DeCu above VoCu, −1 for below.
        name: the difference in words, with its unit.
        bounds: what the difference can be.
    """
    missing = missing_protocol(values, setting)
    if missing:
        return missing
    difference = paired_difference(*paired(values, setting), bounds)
    return one_side(difference, sign, name, n_of=PAIRS, label=setting.label)
