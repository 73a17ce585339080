"""One network a protocol, for figures that show a single one of each."""

import numpy as np
import xarray as xr

from slowpoints.results import by_seed, PROTOCOLS, select, Setting, settings


def shown_networks(values: xr.DataArray, needed: str | None = None) -> tuple[Setting, int, dict[str, str]] | None:
    """A network under each of the paper's curricula, from the same initial weights where there are such.

    Args:
        values: array (network,), NaN for networks that are not to be shown.
        needed: a curriculum without which nothing is shown.

    Returns:
        The first setting that has any, the least seed that all its curricula have (if they share none, of the needed
        or the first one), and each curriculum's network of that seed, by name. None without any network.
    """
    for setting in settings(values):
        seeds = {name: set(by_seed(values, setting, name)) for name in PROTOCOLS}
        present = [name for name in PROTOCOLS if seeds[name]]
        if not present or (needed is not None and needed not in present):
            continue
        seed = min(set.intersection(*(seeds[name] for name in present)) or seeds[needed or present[0]])
        shown = {}
        for name in present:
            networks = select(values, setting, name).dropna("network")
            of_seed = networks["network"].values[np.flatnonzero(networks["seed"].values == seed)]
            if of_seed.size:
                shown[name] = str(of_seed[0])
        return setting, int(seed), shown
    return None
