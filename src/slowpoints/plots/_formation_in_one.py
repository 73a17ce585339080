"""How slow points form, all panels together (figure 5)."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from slowpoints._number_of import number_of
from slowpoints.plots._figure import StudyFigure
from slowpoints.plots._formation import class_colour, class_legend
from slowpoints.plots._pair import shown_networks
from slowpoints.plots._style import INK, label, MUTED, PAPER, style
from slowpoints.results import (
    at_snapshots,
    excess_of,
    Introduction,
    log_root_speed,
    measured,
    select,
    with_parent,
)

SHOWN_EVENT = 7
"""The class whose introduction is shown, where its parent is known: the paper's. Else the last with a known parent."""

AROUND = 3
"""How many snapshots before and after an introduction are shown."""

GROWING = "VoCu"
"""The curriculum that introduces classes."""


def formation(results: xr.DataTree) -> xr.Dataset | None:
    """How slow points form in one network of each curriculum, and what introductions cost in all.

    Args:
        results: a study's, with `tracks`.

    Returns:
        - `log10_speed` (protocol, class, step), of S along the certified tracks; `snapshot` and `changed` (protocol,
          step): whether the network has a snapshot, and whether the curriculum changed since the one before;
        - `readout_class` (class, step) of VoCu's network along each class' short track, NaN where there is none, −1
          for *null*;
        - `accuracy` (class, step) in %, of the classes shown before, around the introduction of one class, in more
          noise;
        - `excess` (event,), in % of trials: what an introduced class' parent loses more than the other classes, over
          all networks of VoCu of the setting, with the coords `network`, `introduced_class` and `parent`.

        Attrs `setting`, `seed`, `event_class`, `event_parent` (−1 without such an event), `event_step`. None where no
        network under VoCu was tracked.

    Example:
        >>> from slowpoints.plots import FIGURES
        >>> FIGURES["formation"].needs  # of what `slowpoints run STUDY --only tracks` measures
        ('tracks',)
    """
    tracks = measured(results, "tracks").sel(tracking="certified", drop=True)
    introduces = (tracks["short_readout_class"] > -2).any(["class", "step"]) & (tracks["protocol"] == GROWING)
    tracked = introduces | (tracks["root_speed"].notnull().any(["class", "step"]) & (tracks["protocol"] != GROWING))
    any_of = xr.where(tracked, 1.0, np.nan).assign_coords(tracks["network"].coords)
    chosen = shown_networks(any_of, GROWING)
    if chosen is None:
        return None
    setting, seed, networks = chosen
    one = at_snapshots(tracks.sel(network=networks[GROWING]))
    found = [
        (str(name), event)
        for name in select(tracks["root_speed"], setting, GROWING)["network"].values
        for event in with_parent(at_snapshots(tracks.sel(network=name)))
    ]
    events = [event for network, event in found if network == networks[GROWING]]
    event = next((event for event in events if event.label == SHOWN_EVENT), events[-1] if events else None)
    readout = one["short_readout_class"].transpose("class", "step")
    return xr.Dataset(
        {
            **_speeds(tracks, networks),
            "readout_class": readout.where(readout > -2).reset_coords(drop=True),
            "accuracy": _around(one, event),
            "excess": ("event", np.array([excess_of(e, e.existing == e.parent) for _, e in found], float)),
        },
        coords={
            "network": ("event", np.array([name for name, _ in found], str)),
            "introduced_class": ("event", np.array([e.label for _, e in found], int)),
            "parent": ("event", np.array([e.parent for _, e in found], int)),
        },
        attrs={
            "setting": setting.label,
            "seed": seed,
            "event_class": -1 if event is None else event.label,
            "event_parent": -1 if event is None else event.parent,
            "event_step": -1 if event is None else event.step,
        },
    )


def _speeds(tracks: xr.Dataset, networks: dict[str, str]) -> dict[str, xr.DataArray]:
    order = [name for name in (GROWING, *networks) if name in networks]
    speeds: list[xr.DataArray] = []
    snapshots: list[xr.DataArray] = []
    changes: list[xr.DataArray] = []
    for protocol in dict.fromkeys(order):
        one = tracks.sel(network=networks[protocol])
        there = np.isfinite(one["vocabulary"].values)
        changed = np.zeros(there.size, bool)
        moved = [np.diff(one[name].values[there]) != 0 for name in ("vocabulary", "longest_delay")]
        changed[np.flatnonzero(there)[1:]] = moved[0] | moved[1]
        speeds.append(2 * log_root_speed(one).transpose("class", "step").reset_coords(drop=True))
        for each, values in ((snapshots, there), (changes, changed)):
            each.append(xr.DataArray(values, dims="step", coords={"step": tracks["step"].values}))
    protocols = xr.IndexVariable("protocol", list(dict.fromkeys(order)))
    both = {"log10_speed": speeds, "snapshot": snapshots, "changed": changes}
    return {name: xr.concat(each, protocols) for name, each in both.items()}


def _around(one: xr.Dataset, event: Introduction | None) -> xr.DataArray:
    """Accuracy in more noise, in %, around an introduction, of the classes shown before; NaN elsewhere."""
    accuracy = 100 * one["noisy_accuracy"].transpose("class", "step").reset_coords(drop=True)
    if event is None:
        return accuracy * np.nan
    (at,) = np.flatnonzero(one["step"].values == event.step)
    near = np.zeros(one.sizes["step"], bool)
    near[max(at - AROUND, 0) : at + AROUND + 2] = True
    existing = np.zeros(one.sizes["class"], bool)
    existing[event.existing] = True
    return accuracy.where(xr.DataArray(existing, dims="class")).where(xr.DataArray(near, dims="step"))


def plot_formation(data: xr.Dataset) -> Figure:
    """Draw `formation`: A and B speeds, C readouts, D accuracies around an introduction, E what introductions cost.

    Example:
        >>> from slowpoints.plots import FIGURES, plot_formation
        >>> FIGURES["formation"].draw is plot_formation  # `figures` draws it of a study that has been tracked
        True
    """
    figure = Figure(figsize=(10.2, 6.4), layout="constrained", facecolor=PAPER)
    grid = figure.add_gridspec(2, 6)
    places = {"A": grid[0, :3], "B": grid[0, 3:], "C": grid[1, :2], "D": grid[1, 2:4], "E": grid[1, 4:]}
    axes = {letter: figure.add_subplot(place) for letter, place in places.items()}
    for here in axes.values():
        style(here)
    _draw_speeds(axes["A"], axes["B"], data)
    _draw_readouts(axes["C"], data)
    _draw_event(axes["D"], data)
    _draw_costs(axes["E"], data)
    class_legend(figure, axes["A"], f"{data.attrs['setting']}, seed {data.attrs['seed']}; colours are classes")
    return figure


def _draw_speeds(first: Axes, second: Axes, data: xr.Dataset) -> None:
    values = data["log10_speed"].values
    low, high = np.nanmin(values), np.nanmax(values)
    for letter, here, k in (("A", first, 0), ("B", second, 1)):
        if k >= data.sizes["protocol"]:
            here.set_visible(False)
            continue
        one = data.isel(protocol=k)
        for c, name in enumerate(data["class"].values):
            line, there = one["log10_speed"].isel({"class": c}).values, one["snapshot"].values
            here.plot(_thousands(data)[there], line[there], lw=1, color=class_colour(c), label=str(name))
        for step in _thousands(data)[one["changed"].values]:
            # The schedule, on the axis of time.
            here.plot([step], [0], marker="^", ms=6, color=INK, transform=here.get_xaxis_transform(), clip_on=False)
        here.set_ylim(low - 0.5, high + 0.5)
        y = "log₁₀ S" if k == 0 else ""
        label(here, f"{letter}   {one['protocol'].item()}: speeds", "training step (thousands)", y)


def _draw_readouts(here: Axes, data: xr.Dataset) -> None:
    for c in range(data.sizes["class"]):
        readout = data["readout_class"].isel({"class": c}).values
        there = np.isfinite(readout)
        here.plot(_thousands(data)[there], readout[there], lw=1.2, marker=".", ms=4, color=class_colour(c))
    names = [str(name) for name in data["class"].values]
    here.set_yticks([-1, *range(len(names))], ["null", *names])
    here.set_ylim(-1.5, len(names) - 0.5)
    label(here, f"C   {GROWING}: readout at each point", "training step (thousands)", "class read out")


def _draw_event(here: Axes, data: xr.Dataset) -> None:
    if data.attrs["event_class"] < 0:
        label(here, "D   no class' parent is known", "", "")
        here.set_axis_off()
        return
    for c in range(data.sizes["class"]):
        line = data["accuracy"].isel({"class": c}).values
        there = np.isfinite(line)
        parent = c == data.attrs["event_parent"]
        here.plot(
            _thousands(data)[there], line[there], lw=2.6 if parent else 1, marker="o", ms=5 if parent else 2.5,
            color=class_colour(c),
        )  # fmt: skip
    here.axvline(data.attrs["event_step"] / 1000, color=MUTED, lw=0.9, ls="--", zorder=0)
    names = data["class"].values
    title = (
        f"D   class {names[data.attrs['event_class']]} enters; thick: its parent, {names[data.attrs['event_parent']]}"
    )
    label(here, title, "training step (thousands)", "accuracy in more noise, test (%)")


def _draw_costs(here: Axes, data: xr.Dataset) -> None:
    values = data["excess"].values
    label(
        here,
        f"E   all introductions (n = {values.size})",
        "loss of the parent − of the others (points)",
        "share of introductions",
    )
    if not values.size:
        here.set_axis_off()
        return
    edge = max(5.0, 5 * np.ceil(np.abs(values).max() / 5))
    here.hist(
        values, bins=np.linspace(-edge, edge, 21).tolist(), weights=np.full(values.size, 1 / values.size), color=MUTED,
        edgecolor=PAPER, linewidth=0.6,
    )  # fmt: skip
    here.axvline(0, color=INK, lw=0.8)
    here.axvline(values.mean(), color=INK, lw=1.4, ls="--", label=f"mean {values.mean():.1f}".replace("-", "−"))
    here.legend(frameon=False, fontsize=8, labelcolor=INK)


def _thousands(data: xr.Dataset) -> np.ndarray:
    return data["step"].values / 1000


def _caption(data: xr.Dataset) -> str:
    events = number_of(data.sizes["event"], "introductions")
    networks = number_of(np.unique(data["network"].values).size, "networks")
    return (
        f"In the layout of the paper's figure 5: {data.attrs['setting']}. A, B: log₁₀ of the speed S = ‖F(x) − x‖² "
        "along each class' certified point, followed back through training (what is below 10⁻¹⁶ is drawn there; "
        "triangles: the curriculum changes); C: "
        f"the class read out at each class' point under {GROWING}, from just before the next class is introduced back "
        "to just before its own introduction; D: accuracy on test images in more noise, of the classes shown before, "
        f"around the introduction of one class. A to D: n = 1 network each, of seed {data.attrs['seed']}. E: how much "
        f"more accuracy the parent of an introduced class loses than the other classes, n = {events} "
        f"whose parent is known, in {networks}; dashed: their mean. No "
        "error bars."
    )


FORMATION = StudyFigure("formation", ("tracks",), formation, plot_formation, _caption)
