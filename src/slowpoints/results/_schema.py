"""What results must look like: the schema of every measurement, held against a tree."""

import numpy as np
import xarray as xr

from slowpoints.measurements import MEASUREMENTS, Variable

ALONG_NETWORK = {
    "unit": "U",
    "protocol": "U",
    "readout": "U",
    "seed": "i",
    "corpus": "U",
    "processor": "U",
    "versions": "U",
}
"""The coordinates along `network` in every group, with the kind of their values."""

ATTRIBUTES = ("name", "corpus", "config", "steps", "trial_steps", "networks")
"""What a tree says of the study as a whole."""


def check_results(results: xr.DataTree) -> None:
    """Holds results against the schema of the measurements.

    Args:
        results: the study's.

    Raises:
        ValueError: naming the first difference: a group that is no measurement, a variable that is missing or too
            many, or has other dimensions, another kind, or no coordinate.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.results import check_results
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> check_results(results)  # as they should be
    """
    for name in ATTRIBUTES:
        if name not in results.attrs:
            raise ValueError(f"the results do not say their {name}")
    for name, child in results.children.items():
        if name not in MEASUREMENTS:
            raise ValueError(f"group {name} is no measurement; there are {', '.join(MEASUREMENTS)}")
        _check_group(name, child.to_dataset())


def _check_group(name: str, group: xr.Dataset) -> None:
    schema = {key: variable for key, variable in MEASUREMENTS[name].variables.items() if variable.collected}
    if set(group.data_vars) != set(schema):
        raise ValueError(f"{name} has the variables {', '.join(map(str, group.data_vars))}, not {', '.join(schema)}")
    for key, kind in ALONG_NETWORK.items():
        if key not in group.coords or group[key].dims != ("network",) or _kind(group[key]) != kind:
            raise ValueError(f"{name} lacks the coordinate {key} along network")
    for key, variable in schema.items():
        if group[key].dims != ("network", *variable.dims):
            raise ValueError(f"{name}.{key} has dimensions {group[key].dims}, not {('network', *variable.dims)}")
        if _kind(group[key]) != _kind_of(variable):
            raise ValueError(f"{name}.{key} is of kind {_kind(group[key])}, not {_kind_of(variable)}")
        for dim in group[key].dims:
            if dim not in group.coords:
                raise ValueError(f"{name}.{key} has no labels along {dim}")


def _kind(values: xr.DataArray) -> str:
    return {"O": "U", "T": "U", "u": "i"}.get(values.dtype.kind, values.dtype.kind)


def _kind_of(variable: Variable) -> str:
    return _kind(xr.DataArray(np.asarray(variable.missing)))
