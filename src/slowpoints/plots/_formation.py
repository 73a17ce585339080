"""How slow points form during training in all networks: speeds along tracks, and readouts."""

from collections.abc import Callable

import matplotlib
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from slowpoints.plots._figure import StudyFigure
from slowpoints.plots._style import INK, label, MUTED, panels, PAPER, SHADE
from slowpoints.results import (
    is_outcome,
    log_root_speed,
    measured,
    MINIMA,
    protocols,
    select,
    Setting,
    settings,
)

CLASS_MAP = "tab10"
"""Matplotlib's colours of classes."""


def tracked_speeds(results: xr.DataTree) -> xr.Dataset:
    """Speeds along the tracks of the first network of each setting and protocol (figure 5A, B).

    Args:
        results: a study's, with the group `tracks`.

    Returns:
        `log10_root_speed` (network, tracking, class, step) and whether the point is `certified` there; `pause`
        (network, class, step), the same of each class' pause; `snapshot` and `changed` (network, step): whether the
        network has a snapshot, and whether the curriculum changed since the one before. `title` (network,) in words.

    Raises:
        KeyError: without the group.

    Example:
        >>> from slowpoints.plots import FIGURES
        >>> FIGURES["tracked_speeds"].needs  # of what `slowpoints run STUDY --only tracks` measures
        ('tracks',)
    """
    tracks = measured(results, "tracks")
    chosen, titles = _first_networks(tracks)
    here = tracks.isel(network=chosen)
    snapshot = np.isfinite(here["vocabulary"].transpose("network", "step").values)
    changed = np.zeros(snapshot.shape, bool)
    for row, i in enumerate(chosen):
        one = tracks.isel(network=i)
        there = np.flatnonzero(snapshot[row])
        moved = [np.diff(one[name].values[there]) != 0 for name in ("vocabulary", "longest_delay")]
        changed[row, there[1:]] = moved[0] | moved[1]
    return xr.Dataset(
        {
            "log10_root_speed": log_root_speed(here).transpose("network", "tracking", "class", "step"),
            "pause": log_root_speed(here.rename({"root_speed": "of_tracks", "pause_root_speed": "root_speed"})),
            "certified": is_outcome(here, MINIMA).transpose("network", "tracking", "class", "step"),
            "snapshot": (("network", "step"), snapshot),
            "changed": (("network", "step"), changed),
            "title": ("network", titles),
        }
    )


def _first_networks(tracks: xr.Dataset) -> tuple[list[int], list[str]]:
    speed = tracks["root_speed"]
    chosen, titles = [], []
    for setting in settings(speed):
        for protocol in protocols(speed):
            networks = select(speed, setting, protocol)
            networks = networks.isel(network=np.flatnonzero(networks.notnull().any(["tracking", "class", "step"])))
            if networks.sizes["network"]:
                name = networks["network"].values[0]
                chosen.append(int(np.flatnonzero(tracks["network"].values == name)[0]))
                titles.append(_title(tracks.sel(network=name)))
    return chosen, titles


def _title(network: xr.Dataset) -> str:
    """Which network it is: "digits, GRU, sigmoid readout, VoCu, seed 0"."""
    corpus, unit, readout = (str(network[name].values) for name in ("corpus", "unit", "readout"))
    return f"{Setting(corpus, unit, readout).label}, {network['protocol'].values}, seed {int(network['seed'])}"


def plot_tracked_speeds(speeds: xr.Dataset) -> Figure:
    """Draw `tracked_speeds`: one row a network, a column for each tracking and one for the pauses.

    Dots are certified points; lines break where a class has none.

    Example:
        >>> import numpy as np
        >>> import xarray as xr
        >>> from slowpoints.plots import plot_tracked_speeds
        >>> speeds = xr.Dataset(
        ...     {
        ...         "log10_root_speed": (("network", "tracking", "class", "step"), [[[[-2.0, -3.0]], [[-2.0, -2.5]]]]),
        ...         "certified": (("network", "tracking", "class", "step"), np.ones((1, 2, 1, 2), bool)),
        ...         "pause": (("network", "class", "step"), [[[-1.0, -2.0]]]),
        ...         "snapshot": (("network", "step"), [[True, True]]),
        ...         "changed": (("network", "step"), [[False, True]]),
        ...         "title": ("network", ["DeCu, gru, seed 0"]),
        ...     },
        ...     coords={"tracking": ["certified", "descent"], "class": [0], "step": [0, 100]},
        ... )
        >>> plot_tracked_speeds(speeds).savefig("speeds.png")
    """
    columns = {
        "followed points (dots: certified)": speeds["log10_root_speed"].sel(tracking="certified"),
        "descent from the previous point": speeds["log10_root_speed"].sel(tracking="descent"),
        "pauses (nothing followed)": speeds["pause"],
    }
    rows, classes = speeds.sizes["network"], speeds["class"].values
    figure, axes = panels(rows, len(columns), width=3.6, height=2.5)
    values = np.concatenate([column.values.ravel() for column in columns.values()])
    low, high = np.nanmin(values), np.nanmax(values)
    first, last = speeds["step"].values[[0, -1]]
    for row in range(rows):
        for column, (name, of) in enumerate(columns.items()):
            here = axes[row, column]
            for step in speeds["step"].values[speeds["changed"].values[row]]:
                here.axvline(step, color=SHADE, lw=1.2, zorder=0)
            for k, one in enumerate(classes):
                there = speeds["snapshot"].values[row]
                steps, line = speeds["step"].values[there], of.isel(network=row).sel({"class": one}).values[there]
                here.plot(steps, line, lw=0.9, color=class_colour(k), label=str(one))
                if column == 0:
                    certified = speeds["certified"].isel(network=row).sel(tracking="certified")
                    sure = certified.sel({"class": one}).values[there]
                    here.scatter(steps[sure], line[sure], s=5, color=class_colour(k), zorder=3)
            here.set_ylim(low - 0.3, high + 0.3)
            here.set_xlim(first - 0.03 * (last - first), last + 0.03 * (last - first))
            y = "log₁₀ root speed (per step)" if column == 0 else ""
            label(here, f"{speeds['title'].values[row]}\n{name}", "training step", y)
    class_legend(figure, axes[0, 0], "point of class")
    return figure


def short_readouts(results: xr.DataTree) -> xr.Dataset:
    """Readouts along each class' short track, back to its introduction, of every network that introduces classes.

    Args:
        results: a study's, with the group `tracks`.

    Returns:
        `readout_class` (network, class, step): −1 for *null*, −2 where there is no track; `introduced` (network,
        class), in training steps; `title` (network,). No networks where none introduces classes.

    Raises:
        KeyError: without the group.

    Example:
        >>> from slowpoints.plots import FIGURES
        >>> FIGURES["short_readouts"].needs  # of what `slowpoints run STUDY --only tracks` measures
        ('tracks',)
    """
    tracks = measured(results, "tracks")
    rows = np.flatnonzero((tracks["short_readout_class"] > -2).any(["class", "step"]).values)
    here = tracks.isel(network=rows)
    readout = here["short_readout_class"].transpose("network", "class", "step")
    titles = [_title(here.isel(network=k)) for k in range(rows.size)]
    return xr.Dataset({"readout_class": readout, "introduced": here["introduced"], "title": ("network", titles)})


def plot_short_readouts(readouts: xr.Dataset) -> Figure:
    """Draw `short_readouts` (figure 5C): one panel a network, two a row, a class a line, colour is the
    readout.

    Example:
        >>> import xarray as xr
        >>> from slowpoints.plots import plot_short_readouts
        >>> readouts = xr.Dataset(
        ...     {
        ...         "readout_class": (("network", "class", "step"), [[[0, 0, 0], [-2, 0, 1]]]),
        ...         "introduced": (("network", "class"), [[0, 100]]),
        ...         "title": ("network", ["VoCu, gru, seed 0"]),
        ...     },
        ...     coords={"class": [0, 1], "step": [0, 100, 200]},
        ... )
        >>> plot_short_readouts(readouts).savefig("readouts.png")
    """
    count = readouts.sizes["network"]
    figure, axes = panels((count + 1) // 2, min(count, 2), width=4.6, height=2.5)
    steps, classes = readouts["step"].values, readouts["class"].values
    for spare in axes.flat[count:]:
        spare.set_visible(False)
    for number, here in enumerate(axes.flat[:count]):
        one = readouts.isel(network=number)
        for k in range(len(classes)):
            values = one["readout_class"].values[k]
            for named in np.unique(values[values > -2]):
                at = steps[values == named]
                # Null is hollow: a grey would be that of a class.
                inside, edge = (PAPER, MUTED) if named < 0 else (class_colour(int(named)),) * 2
                here.plot(at, np.full(len(at), k), ls="", marker="s", ms=3.2, mfc=inside, mec=edge)
            here.plot([one["introduced"].values[k]] * 2, [k - 0.45, k + 0.45], color=INK, lw=0.9)
        here.set_yticks(range(len(classes)), [str(c) for c in classes])
        label(here, str(one["title"].values), "training step", "class")
    for k, one in enumerate(classes):
        axes[0, 0].plot([], [], ls="", marker="s", ms=4, color=class_colour(k), label=str(one))
    class_legend(figure, axes[0, 0], "class read out")
    return figure


def class_colour(k: int) -> tuple:
    """The colour of the k-th class."""
    return matplotlib.colormaps[CLASS_MAP](k % 10)


def class_legend(figure: Figure, axes: Axes, title: str, *, scale: float = 1) -> None:
    """One legend of classes above all panels; `title` says what is of these classes, `scale` enlarges its markers."""
    handles, names = axes.get_legend_handles_labels()
    made = figure.legend(
        handles, names, loc="outside upper left", ncols=10, frameon=False, fontsize=8, labelcolor=INK, title=title,
        title_fontsize=8, alignment="left", markerscale=scale,
    )  # fmt: skip
    made.get_title().set_color(INK)


def _if_any(dim: str, of: Callable[[xr.DataTree], xr.Dataset]) -> Callable[[xr.DataTree], xr.Dataset | None]:
    """The dataset, or None where it has nothing along a dimension."""

    def data(results: xr.DataTree) -> xr.Dataset | None:
        made = of(results)
        return made if made.sizes[dim] else None

    return data


def _speeds_caption(speeds: xr.Dataset) -> str:
    return (
        "Root speed along each class' point, followed back through training, in the first network of each setting "
        "and protocol: n = 1 network a row, no error bars. Grey lines: the curriculum changes. Left: certified "
        "points, with the interval between snapshots split where needed. Middle: descent from the previous point. "
        "Right: each class' pause, which needs no following."
    )


def _readouts_caption(readouts: xr.Dataset) -> str:
    return (
        "Each class' point from just before the next class is introduced back to just before its own introduction "
        "(upright bar). Colour is the class that is read out at the point; hollow, none. n = 1 network a panel, "
        f"{readouts.sizes['network']} in all. No error bars."
    )


TRACKED_SPEEDS = StudyFigure(
    "tracked_speeds", ("tracks",), _if_any("network", tracked_speeds), plot_tracked_speeds, _speeds_caption
)

SHORT_READOUTS = StudyFigure(
    "short_readouts", ("tracks",), _if_any("network", short_readouts), plot_short_readouts, _readouts_caption
)
