"""What happens in a network when a class is introduced: where its point comes from, and what the others lose."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from slowpoints.results._points import MINIMA

SAME = 1e-4
"""Tracks nearer than this, over √coordinates, are at one point."""


def at_snapshots(tracks: xr.Dataset) -> xr.Dataset:
    """One network's tracks at the steps at which it has snapshots.

    Example:
        >>> import numpy as np
        >>> import xarray as xr
        >>> from slowpoints.results import at_snapshots
        >>> tracks = xr.Dataset({"vocabulary": ("step", [2.0, np.nan, 3.0])}, coords={"step": [0, 100, 200]})
        >>> at_snapshots(tracks)["step"].values  # another network has a snapshot at step 100
        array([  0, 200])
    """
    return tracks.isel(step=np.flatnonzero(np.isfinite(tracks["vocabulary"].values)))


@dataclass(frozen=True)
class Introduction:
    """One class' introduction in one network.

    Fields:
        label: the class.
        step: after which it is shown.
        parent: the class read out, just before, at the certified point that the class' unbroken track leads back to;
            −1 if that is no class shown by then, None if the class has no such track there.
        distance: of that point to the nearest certified point of a class shown before, over √coordinates; NaN where
            it has no such track, or where no class shown before has a point.
        random_distances: the same of the certified points that random starts lead to.
        parents: the classes shown before that are read out anywhere along that track: "3 or 4".
        tracked: whether the class had a point to follow back.
        existing: the classes shown before.
        loss: how much of its accuracy in noise each of these loses by the next snapshot (a fraction of trials).

    Example:
        >>> from slowpoints.results import Introduction
        >>> list(Introduction.__dataclass_fields__)
        ['label', 'step', 'parent', 'distance', 'random_distances', 'parents', 'tracked', 'existing', 'loss']
    """

    label: int
    step: int
    parent: int | None
    distance: float
    random_distances: NDArray[np.floating]
    parents: NDArray[np.integer]
    tracked: bool
    existing: NDArray[np.integer]
    loss: NDArray[np.floating]


def introductions(tracks: xr.Dataset) -> tuple[Introduction, ...]:
    """Every introduction of a class after the start of training, in order.

    Example:
        >>> import numpy as np
        >>> import xarray as xr
        >>> from slowpoints.results import introductions
        >>> tracks = xr.Dataset(  # class 2 is shown after step 100, and comes from class 1
        ...     {
        ...         "vocabulary": ("step", [2.0, 2.0, 3.0]),
        ...         "introduced": ("class", [0, 0, 100]),
        ...         "short_readout_class": (("class", "step"), [[-2, -2, -2], [-2, -2, -2], [-2, 1, 2]]),
        ...         "short_outcome": (("class", "step"), [["", "", ""], ["", "", ""], ["", "edge", "edge"]]),
        ...         "short_unbroken_from": ("class", [-1, -1, 100]),
        ...         "ancestor_distance": ("class", [np.nan, np.nan, 0.0]),
        ...         "random_distance": (("class", "start"), [[np.nan], [np.nan], [0.2]]),
        ...         "noisy_accuracy": (("class", "step"), [[0.9, 0.9, 0.8], [0.9, 0.9, 0.6], [np.nan, np.nan, 0.9]]),
        ...     },
        ...     coords={"class": [0, 1, 2], "step": [0, 100, 200]},
        ... )
        >>> [(event.label, event.step, event.parent) for event in introductions(tracks)]
        [(2, 100, 1)]
    """
    introduced, steps = tracks["introduced"].values, tracks["step"].values
    readout = tracks["short_readout_class"].transpose("class", "step").values
    outcome = tracks["short_outcome"].transpose("class", "step").values
    unbroken_from = tracks["short_unbroken_from"].values
    distance = tracks["ancestor_distance"].values
    random = tracks["random_distance"].transpose("class", "start").values
    accuracy = tracks["noisy_accuracy"].transpose("class", "step").values
    found = []
    for label in np.flatnonzero(introduced > 0)[np.argsort(introduced[introduced > 0], kind="stable")]:
        (before,) = np.flatnonzero(steps == introduced[label])
        if before + 1 == len(steps):
            continue
        existing = np.flatnonzero((introduced >= 0) & (introduced < introduced[label]))
        named = int(readout[label, before])
        certified = np.isin(outcome[label, before:], MINIMA)
        unbroken = bool(certified[0]) and 0 <= unbroken_from[label] <= introduced[label]
        parent = (named if named in existing else -1) if unbroken else None
        along = readout[label, before:][certified & unbroken]
        loss = (accuracy[:, before] - accuracy[:, before + 1])[existing]
        tracked = bool((outcome[label, before:] != "").any())
        parents = np.intersect1d(existing, along)
        found.append(
            Introduction(
                label=int(label),
                step=int(steps[before]),
                parent=parent,
                distance=float(distance[label]) if unbroken else np.nan,
                random_distances=random[label][np.isfinite(random[label])],
                parents=parents,
                tracked=tracked,
                existing=existing,
                loss=loss,
            )
        )
    return tuple(found)


def excess_of(event: Introduction, parents: NDArray[np.bool_]) -> float:
    """How many points more the parents lose than the other existing classes, in % of trials.

    Example:
        >>> import numpy as np
        >>> from slowpoints.results import excess_of, Introduction
        >>> existing, loss = np.array([0, 1]), np.array([0.1, 0.3])
        >>> event = Introduction(2, 100, 1, 0.0, np.array([0.2]), np.array([1]), True, existing, loss)
        >>> round(excess_of(event, event.existing == event.parent), 6)
        20.0
    """
    if not 0 < parents.sum() < parents.size:
        return np.nan
    return 100 * float(event.loss[parents].mean() - event.loss[~parents].mean())


def with_parent(tracks: xr.Dataset) -> tuple[Introduction, ...]:
    """The introductions whose parent is known and not the only existing class.

    Example:
        >>> import numpy as np
        >>> import xarray as xr
        >>> from slowpoints.results import with_parent
        >>> tracks = xr.Dataset(  # class 2 is shown after step 100, and comes from class 1
        ...     {
        ...         "vocabulary": ("step", [2.0, 2.0, 3.0]),
        ...         "introduced": ("class", [0, 0, 100]),
        ...         "short_readout_class": (("class", "step"), [[-2, -2, -2], [-2, -2, -2], [-2, 1, 2]]),
        ...         "short_outcome": (("class", "step"), [["", "", ""], ["", "", ""], ["", "edge", "edge"]]),
        ...         "short_unbroken_from": ("class", [-1, -1, 100]),
        ...         "ancestor_distance": ("class", [np.nan, np.nan, 0.0]),
        ...         "random_distance": (("class", "start"), [[np.nan], [np.nan], [0.2]]),
        ...         "noisy_accuracy": (("class", "step"), [[0.9, 0.9, 0.8], [0.9, 0.9, 0.6], [np.nan, np.nan, 0.9]]),
        ...     },
        ...     coords={"class": [0, 1, 2], "step": [0, 100, 200]},
        ... )
        >>> len(with_parent(tracks))
        1
    """
    return tuple(
        event
        for event in introductions(tracks)
        if event.parent is not None and event.parent >= 0 and len(event.existing) > 1
    )
