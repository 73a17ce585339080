"""How the cost of a training step grows with the batch, the steps of a trial and the units; and pictures of growth.

The MNIST setting with shared noise, one size changed at a time. Ensembles and tracking have their own benchmarks, whose
records are drawn beside these.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import floors
from benchmarks.records import compared, read, Record
from benchmarks.settings import Settings
from benchmarks.timing import interleaved
from benchmarks.training import NOISE_BANK, ours, products, SETTINGS

SIZES = {
    "batch": (16, 32, 64, 128, 256, 512),
    "trial_steps": (5, 10, 20, 40, 80),
    "units": (25, 50, 100, 200, 400),
}

PANELS = {
    "scaling.batch": ("Trials a batch", "ms a training step"),
    "scaling.trial_steps": ("Steps of a trial", "ms a training step"),
    "scaling.units": ("Units", "ms a training step"),
    "ensembles.digits": ("Networks in a process", "network steps a second"),
    "tracking.digits.time": ("Checkpoints", "s to track ten points"),
}
"""What is drawn: the records whose names so begin and end in a size, its name, and that of their unit."""


def training_records(settings: Settings) -> list[Record]:
    """Seconds of a training step at each size, with the floor at the very shapes."""
    records = []
    for varied, sizes in SIZES.items():
        for size in sizes:
            setting = SETTINGS["mnist"] | {varied: size}
            floor = floors.run_of(products(setting, NOISE_BANK))
            times = interleaved({"ours": ours(setting, "shared"), "floor": floor}, settings)
            records.append(compared(f"scaling.{varied}.{size:03}", "s", times["ours"], floor=times["floor"]))
    return records


def draw(results: Path, figure: Path) -> None:
    """Draws how costs grow, from the records in a file, those that it has."""
    from slowpoints.plots import save_figure
    from slowpoints.plots._style import INK, label, MUTED, PALETTE, panels

    records = read(results)
    found = {prefix: _growth(records, prefix) for prefix in PANELS}
    drawn = {prefix: rows for prefix, rows in found.items() if len(rows) > 1}
    if not drawn:
        return
    canvas, axes = panels(1, len(drawn), width=2.6, height=2.6)
    for panel, (prefix, rows) in zip(axes[0], drawn.items(), strict=True):
        sizes = [size for size, _ in rows]
        scale = 1e3 if PANELS[prefix][1].startswith("ms") else 1
        panel.plot(sizes, [scale * row["ours"] for _, row in rows], "o-", color=PALETTE[0], ms=3, label="ours")
        if all(row["peer"] for _, row in rows):
            panel.plot(sizes, [row["peer"] for _, row in rows], "s--", color=MUTED, ms=3, label=rows[0][1]["peer_name"])
        if all(row["floor_fraction"] for _, row in rows):
            floor = [scale * row["ours"] * row["floor_fraction"] for _, row in rows]
            panel.plot(sizes, floor, ":", color=INK, label="products alone")
        panel.set_xscale("log", base=2)
        if prefix.startswith("ensembles"):
            panel.set_ylim(bottom=0)
        else:
            panel.set_yscale("log", base=2)
        for axis in (panel.xaxis, panel.yaxis):
            axis.set_major_formatter("{x:g}")
        panel.set_xticks(sizes)
        panel.minorticks_off()
        label(panel, "", *PANELS[prefix])
        panel.legend(frameon=False, fontsize=7)
    save_figure(canvas, figure)


def _growth(records: Sequence[dict[str, Any]], prefix: str) -> list[tuple[int, dict[str, Any]]]:
    """The records of a prefix by their size."""
    sized = [
        (record["name"].removeprefix(prefix)[1:], record) for record in records if record["name"].startswith(prefix)
    ]
    return sorted(((int(size), record) for size, record in sized if size.isdigit()), key=lambda pair: pair[0])
