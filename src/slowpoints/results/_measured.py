"""The groups of a study's results, one a measurement: reading them, and saying what is not there."""

import numpy as np
import xarray as xr

from slowpoints.measurements import MEASUREMENTS


def measured(results: xr.DataTree, name: str) -> xr.Dataset:
    """What one measurement gave: a group of the results, its strings as NumPy's fixed-length ones.

    Strings come back from a file as objects or as `StringDType`, which do not all compare and cast alike.

    Raises:
        KeyError: if it was not measured of any network.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.results import measured
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> measured(results, "lifetimes").sizes["class"]
        10
    """
    group = results.children[name].to_dataset()
    words = {key: v.astype(object).astype(str) for key, v in group.variables.items() if v.dtype.kind in "OT"}
    return group.assign({key: v for key, v in words.items() if key in group.data_vars}).assign_coords(
        {key: v for key, v in words.items() if key in group.coords}
    )


def has(results: xr.DataTree, name: str) -> bool:
    """Whether the results hold anything of a measurement: its first variable is not missing throughout.

    Slow points of networks none of which ever named a class have no start, and so no speed.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.results import has
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> has(results, "lifetimes"), has(results, "tracks")
        (True, False)
    """
    if name not in MEASUREMENTS or name not in results.children:
        return False
    first, variable = next(iter(MEASUREMENTS[name].variables.items()))
    return not bool(is_missing(results.children[name].to_dataset()[first], variable.missing).all())


def is_missing(values: xr.DataArray, missing: float | int | str) -> xr.DataArray:
    """Where nothing stands in a variable, by the value that its schema gives for that."""
    return values.isnull() if isinstance(missing, float) and np.isnan(missing) else values == missing


def not_measured(results: xr.DataTree, name: str) -> str:
    """The sentence that something is lacking of a measurement, and the command that measures it.

    Args:
        results: the study's.
        name: a measurement that they do not have.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.results import not_measured
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> print(not_measured(results, "tracks"))
        This study has not measured slow points tracked through training; `slowpoints run STUDY --only tracks` does.
    """
    if name not in MEASUREMENTS:
        return f"There is no measurement {name} in this version of slowpoints."
    what = MEASUREMENTS[name].what
    if name in results.children:
        return f"There are no {what}: no class of any network was named rightly."
    return f"This study has not measured {what}; `slowpoints run STUDY --only {name}` does."
