"""Branches of points along a path of inputs: where they are, which hold, and where they begin and end."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from slowpoints.dynamics import Outcome
from slowpoints.plots._input_path import along_path
from slowpoints.plots._style import label, legend, MUTED, PALETTE, panels

KINDS = ("attractor", "unstable fixed point", "slow point")


def bifurcation_diagram(values: xr.Dataset, axis: np.ndarray | None = None) -> xr.Dataset:
    """Where each branch of a sweep is, along one axis of its states.

    Args:
        values: `Sweep.to_xarray()`.
        axis: a vector (coordinate,) that states are projected on; by default the first principal component of all
            states of all branches, so that it points to where its largest entry is positive.

    Returns:
        `place` (branch, input), the projection; `kind` (branch, input), in words, "" where a branch is not; `along`
        (input,), the feature of the input that changes, or the distance along the path if several do; `event_along` and
        `event_kind` (event,).

    Example:
        >>> import numpy as np
        >>> from slowpoints import from_torch, sweep
        >>> from slowpoints.plots import bifurcation_diagram
        >>> weights = {"weight_ih_l0": np.ones((1, 1)), "weight_hh_l0": np.full((1, 1), 2.0)}
        >>> swept = sweep(from_torch(weights, unit="tanh"), np.linspace(-1, 1, 9)[:, None], starts=16)
        >>> np.sum(bifurcation_diagram(swept.to_xarray())["kind"].values == "attractor", axis=0)
        array([1, 1, 2, 2, 2, 2, 2, 1, 1])
    """
    rows = values["state"].values
    known = rows[np.isfinite(rows).all(axis=-1)]
    onto = np.linalg.svd(known - known.mean(axis=0), full_matrices=False)[2][0] if axis is None else axis
    if axis is None:
        onto = onto * np.sign(onto[np.argmax(np.abs(onto))])
    along, words = along_path(values["constant_input"].values)
    fixed = values["outcome"].values == Outcome.FIXED_POINT
    stable = values["unstable"].values == 0
    present = np.isfinite(rows).all(axis=-1)
    kind = np.select([~present, fixed & stable, fixed], ["", *KINDS[:2]], KINDS[2])
    return xr.Dataset(
        {
            "place": (("branch", "input"), rows @ onto),
            "kind": (("branch", "input"), kind),
            "along": ("input", along),
            "event_along": ("event", np.interp(values["event_at"].values, np.arange(len(along)), along)),
            "event_kind": ("event", values["event_kind"].values),
        },
        attrs={"along": words},
    )


def plot_bifurcation_diagram(values: xr.Dataset) -> Figure:
    """Draw `bifurcation_diagram`: attractors solid, unstable fixed points dashed, slow points grey, events as lines.

    Example:
        >>> import numpy as np
        >>> from slowpoints import from_torch, sweep
        >>> from slowpoints.plots import bifurcation_diagram, plot_bifurcation_diagram
        >>> weights = {"weight_ih_l0": np.ones((1, 1)), "weight_hh_l0": np.full((1, 1), 2.0)}
        >>> swept = sweep(from_torch(weights, unit="tanh"), np.linspace(-1, 1, 9)[:, None], starts=16)
        >>> plot_bifurcation_diagram(bifurcation_diagram(swept.to_xarray())).savefig("branches.png")
    """
    figure, axes = panels(1, 1, width=4.5, height=3.2)
    here, along = axes[0, 0], values["along"].values
    named = set()
    for name, colour, line in zip(KINDS, (PALETTE[0], PALETTE[1], MUTED), ("-", "--", ":"), strict=True):
        for branch in range(values.sizes["branch"]):
            one = values.isel(branch=branch)
            place = np.where(one["kind"].values == name, one["place"].values, np.nan)
            if np.isfinite(place).any():
                text = None if name in named else name
                here.plot(along, place, ls=line, color=colour, marker=".", ms=3, lw=1.2, label=text)
                named.add(name)
    for place, kind in zip(values["event_along"].values, values["event_kind"].values, strict=True):
        here.axvline(place, color=MUTED, lw=0.6, zorder=0)
        here.text(place, 1.0, kind, transform=here.get_xaxis_transform(), fontsize=6, rotation=90, va="top", ha="right")
    label(here, "", values.attrs["along"], "state, along one axis")
    legend(figure, here)
    return figure
