"""Accuracy at longer delays and in more noise, all units and protocols of a corpus together (figure 2)."""

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from slowpoints.plots._curves import delay_curves, noise_curves
from slowpoints.plots._figure import mean_and_error, StudyFigure
from slowpoints.plots._style import (
    chance_line,
    colours,
    INK,
    label,
    legend,
    MUTED,
    panels,
    PAPER,
    percent,
    SHADE,
    style,
)
from slowpoints.results import Setting

LINES = (("-", "o"), ("--", "s"), (":", "^"), ("-.", "D"))
"""Line and marker of each unit."""

SMALL = "cifar"
"""How the name of a corpus begins that is drawn in an inset beside another, as in the paper."""

AXES = {"delay": "delay between image and trigger (steps)", "noise": "noise (× the trained σ)"}
"""What is varied in each column."""


def extrapolation_curves(results: xr.DataTree) -> xr.Dataset:
    """`delay_curves` and `noise_curves` in one dataset.

    Args:
        results: a study's, with `extrapolation`.

    Returns:
        Their variables, named `delay_mean`, `noise_mean` and so on, each (setting, protocol, delay or noise); attrs
        `chance` (%) and `trial_steps` (T, in steps).

    Raises:
        KeyError: without the group.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.plots import extrapolation_curves
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> extrapolation_curves(results)["noise_mean"].dims
        ('setting', 'protocol', 'noise')
    """
    curves = {"delay": delay_curves(results), "noise": noise_curves(results)}
    named = [one.rename({name: f"{along}_{name}" for name in one.data_vars}) for along, one in curves.items()]
    return xr.merge(named, join="exact", compat="equals", combine_attrs="drop").assign_attrs(curves["delay"].attrs)


def plot_extrapolation(curves: xr.Dataset) -> Figure:
    """Draw `extrapolation_curves`: delays on the left, noise on the right, a row a corpus and readout.

    Colour is the protocol, line and marker are the unit. CIFAR-10 is an inset where another corpus has its readout.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.plots import extrapolation_curves, plot_extrapolation
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> len(plot_extrapolation(extrapolation_curves(results)).axes)
        2
    """
    rows = _rows(curves)
    figure, axes = panels(len(rows), len(AXES), width=4.6, height=3.6)
    for row, (large, small) in enumerate(rows):
        for here, (along, x) in zip(axes[row], AXES.items(), strict=True):
            _draw(here, curves.isel(setting=large), along)
            first = curves.isel(setting=large[0])
            label(here, f"{first['corpus'].item()}, {first['readout'].item()} readout", x, "accuracy, test images (%)")
            if small:
                # Curves fall from the upper left, so the lower left is free.
                inset = here.inset_axes((0.1, 0.1, 0.4, 0.34))
                style(inset)
                _draw(inset, curves.isel(setting=small), along, size=0.6)
                inset.set_title(curves["corpus"].values[small[0]], fontsize=7, loc="left", pad=2, color=INK)
                inset.tick_params(labelsize=6)
    legend(figure, *axes.flat, columns=4)
    return figure


def _rows(curves: xr.Dataset) -> list[tuple[list[int], list[int]]]:
    """Of each row the settings, by number, of its corpus, and of the corpus in its inset."""
    by_corpus: dict[tuple[str, str], list[int]] = {}
    for k, key in enumerate(zip(curves["readout"].values.tolist(), curves["corpus"].values.tolist(), strict=True)):
        by_corpus.setdefault(key, []).append(k)
    rows = []
    for readout in dict.fromkeys(readout for readout, _ in by_corpus):
        of = {corpus: numbers for (other, corpus), numbers in by_corpus.items() if other == readout}
        small = [numbers for corpus, numbers in of.items() if corpus.lower().startswith(SMALL)]
        large = [numbers for corpus, numbers in of.items() if not corpus.lower().startswith(SMALL)]
        rows += [(numbers, []) for numbers in large] if large else [(numbers, []) for numbers in small]
        if large and small:
            rows[-len(large)] = (large[0], small[0])
    return rows


def _draw(axes: Axes, curves: xr.Dataset, along: str, size: float = 1.0) -> None:
    names = [str(name) for name in curves["protocol"].values]
    palette, x = colours(names), curves[along].values
    if along == "delay":
        axes.set_xscale("log")
        ticks = (10, 100, 1000, 10_000) if size < 1 else (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
        axes.set_xlim(start := 0.85 * float(x.min()), 1.15 * float(x.max()))
        axes.axvspan(start, curves.attrs["trial_steps"], color=SHADE, lw=0, zorder=0)
    else:
        ticks = tuple(int(factor) for factor in x if float(factor).is_integer())
        axes.axvline(1, color=MUTED, lw=0.9, ls="--", zorder=1)
    axes.set_xticks([tick for tick in ticks if tick <= x.max()], [str(tick) for tick in ticks if tick <= x.max()])
    if size == 1:
        chance_line(axes, curves.attrs["chance"])
    for k in range(curves.sizes["setting"]):
        one = curves.isel(setting=k)
        setting = Setting(*(one[name].item() for name in ("corpus", "unit", "readout")))
        line, marker = LINES[k % len(LINES)]
        for name in names:
            mean, error = (one[f"{along}_{what}"].sel(protocol=name) for what in ("mean", "standard_error"))
            if mean.notnull().any():
                axes.errorbar(
                    x, mean.values, error.fillna(0.0).values, color=palette[name], ls=line, marker=marker,
                    mfc=palette[name] if k == 0 else PAPER, lw=1.5 * size, ms=4 * size, elinewidth=size,
                    label=f"{name} {setting.unit_name}",
                )  # fmt: skip
    percent(axes)


def _caption(curves: xr.Dataset) -> str:
    delays = curves[["delay_mean", "delay_n"]].rename(delay_mean="mean", delay_n="n")
    return (
        "In the layout of the paper's figure 2: accuracy on test images against the delay between image and trigger "
        "(left; shaded: the delays of training) and against the strength of the noise (right; dashed: as trained), "
        f"{mean_and_error(delays)}."
    )


EXTRAPOLATION = StudyFigure("extrapolation", ("extrapolation",), extrapolation_curves, plot_extrapolation, _caption)
