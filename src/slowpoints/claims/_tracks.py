"""What tracks through training say of one network: jumps, where classes come from, and what introductions cost."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from slowpoints.claims._rank_correlation import spearman
from slowpoints.results import (
    at_snapshots,
    excess_of,
    Introduction,
    introductions,
    log_root_speed,
    measured,
    SAME,
)

FOLLOWED = "certified"
"""The tracking that decides."""

PAPERS = "descent"
"""The paper's tracking, a descent from the previous point, shown beside."""


def each_network(
    results: xr.DataTree, measure: Callable[[xr.Dataset], float], tracking: str = FOLLOWED
) -> xr.DataArray:
    """A measure of every network's tracks: array (network,), NaN where there is none.

    Args:
        results: with the group `tracks`.
        measure: of one network's tracks, with the steps at which it has snapshots.
        tracking: which of the two.
    """
    tracks = measured(results, "tracks").sel(tracking=tracking)
    values = [measure(at_snapshots(tracks.isel(network=i))) for i in range(tracks.sizes["network"])]
    return xr.DataArray(np.array(values, float), dims="network", coords=tracks["introduced"].isel({"class": 0}).coords)


def log_speeds(tracks: xr.Dataset) -> NDArray[np.floating]:
    """log10 of the root speed: array (class, step), NaN where there is no track."""
    return log_root_speed(tracks).transpose("class", "step").values


def jump(tracks: xr.Dataset) -> float:
    """How much more log10 root speed changes, up or down, from just before the curriculum changes (VoCu: a class is
    introduced, DeCu: delays grow) to the next snapshot than from one snapshot to the next at other times, in the mean
    over tracks."""
    change = np.abs(np.diff(log_speeds(tracks), axis=1))
    entered = (np.diff(tracks["vocabulary"].values) > 0) | (np.diff(tracks["longest_delay"].values) > 0)
    if not (np.isfinite(change[:, entered]).any() and np.isfinite(change[:, ~entered]).any()):
        return np.nan
    return float(np.nanmean(change[:, entered]) - np.nanmean(change[:, ~entered]))


def trend(tracks: xr.Dataset) -> float:
    """Spearman's ρ of a track's log10 root speed with the training step, in the mean over tracks."""
    steps = tracks["step"].values
    found = [
        spearman(steps[there], row[there])
        for row in log_speeds(tracks)
        if (there := np.isfinite(row)).sum() > 2 and np.ptp(row[there]) > 0
    ]
    return float(np.mean(found)) if found else np.nan


def order_and_speed(tracks: xr.Dataset) -> float:
    """Spearman's ρ of the step at which a class is introduced with its log10 root speed at the end."""
    introduced, final = tracks["introduced"].values, log_speeds(tracks)[:, -1]
    there = np.isfinite(final) & (introduced >= 0)
    if there.sum() < 3 or np.ptp(introduced[there]) == 0 or np.ptp(final[there]) == 0:
        return np.nan
    return spearman(introduced[there], final[there])


def from_existing(tracks: xr.Dataset) -> float:
    """The share, in %, of introduced classes with a point to follow whose certified, unbroken track leads back to a
    point that is read out as a class already shown."""
    from_one = [event.parent is not None and event.parent >= 0 for event in introductions(tracks) if event.tracked]
    return 100 * float(np.mean(from_one)) if from_one else np.nan


def at_existing(tracks: xr.Dataset) -> float:
    """The share, in %, of introduced classes with a point to follow whose certified, unbroken track leads back to the
    very point of a class already shown."""
    there = [event.distance <= SAME for event in introductions(tracks) if event.tracked]
    return 100 * float(np.mean(there)) if there else np.nan


def nearer_than_random(tracks: xr.Dataset) -> float:
    """How often, in %, the point that a class' track leads back to is nearer to a point of a class already shown than
    the points that random starts lead to are; as near as they counts half. In the mean over introductions."""
    often = []
    for event in introductions(tracks):
        farther = event.random_distances - event.distance
        if farther.size and np.isfinite(event.distance):
            often.append(np.mean(farther > SAME) + np.mean(np.abs(farther) <= SAME) / 2)
    return 100 * float(np.mean(often)) if often else np.nan


def with_parents(tracks: xr.Dataset) -> list[Introduction]:
    """The introductions of which some existing classes are parents, and some are not."""
    return [event for event in introductions(tracks) if 0 < event.parents.size < event.existing.size]


def parents_excess(tracks: xr.Dataset) -> float:
    """How much more parents lose than the others, in the mean over introductions with known parents."""
    excesses = [excess_of(event, np.isin(event.existing, event.parents)) for event in with_parents(tracks)]
    return float(np.mean(excesses)) if excesses else np.nan


def parent_p(results: xr.DataTree, networks: list[str]) -> float | None:
    """One-sided p of the permutation test that takes, in every event, any as many existing classes for the parents.

    Events stay in their networks, and the statistic is the mean over networks of their mean excess, as it is judged.
    20 000 permutations of a fixed seed; None without events.
    """
    tracks = measured(results, "tracks").sel(tracking=FOLLOWED)
    groups = []
    for network in networks:
        events = with_parents(at_snapshots(tracks.sel(network=network)))
        if events:
            table = [
                [
                    excess_of(event, np.isin(event.existing, some))
                    for some in combinations(event.existing, event.parents.size)
                ]
                for event in events
            ]
            groups.append((table, [excess_of(event, np.isin(event.existing, event.parents)) for event in events]))
    if not groups:
        return None
    random = np.random.default_rng(0)
    seen = np.mean([np.mean(own) for _, own in groups])
    drawn = np.zeros(20_000)
    for table, _ in groups:
        for row in table:
            drawn += random.choice(row, size=len(drawn)) / len(table) / len(groups)
    return float((np.sum(drawn >= seen - 1e-12) + 1) / (len(drawn) + 1))


def led_to_the_same(tracks: xr.Dataset) -> float:
    """The share, in %, of tracks and snapshots at which following over every second snapshot leads to the same point.

    The last snapshot, where both begin, is not counted.
    """
    apart = tracks["apart"].transpose("class", "step").values[:, :-1]
    compared = apart[np.isfinite(apart)]
    return 100 * float(np.mean(compared <= SAME)) if compared.size else np.nan
