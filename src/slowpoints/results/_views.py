"""A study's networks as the explorer shows them."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from slowpoints.explorer import Curves, PointView, TrackView, View
from slowpoints.results._introductions import at_snapshots, introductions
from slowpoints.results._measured import has, measured, not_measured
from slowpoints.results._points import CERTIFIED, is_outcome, MINIMA, owns, reads_out_its_class
from slowpoints.results._settings import protocols, select, Setting, settings

MANY = 60
"""Networks above which of each only one trial a class is shown, and every other one of the tracked steps: the page of a
study of hundreds would be too large to open."""

FAR = 1.0
"""A bound on the distance to a fixed point that is above this says nothing: the states' box is two wide."""

SHOWN_BESIDE = ("slow_points", "lifetimes", "tracks", "extrapolation")
"""The measurements that the explorer shows beside trajectories."""


def views(results: xr.DataTree) -> tuple[View, ...]:
    """Every network whose trajectories were measured, DeCu and VoCu first, ready for the explorer.

    Args:
        results: a study's, with `trajectories`.

    Raises:
        KeyError: without the group.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.results import views
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> {view.group for view in views(results)}
        {'mnist, GRU, sigmoid readout'}
    """
    trajectories = measured(results, "trajectories")
    beside = {name: measured(results, name) for name in SHOWN_BESIDE if has(results, name)}
    lacks = tuple(not_measured(results, name) for name in SHOWN_BESIDE if name not in beside)
    thin = trajectories.sizes["network"] > MANY
    made = []
    for setting in settings(trajectories["share"]):
        for protocol in protocols(trajectories["share"]):
            chosen = select(trajectories["share"], setting, protocol).sortby("seed")
            for network in chosen["network"].values:
                of = {
                    name: group.sel(network=network)
                    for name, group in beside.items()
                    if network in group["network"].values
                }
                here = trajectories.sel(network=network)
                made.append(_view(here, of, setting, lacks, int(results.attrs["trial_steps"]), thin))
    return tuple(made)


def _view(
    here: xr.Dataset, of: dict[str, xr.Dataset], setting: Setting, lacks: Sequence[str], trained: int, thin: bool
) -> View:
    """One network.

    Args:
        here: its trajectories.
        of: its other measurements, by name, as far as there are any.
        setting: which it is of.
        lacks: what the study has not measured.
        trained: the longest delay in training.
        thin: whether little is kept of it.
    """
    kept = here.isel(trial=slice(1)) if thin else here
    kept = kept.isel(time=np.flatnonzero(kept["path"].notnull().all(("class", "trial", "component")).values))
    path = kept["path"].transpose("class", "trial", "time", "component").values
    classes, trials = path.shape[:2]
    parents = _parents(of.get("tracks"), classes)
    return View(
        title=f"{setting.unit_name}, {here['protocol'].values}, seed {int(here['seed'])}",
        group=setting.label,
        classes=tuple(str(label) for label in here["class"].values),
        share=here["share"].values,
        time=kept["time"].values,
        path=path.reshape(classes * trials, *path.shape[2:]),
        label=np.repeat(np.arange(classes), trials),
        answer=kept["answer"].transpose("class", "trial", "time").values.reshape(classes * trials, -1),
        points=_points(here, of, parents),
        tracks=None if "tracks" not in of else _tracks(of["tracks"], parents, thin),
        retention=None if "extrapolation" not in of else _retention(of["extrapolation"]),
        trained=trained,
        lacks=tuple(lacks),
    )


def _points(here: xr.Dataset, of: dict[str, xr.Dataset], parents: NDArray[np.integer]) -> tuple[PointView, ...]:
    there = np.flatnonzero(here["point"].notnull().all("component").values)
    if "slow_points" not in of:
        return ()
    searched = of["slow_points"].sel(search=CERTIFIED)
    owned, own_readout = owns(searched).values, reads_out_its_class(searched).values
    certified = is_outcome(searched, MINIMA).values
    names = [str(label) for label in here["class"].values]
    made = []
    for k in map(int, there):
        point = searched.isel({"class": k})
        facts = {
            "Outcome": f"{point['outcome'].values}, {'certified' if certified[k] else 'not certified as a minimum'}",
            "Root speed": f"{_number(point['root_speed'])} per step",
            "Certificate": f"projected gradient {_number(point['gradient_norm'])}, "
            f"smallest curvature {_number(point['smallest_curvature'])}",
            "Read out as": _class(int(point["readout_class"]), names),
            "Owned": _ownership(
                k, owned, searched["duplicate_of"].values, names, bool(certified[k] and own_readout[k])
            ),
            "Directions that grow": f"{int(here['growing'].values[k])}; "
            f"largest |λ| {float(point['leading_eigenvalue']):.6g}",
        }
        if float(point["error_bound"]) < FAR:
            facts["Fixed point within"] = _number(point["error_bound"])
        if "lifetimes" in of:
            facts["Lifetime without noise"] = _lifetimes(of["lifetimes"].isel({"class": k}))
        if parents[k] >= 0:
            facts["Came from"] = f"the point of class {names[parents[k]]}"
        made.append(
            PointView(
                position=here["point"].values[k],
                kind=str(point["outcome"].values),
                label=int(k),
                title=f"Point of class {names[k]}",
                facts=facts,
                modes=here["mode"].values[k],
                spectrum=_spectrum(here, k),
                hollow=not bool(own_readout[k]),
            )
        )
    return tuple(made)


def _spectrum(here: xr.Dataset, k: int) -> NDArray[np.complexfloating]:
    values = here["eigenvalue_real"].values[k] + 1j * here["eigenvalue_imaginary"].values[k]
    return values[np.isfinite(values)]


def _ownership(k: int, owned: NDArray, target: NDArray, names: Sequence[str], holds: bool) -> str:
    if owned[k]:
        return "yes: certified, read out as its class, and no other class' search ended here"
    others = [names[j] for j in map(int, np.flatnonzero(target == target[k])) if j != k]
    if others:
        return f"no: the search of class {', '.join(others)} ended here too"
    return "yes" if holds else "no: it is not certified or is read out as another class"


def _lifetimes(here: xr.Dataset) -> str:
    words = []
    for origin, where in (("mean", "from the class' mean state"), ("point", "from the point")):
        one = here.sel(origin=origin)
        steps = int(one["lifetime"])
        if steps >= 0:
            words.append(
                f"{'more than ' if int(one['censored']) == 1 else ''}{steps:,} steps {where}".replace(",", " ")
            )
    return "; ".join(words) or "not known"


def _tracks(tracks: xr.Dataset, parents: NDArray[np.integer], thin: bool) -> TrackView:
    shown = at_snapshots(tracks).sel(tracking="certified")
    if thin:
        shown = shown.isel(step=slice((shown.sizes["step"] - 1) % 2, None, 2))
    return TrackView(
        steps=shown["step"].values,
        position=shown["position"].transpose("class", "step", "component").values,
        root_speed=shown["root_speed"].transpose("class", "step").values,
        introduced=shown["introduced"].values,
        parents=parents,
        curriculum={
            "longest delay": shown["longest_delay"].values.astype(float),
            "classes shown": shown["vocabulary"].values.astype(float),
        },
    )


def _parents(tracks: xr.Dataset | None, classes: int) -> NDArray[np.integer]:
    """The class that each class' point came from, −1 for none that is known."""
    parents = np.full(classes, -1)
    if tracks is not None:
        for event in introductions(at_snapshots(tracks)):
            parents[event.label] = -1 if event.parent is None else event.parent
    return parents


def _retention(extrapolation: xr.Dataset) -> Curves | None:
    accuracy = 100 * extrapolation["delay_accuracy"].sel(split="test").dropna("delay").sortby("delay")
    if not accuracy.sizes["delay"]:
        return None
    return Curves(accuracy["delay"].values, accuracy.transpose("class", "delay").values)


def _class(index: int, names: Sequence[str]) -> str:
    return f"class {names[index]}" if index >= 0 else "null"


def _number(value: xr.DataArray) -> str:
    return f"{float(value):.2g}".replace("-", "−")
