"""The numbers in the report's tables, labelled; nothing here knows about HTML."""

import numpy as np
import xarray as xr

from slowpoints.claims import over_networks
from slowpoints.claims._beyond import owned
from slowpoints.claims._points import (
    CERTIFIED,
    class_index,
    is_outcome,
    log_root_speed,
    MINIMA,
    mostly_unresolved,
    of_networks,
    points_of,
    reads_out_its_class,
    UNRESOLVED,
)
from slowpoints.claims._settings import networks_of, protocols, settings
from slowpoints.claims._stages import stage
from slowpoints.claims._tracks import SAME

OUTCOMES = (*MINIMA, *UNRESOLVED, "no start")
"""Every outcome of a search, in the order of the table."""


def network_counts(results: xr.DataTree) -> dict[tuple[str, str], int]:
    """How many networks there are: (setting's label, protocol) to a count, over all groups."""
    found: dict[tuple[str, str], set[str]] = {}
    for name in results.children:
        group = stage(results, name)
        for variable in group.data_vars.values():
            if "network" not in variable.dims:
                continue
            for setting in settings(variable):
                for protocol in protocols(variable):
                    ids = networks_of(variable, setting, protocol)["network"].values
                    if ids.size:
                        found.setdefault((setting.label, protocol), set()).update(map(str, ids))
    return {key: len(ids) for key, ids in found.items()}


def nominal_accuracies(results: xr.DataTree) -> xr.Dataset:
    """Tables 1–4: accuracy in %, mean and standard error over networks.

    Returns:
        `mean`, `standard_error`, `n`, each (setting, protocol, split, output), output "Null" or "Digits".
    """
    group = stage(results, "nominal")
    both = xr.concat(
        [group["null_accuracy"], group["digit_accuracy"].mean("class", skipna=False)],
        xr.DataArray(["Null", "Digits"], dims="output", name="output"),
        coords="minimal",
        compat="override",
    )
    return over_networks(100 * both)


def retrieval_accuracies(results: xr.DataTree) -> xr.Dataset:
    """Tables 5 and 6: accuracy in % at both triggers and their difference.

    Returns:
        `mean`, `standard_error`, `n`, each (setting, protocol, split, trigger), trigger "First trigger",
        "Second trigger" or "Difference" (of each network, then averaged).
    """
    accuracy = 100 * stage(results, "second_retrieval")["accuracy"].mean("class", skipna=False)
    first, second = (accuracy.sel(retrieval=number, drop=True) for number in (1, 2))
    names = xr.DataArray(["First trigger", "Second trigger", "Difference"], dims="trigger", name="trigger")
    return over_networks(xr.concat([first, second, first - second], names, coords="minimal", compat="override"))


def search_outcomes(results: xr.DataTree) -> xr.Dataset:
    """How the searches ended.

    Returns:
        Counts of points `outcomes` (setting, protocol, method, outcome), `own_readout` (points read out as
        their class) and `shared` (points that another class' search also ended at), and `root_speed`, the
        median over points, per step; each (setting, protocol, method). `owned` is the mean number of classes
        of a network that own a certified point, `networks` the networks searched.
    """
    points = stage(results, "slow_points")
    groups, names = settings(points["root_speed"]), protocols(points["root_speed"])
    methods = [str(method) for method in points["method"].values]
    shape = (len(groups), len(names), len(methods))
    outcomes = np.zeros((*shape, len(OUTCOMES)), dtype=int)
    own, shared, searched = (np.zeros(shape, dtype=int) for _ in range(3))
    speed, owning = np.full(shape, np.nan), np.full(shape, np.nan)
    for k, method in enumerate(methods):
        of_method = points.sel({"method": method})
        for i, setting in enumerate(groups):
            for j, protocol in enumerate(names):
                here = of_networks(of_method, setting, protocol)
                if not here.sizes["network"]:
                    continue
                begun = is_outcome(here, (*MINIMA, *UNRESOLVED))
                outcomes[i, j, k] = [int(is_outcome(here, (name,)).sum()) for name in OUTCOMES]
                own[i, j, k] = int((reads_out_its_class(here) & begun).sum())
                shared[i, j, k] = int(((here["duplicate_of"] != class_index(here)) & begun).sum())
                searched[i, j, k] = int(begun.any("class").sum())
                speeds = log_root_speed(here).where(begun).values
                if np.isfinite(speeds).any():
                    speed[i, j, k] = 10 ** np.nanmedian(speeds)
                    owning[i, j, k] = float(owned(here).mean())
    each = ("setting", "protocol", "method")
    return xr.Dataset(
        {
            "outcomes": ((*each, "outcome"), outcomes),
            "own_readout": (each, own),
            "shared": (each, shared),
            "networks": (each, searched),
            "root_speed": (each, speed),
            "owned": (each, owning),
        },
        coords={
            "setting": [setting.label for setting in groups],
            "protocol": list(names),
            "method": methods,
            "outcome": list(OUTCOMES),
        },
    )


def followed(results: xr.DataTree) -> xr.Dataset:
    """How well points were followed through training.

    Returns:
        One `row` a setting, protocol and way that has tracks, with these as words; `tracks`, how many; over all of them
        and all snapshots, `certified`, the share certified as fixed, slow or edge (%), `searches`, their mean number a
        snapshot, and `same`, the share that every second snapshot leads to as well (%).
    """
    tracks = stage(results, "tracks")
    there = tracks["root_speed"].notnull()
    rows = []
    for setting in settings(tracks["root_speed"]):
        for protocol in protocols(tracks["root_speed"]):
            for way in tracks["way"].values:
                networks = networks_of(tracks["root_speed"], setting, protocol)["network"].values
                here, mask = tracks.sel(network=networks, way=way), there.sel(network=networks, way=way)
                if not mask.any():
                    continue
                compared = here["apart"].isel(step=slice(None, -1))
                rows.append(
                    {
                        "setting": setting.label,
                        "protocol": protocol,
                        "way": str(way),
                        "tracks": int(mask.any("step").sum()),
                        "certified": 100 * float(is_outcome(here, MINIMA).where(mask).mean()),
                        "searches": float(here["searches"].where(mask).mean()),
                        "same": 100 * float((compared <= SAME).where(compared.notnull()).mean()),
                    }
                )
    return xr.Dataset({name: ("row", [row[name] for row in rows]) for name in rows[0]} if rows else {}, coords={})


def unresolved_networks(results: xr.DataTree) -> dict[str, str]:
    """What is known of the networks most of whose certified search ended degenerate or unfinished: ID to sentence."""
    points = points_of(results, CERTIFIED)
    found: dict[str, str] = {}
    if points is None:
        return found
    for network in points["network"].values:
        here = points.sel(network=[network])
        if not mostly_unresolved(here):
            continue
        open_ = here.where(is_outcome(here, UNRESOLVED), drop=True)
        found[str(network)] = (
            f"{int(is_outcome(here, ('degenerate',)).sum())} points degenerate, "
            f"{int(is_outcome(here, ('unfinished',)).sum())} unfinished of {int(here['outcome'].size)}; "
            f"root speeds reached {_span(open_['root_speed'])}, projected gradients {_span(open_['gradient_norm'])}, "
            f"smallest curvatures {_span(open_['smallest_curvature'])}, bounds active {_span(open_['active_bounds'])}."
        )
    return found


def _span(values: xr.DataArray) -> str:
    low, high = float(values.min()), float(values.max())
    return f"{low:.1e} to {high:.1e}".replace("-", "−") if abs(high) < 1 else f"{low:.0f} to {high:.0f}"
