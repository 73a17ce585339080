"""Slow points as a labelled dataset, and back."""

import json
from typing import TYPE_CHECKING

import jax
import numpy as np

from slowpoints._errors import InputError
from slowpoints._extras import needs
from slowpoints._types import State
from slowpoints.dynamics._outcome import Outcome
from slowpoints.dynamics._slow_points import SlowPoints
from slowpoints.dynamics._states import flatten, unflatten
from slowpoints.dynamics.exchange._form import COLUMNS, form_of, of_form

if TYPE_CHECKING:
    import xarray as xr


def to_xarray(points: SlowPoints) -> "xr.Dataset":
    """Slow points as an `xarray.Dataset` with dimensions point, coordinate and eigenvalue.

    `state` is laid flat. Its coordinates are labelled by their place in the state: ``[3]`` of a single array,
    ``[0][3]`` of a tuple, ``['h'][3]`` of a dictionary. `outcome` holds words. Besides the fields of `SlowPoints` there
    are `root_speed` and `q`. Eigenvalues are complex, which Zarr can store and NetCDF cannot.

    Args:
        points: what `find_slow_points` returned.

    Returns:
        The dataset.

    Examples:
        >>> import jax.numpy as jnp, numpy as np
        >>> from slowpoints.dynamics import find_slow_points, to_xarray
        >>> dataset = to_xarray(find_slow_points(jnp.cos, np.array([[0.5]])))
        >>> dataset["outcome"].values.tolist(), dataset["state"].dims
        (['fixed point'], ('point', 'coordinate'))
    """
    needs("plots", "xarray")
    import xarray as xr

    dimensions = {"state": ("point", "coordinate"), "eigenvalues": ("point", "eigenvalue")}
    columns = {name: getattr(points, name) for name in (*COLUMNS, "root_speed", "q")}
    columns["state"] = flatten(points.state)
    columns["outcome"] = np.array([outcome.name.lower().replace("_", " ") for outcome in points.outcomes])
    shapes = [leaf.shape[1:] for leaf in jax.tree.leaves(points.state)]
    return xr.Dataset(
        {name: (dimensions.get(name, ("point",)), values) for name, values in columns.items()},
        coords={"coordinate": _labels(points.state)},
        attrs={"form": json.dumps(form_of(points.state)), "shapes": json.dumps(shapes)},
    )


def from_xarray(dataset: "xr.Dataset", *, like: State | None = None) -> SlowPoints:
    """Slow points from a dataset that `to_xarray` made, or from some of its points.

    Args:
        dataset: the dataset.
        like: as in `load_points`.

    Returns:
        `SlowPoints`.

    Raises:
        InputError: if a variable or an attribute is missing, or if `like` does not fit.

    Examples:
        >>> import jax.numpy as jnp, numpy as np
        >>> from slowpoints.dynamics import find_slow_points, from_xarray, to_xarray
        >>> dataset = to_xarray(find_slow_points(jnp.cos, np.array([[0.5], [1.0]])))
        >>> from_xarray(dataset.isel(point=[0])).outcomes
        (<Outcome.FIXED_POINT: 0>,)
    """
    missing = {*COLUMNS, "state"} - set(dataset.data_vars) | {"form", "shapes"} - set(dataset.attrs)
    if missing:
        raise InputError(f"dataset must be one that to_xarray made, but it has no {', no '.join(sorted(missing))}.")
    form, shapes = json.loads(dataset.attrs["form"]), json.loads(dataset.attrs["shapes"])
    columns = {name: np.array(dataset[name].values) for name in (*COLUMNS, "state")}
    words = {outcome.name.lower().replace("_", " "): int(outcome) for outcome in Outcome}
    columns["outcome"] = np.array([words[str(word)] for word in columns["outcome"]], np.int64)
    leaves = unflatten(columns.pop("state"), [np.empty(shape) for shape in shapes])
    points = SlowPoints(state=of_form(form, leaves, like), **columns)
    for array in jax.tree.leaves(points):
        array.setflags(write=False)
    return points


def _labels(states: State) -> list[str]:
    labels = []
    for path, leaf in jax.tree.leaves_with_path(states):
        where = jax.tree_util.keystr(path)
        labels += [where + "".join(f"[{i}]" for i in index) for index in np.ndindex(leaf.shape[1:])]
    return labels
