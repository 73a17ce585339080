"""What tracks through training say of one network: jumps, where classes come from, and what introductions cost."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from slowpoints.claims._points import log_root_speed, MINIMA
from slowpoints.claims._stages import stage

FOLLOWED = "points"
"""The way of following that certifies, and which decides."""

PAPERS = "descent"
"""The paper's way, a descent from the previous point, shown beside."""

SAME = 1e-4
"""Tracks nearer than this, over √coordinates, are at one point."""


def each_network(results: xr.DataTree, measure: Callable[[xr.Dataset], float], way: str = FOLLOWED) -> xr.DataArray:
    """A measure of every network's tracks: array (network,), NaN where there is none.

    Args:
        results: with the group `tracks`.
        measure: of one network's tracks in one way, with the steps at which it has snapshots.
        way: which way of following.
    """
    tracks = stage(results, "tracks").sel(way=way)
    values = [measure(at_snapshots(tracks.isel(network=i))) for i in range(tracks.sizes["network"])]
    return xr.DataArray(np.array(values, float), dims="network", coords=tracks["introduced"].isel({"class": 0}).coords)


def at_snapshots(tracks: xr.Dataset) -> xr.Dataset:
    """One network's tracks at the steps at which it has snapshots."""
    return tracks.isel(step=np.flatnonzero(np.isfinite(tracks["vocabulary"].values)))


def log_speeds(tracks: xr.Dataset) -> NDArray[np.floating]:
    """log10 of the root speed: array (class, step), NaN where there is no track."""
    return log_root_speed(tracks).transpose("class", "step").values


def spearman(one: ArrayLike, other: ArrayLike) -> float:
    """Spearman's ρ of two sequences, neither of them constant."""
    return float(np.corrcoef(rankdata(one), rankdata(other))[0, 1])


def jump(tracks: xr.Dataset) -> float:
    """How much more log10 root speed changes, up or down, from just before a class is introduced to the next snapshot
    than from one snapshot to the next at other times, in the mean over tracks."""
    change = np.abs(np.diff(log_speeds(tracks), axis=1))
    entered = np.diff(tracks["vocabulary"].values) > 0
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


@dataclass(frozen=True)
class Introduction:
    """One class' introduction in one network.

    Fields:
        label: the class.
        step: after which it is shown.
        parent: the class read out, just before, at the certified point that the class' track leads back to; −1 if
            that is no class shown by then, None if the class has no certified track there.
        existing: the classes shown before.
        loss: how much of its accuracy in noise each of these loses by the next snapshot (a fraction of trials).
    """

    label: int
    step: int
    parent: int | None
    existing: NDArray[np.integer]
    loss: NDArray[np.floating]


def introductions(tracks: xr.Dataset) -> tuple[Introduction, ...]:
    """Every introduction of a class after the start of training, in order."""
    introduced, steps = tracks["introduced"].values, tracks["step"].values
    readout = tracks["short_readout_class"].transpose("class", "step").values
    outcome = tracks["short_outcome"].transpose("class", "step").values
    accuracy = tracks["noisy_accuracy"].transpose("class", "step").values
    found = []
    for label in np.flatnonzero(introduced > 0)[np.argsort(introduced[introduced > 0], kind="stable")]:
        (before,) = np.flatnonzero(steps == introduced[label])
        if before + 1 == len(steps):
            continue
        existing = np.flatnonzero((introduced >= 0) & (introduced < introduced[label]))
        named = int(readout[label, before])
        certified = str(outcome[label, before]) in MINIMA
        parent = (named if named in existing else -1) if certified else None
        loss = (accuracy[:, before] - accuracy[:, before + 1])[existing]
        found.append(Introduction(int(label), int(steps[before]), parent, existing, loss))
    return tuple(found)


def from_existing(tracks: xr.Dataset) -> float:
    """The share, in %, of introduced classes with a certified track whose point came from an existing class'."""
    parents = [event.parent for event in introductions(tracks) if event.parent is not None]
    return 100 * float(np.mean([parent >= 0 for parent in parents])) if parents else np.nan


def excess_of(event: Introduction, parents: NDArray[np.bool_]) -> float:
    """How many points more the parents lose than the other existing classes, in % of trials."""
    if not 0 < parents.sum() < parents.size:
        return np.nan
    return 100 * float(event.loss[parents].mean() - event.loss[~parents].mean())


def with_parent(tracks: xr.Dataset) -> tuple[Introduction, ...]:
    """The introductions whose parent is known and not the only existing class."""
    return tuple(
        event
        for event in introductions(tracks)
        if event.parent is not None and event.parent >= 0 and len(event.existing) > 1
    )


def parents_excess(tracks: xr.Dataset) -> float:
    """How much more parents lose than the others, in the mean over introductions with a known parent."""
    excesses = [excess_of(event, event.existing == event.parent) for event in with_parent(tracks)]
    return float(np.mean(excesses)) if excesses else np.nan


def parent_p(results: xr.DataTree, networks: list[str]) -> float | None:
    """One-sided p of the permutation test that takes, in every event, any existing class for the parent.

    Events stay in their networks, and the statistic is the mean over networks of their mean excess, as it is judged.
    20 000 permutations of a fixed seed; None without events.
    """
    tracks = stage(results, "tracks").sel(way=FOLLOWED)
    groups = []
    for network in networks:
        events = with_parent(at_snapshots(tracks.sel(network=network)))
        if events:
            table = [[excess_of(event, event.existing == other) for other in event.existing] for event in events]
            own = [int(np.flatnonzero(event.existing == event.parent)[0]) for event in events]
            groups.append((table, own))
    if not groups:
        return None
    random = np.random.default_rng(0)
    seen = np.mean([np.mean([row[k] for row, k in zip(table, own, strict=True)]) for table, own in groups])
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
