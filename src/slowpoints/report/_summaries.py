"""The numbers in the report's tables, labelled; nothing here knows about HTML."""

import numpy as np
import xarray as xr

from slowpoints.results import (
    CERTIFIED,
    class_index,
    count_owned,
    is_outcome,
    log_root_speed,
    measured,
    MINIMA,
    mostly_unresolved,
    network_means,
    of_networks,
    points_found,
    protocols,
    reads_out_its_class,
    SAME,
    select,
    settings,
    UNRESOLVED,
)

OUTCOMES = (*MINIMA, *UNRESOLVED, "no start")
"""Every outcome of a search, in the order of the table."""


def network_counts(results: xr.DataTree) -> dict[tuple[str, str], int]:
    """How many networks there are: (setting's label, protocol) to a count, over all groups."""
    found: dict[tuple[str, str], set[str]] = {}
    for name in results.children:
        group = measured(results, name)
        for variable in group.data_vars.values():
            if "network" not in variable.dims:
                continue
            for setting in settings(variable):
                for protocol in protocols(variable):
                    ids = select(variable, setting, protocol)["network"].values
                    if ids.size:
                        found.setdefault((setting.label, protocol), set()).update(map(str, ids))
    return {key: len(ids) for key, ids in found.items()}


def networks_along(results: xr.DataTree, coordinate: str) -> list[str]:
    """A coordinate of every network that has been measured in any way, each network once."""
    found: dict[str, str] = {}
    for name in results.children:
        group = measured(results, name)
        found |= dict(zip(group["network"].values.tolist(), group[coordinate].values.tolist(), strict=True))
    return list(found.values())


def nominal_accuracies(results: xr.DataTree) -> xr.Dataset:
    """Tables 1–4: accuracy in %, mean and standard error over networks.

    Returns:
        `mean`, `standard_error`, `n`, each (setting, protocol, split, output), output "Null" or "Classes".
    """
    group = measured(results, "extrapolation")
    both = xr.concat(
        [group["null_accuracy"], group["nominal_accuracy"].mean("class", skipna=False)],
        xr.DataArray(["Null", "Classes"], dims="output", name="output"),
        coords="minimal",
        compat="override",
    )
    return network_means(100 * both)


READINGS = {
    "retrieval_accuracy": "the second trigger comes later than the first",
    "same_time_accuracy": "retrieved at one time, as the first and, after an earlier trigger, as the second",
}
"""The two readings of the paper's tables 5 and 6, which print "12 = 12": what was measured, and in words."""


def retrieval_accuracies(results: xr.DataTree) -> xr.Dataset:
    """Tables 5 and 6: accuracy in % at both triggers and their difference, in both readings of the tables.

    Returns:
        `mean`, `standard_error`, `n`, each (setting, protocol, reading, split, trigger), reading as in `READINGS`,
        trigger "First trigger", "Second trigger" or "Difference" (of each network, then averaged).
    """
    group = measured(results, "extrapolation")
    readings = xr.DataArray(list(READINGS.values()), dims="reading", name="reading")
    both = xr.concat([group[name] for name in READINGS], readings, coords="minimal", compat="override")
    accuracy = 100 * both.mean("class", skipna=False)
    first, second = (accuracy.sel(retrieval=number, drop=True) for number in (1, 2))
    names = xr.DataArray(["First trigger", "Second trigger", "Difference"], dims="trigger", name="trigger")
    return network_means(xr.concat([first, second, first - second], names, coords="minimal", compat="override"))


def search_outcomes(results: xr.DataTree) -> xr.Dataset:
    """How the searches ended.

    Returns:
        Counts of points `outcomes` (setting, protocol, search, outcome), `own_readout` (points read out as
        their class) and `shared` (points that another class' search also ended at), and `root_speed`, the
        median over points, per step; each (setting, protocol, search). `owned` is the mean number of classes
        of a network that own a certified point, `networks` the networks searched.
    """
    points = measured(results, "slow_points")
    groups, names = settings(points["root_speed"]), protocols(points["root_speed"])
    searches = [str(search) for search in points["search"].values]
    shape = (len(groups), len(names), len(searches))
    outcomes = np.zeros((*shape, len(OUTCOMES)), dtype=int)
    own, shared, searched = (np.zeros(shape, dtype=int) for _ in range(3))
    speed, owning = np.full(shape, np.nan), np.full(shape, np.nan)
    for k, search in enumerate(searches):
        of_search = points.sel(search=search)
        for i, setting in enumerate(groups):
            for j, protocol in enumerate(names):
                here = of_networks(of_search, setting, protocol)
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
                    owning[i, j, k] = float(count_owned(here).mean())
    each = ("setting", "protocol", "search")
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
            "search": searches,
            "outcome": list(OUTCOMES),
        },
    )


def followed(results: xr.DataTree) -> xr.Dataset:
    """How well points were followed through training.

    Returns:
        One `row` a setting, protocol and tracking that has tracks, with these as words; `tracks`, how many; over all of
        them and all snapshots, `certified`, the share certified as fixed, slow or edge (%), `searches`, their mean
        number a snapshot, and `same`, the share that every second snapshot leads to as well (%).
    """
    tracks = measured(results, "tracks")
    there = tracks["root_speed"].notnull()
    rows = []
    for setting in settings(tracks["root_speed"]):
        for protocol in protocols(tracks["root_speed"]):
            for tracking in tracks["tracking"].values:
                networks = select(tracks["root_speed"], setting, protocol)["network"].values
                here, mask = (
                    tracks.sel(network=networks, tracking=tracking),
                    there.sel(network=networks, tracking=tracking),
                )
                if not mask.any():
                    continue
                compared = here["apart"].isel(step=slice(None, -1))
                rows.append(
                    {
                        "setting": setting.label,
                        "protocol": protocol,
                        "tracking": str(tracking),
                        "tracks": int(mask.any("step").sum()),
                        "certified": 100 * float(is_outcome(here, MINIMA).where(mask).mean()),
                        "searches": float(here["searches"].where(mask).mean()),
                        "same": 100 * float((compared <= SAME).where(compared.notnull()).mean()),
                    }
                )
    return xr.Dataset({name: ("row", [row[name] for row in rows]) for name in rows[0]} if rows else {}, coords={})


def unresolved_networks(results: xr.DataTree) -> dict[str, str]:
    """What is known of the networks most of whose certified search ended degenerate or unfinished: ID to sentence."""
    points = points_found(results, CERTIFIED)
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
