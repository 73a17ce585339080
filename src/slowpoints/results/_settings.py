"""Settings: the groups of networks (corpus, unit, readout) within which protocols are compared."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from slowpoints.networks import UNITS

PROTOCOLS = ("DeCu", "VoCu")
"""The two curricula that the paper compares."""


@dataclass(frozen=True, order=True)
class Setting:
    """Everything that networks of different protocols must share to be compared.

    Fields: `corpus`, `unit` and `readout`, as in the results' coordinates of those names.

    Example:
        >>> from slowpoints.results import Setting
        >>> Setting("digits", "gru", "sigmoid").label
        'digits, GRU, sigmoid readout'
    """

    corpus: str
    unit: str
    readout: str

    @property
    def unit_name(self) -> str:
        """The unit as it is written in text; as it was recorded, if it is none of this version's."""
        known = UNITS.get(self.unit)
        return known.name if known else self.unit

    @property
    def label(self) -> str:
        """The setting in words."""
        return f"{self.corpus}, {self.unit_name}, {self.readout} readout"

    @property
    def in_paper(self) -> bool:
        """Whether the paper has networks like these: GRU or LSTM, with the sigmoid of its scripts."""
        return self.unit in ("gru", "lstm") and self.readout == "sigmoid"


def settings(values: xr.DataArray) -> tuple[Setting, ...]:
    """The settings that have any value, sorted; the paper's own before the others.

    Args:
        values: any array with dim `network` and the coords `corpus`, `unit`, `readout`.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.results import measured, settings
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> points = measured(results, "slow_points").sel(search="newton")
        >>> settings(points["root_speed"])
        (Setting(corpus='mnist', unit='gru', readout='sigmoid'),)
    """
    rest = [dim for dim in values.dims if dim != "network"]
    present = values.notnull().any(rest).values
    found = {
        Setting(str(corpus), str(unit), str(readout))
        for corpus, unit, readout, there in zip(
            values["corpus"].values,
            values["unit"].values,
            values["readout"].values,
            present,
            strict=True,
        )
        if there
    }
    return tuple(sorted(found, key=lambda setting: (not setting.in_paper, setting)))


def protocols(values: xr.DataArray) -> tuple[str, ...]:
    """The protocols that have networks in `values`: DeCu, VoCu, naive, then any others by name.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.results import measured, protocols
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> points = measured(results, "slow_points").sel(search="newton")
        >>> protocols(points["root_speed"])
        ('DeCu', 'VoCu', 'naive')
    """
    order = {name: place for place, name in enumerate((*PROTOCOLS, "naive"))}
    return tuple(sorted({str(name) for name in values["protocol"].values}, key=lambda p: (order.get(p, 3), p)))


def select(values: xr.DataArray, setting: Setting, protocol: str | None = None) -> xr.DataArray:
    """The networks of one setting (and protocol); possibly none.

    Args:
        values: any array with dim `network` and its coords.
        setting: which networks.
        protocol: a protocol's name; None takes all protocols.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.results import measured, select, settings
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> points = measured(results, "slow_points").sel(search="newton")
        >>> (setting,) = settings(points["root_speed"])
        >>> set(select(points["root_speed"], setting, "DeCu")["protocol"].values.tolist())
        {'DeCu'}
    """
    chosen = (
        (values["corpus"].values == setting.corpus)
        & (values["unit"].values == setting.unit)
        & (values["readout"].values == setting.readout)
    )
    if protocol is not None:
        chosen &= values["protocol"].values == protocol
    return values.isel(network=np.flatnonzero(chosen))


def by_seed(values: xr.DataArray, setting: Setting, protocol: str) -> dict[int, float]:
    """One number a seed, networks without a value left out; several of one seed are averaged.

    Args:
        values: array (network,).
        setting: which networks.
        protocol: which of them.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.results import by_seed, measured, settings
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> points = measured(results, "slow_points").sel(search="newton")
        >>> (setting,) = settings(points["root_speed"])
        >>> 0 in by_seed(points["root_speed"].median("class"), setting, "DeCu")  # seed 0 is there
        True
    """
    chosen = select(values, setting, protocol).dropna("network")
    numbers = chosen.values.astype(float)
    seeds = chosen["seed"].values.astype(int)
    return {int(seed): float(numbers[seeds == seed].mean()) for seed in np.unique(seeds)}


def paired(
    values: xr.DataArray, setting: Setting, first: str = "DeCu", second: str = "VoCu"
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """The values of two protocols for the seeds that have both, in the order of the seeds.

    The same seed gives the same initial weights under every protocol, hence pairs.

    Args:
        values: array (network,).
        setting: which networks.
        first: a protocol's name.
        second: another's.

    Returns:
        Two arrays (pair,).

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.results import measured, paired, settings
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> points = measured(results, "slow_points").sel(search="newton")
        >>> (setting,) = settings(points["root_speed"])
        >>> decu, vocu = paired(points["root_speed"].median("class"), setting)
        >>> decu.size == vocu.size  # every pair is whole
        True
    """
    one, other = by_seed(values, setting, first), by_seed(values, setting, second)
    shared = sorted(one.keys() & other.keys())
    return np.array([one[s] for s in shared]), np.array([other[s] for s in shared])


def network_means(values: xr.DataArray) -> xr.Dataset:
    """Mean and standard error over the networks of each setting and protocol.

    Args:
        values: array (network, ...) with the coords `corpus`, `unit`, `readout`, `protocol`.

    Returns:
        `mean`, `standard_error` (NaN below two networks) and `n` (networks with a value), each
        (setting, protocol, ...), with coord `setting` = the setting's label and, along it, `corpus`,
        `unit`, `readout`. Networks without a value (NaN) are left out, element by element.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.results import measured, network_means
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> points = measured(results, "slow_points").sel(search="newton")
        >>> network_means(points["root_speed"])["n"].dims
        ('setting', 'protocol', 'class')
    """
    groups, names = settings(values), protocols(values)
    rest = [str(dim) for dim in values.dims if dim != "network"]
    ordered = values.transpose("network", *rest)
    shape = (len(groups), len(names), *(ordered.sizes[dim] for dim in rest))
    mean, error = np.full(shape, np.nan), np.full(shape, np.nan)
    count = np.zeros(shape, dtype=int)
    for i, setting in enumerate(groups):
        for j, protocol in enumerate(names):
            numbers = select(ordered, setting, protocol).values.astype(float)
            there = np.isfinite(numbers)
            n = there.sum(0)
            total = np.where(there, numbers, 0.0).sum(0)
            average = np.where(n > 0, total / np.maximum(n, 1), np.nan)
            squares = np.where(there, (numbers - average) ** 2, 0.0).sum(0)
            spread = np.sqrt(squares / np.maximum(n - 1, 1) / np.maximum(n, 1))
            mean[i, j], count[i, j] = average, n
            error[i, j] = np.where(n > 1, spread, np.nan)
    dims = ("setting", "protocol", *rest)
    return xr.Dataset(
        {"mean": (dims, mean), "standard_error": (dims, error), "n": (dims, count)},
        coords={
            "setting": [setting.label for setting in groups],
            "protocol": list(names),
            "corpus": ("setting", [setting.corpus for setting in groups]),
            "unit": ("setting", [setting.unit for setting in groups]),
            "readout": ("setting", [setting.readout for setting in groups]),
            **{dim: ordered[dim].values for dim in rest if dim in ordered.coords},
        },
    )
