"""Writes the tables and the figures of findings.md from examples/results: `python docs/findings.py`.

A table stands between the lines `<!-- table NAME -->` and `<!-- end of table NAME -->`; sentences are written by hand.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import stats

from slowpoints import judge, results_of, Study
from slowpoints.claims import (
    Evidence,
    in_words,
    multiverse,
    network_predictors,
    QUANTITIES,
    retention_predictors,
    Verdict,
)
from slowpoints.claims._extrapolation import delay_accuracy
from slowpoints.claims._pages import between_lines
from slowpoints.claims._paper import NOMINAL, RETRIEVAL
from slowpoints.claims._slow_points import median_speed
from slowpoints.plots import drawn, plot_multiverse, save_figure
from slowpoints.results import (
    CERTIFIED,
    count_owned,
    delays_beyond,
    holds,
    INSIDE,
    is_outcome,
    measured,
    MINIMA,
    owns,
    paired,
    PROTOCOLS,
    searched_again,
    select,
    Setting,
    UNBOXED,
)

DOCS = Path(__file__).parent
RESULTS = DOCS.parent / "examples" / "results"


class Networks(NamedTuple):
    """All networks of one setting in one committed study."""

    name: str
    folder: str
    setting: Setting

    @property
    def results(self) -> xr.DataTree:
        """The results of the whole study."""
        return study(self.folder)


GRU, LSTM = (
    Networks(f"digits, {unit.upper()}", "digits", Setting("digits", unit, "sigmoid")) for unit in ("gru", "lstm")
)
LINEAR = Networks("digits, GRU without the sigmoid", "digits", replace(GRU.setting, readout="linear"))
MNIST = Networks("MNIST, GRU", "mnist-half", Setting("mnist", "gru", "sigmoid"))
SHORT = Networks("MNIST, GRU, trained as on digits", "mnist-as-digits", MNIST.setting)
WIDE = Networks("MNIST, GRU, the same with 200 units", "mnist-200-units", MNIST.setting)
CIFAR = Networks("CIFAR-10, GRU", "cifar10-fast", Setting("cifar10", "gru", "sigmoid"))
COLUMNS = [(networks, protocol) for networks in (GRU, LSTM) for protocol in PROTOCOLS]
FEWEST = 6
"""With fewer networks each is shown, not their mean and standard deviation."""


@cache
def study(folder: str) -> xr.DataTree:
    """A committed study's results."""
    return results_of(Study.open(RESULTS / folder))


def signed(value: float, digits: int) -> str:
    """Rounded; with a minus sign, but where it rounds to nothing."""
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def range_of(value: float, low: float, high: float, digits: int = 2) -> str:
    """A number and its interval."""
    return f"{signed(value, digits)} ({signed(low, digits)} to {signed(high, digits)})"


def estimated(found: xr.Dataset, name: str) -> str:
    """The number of this name and its interval."""
    return range_of(float(found[name]), float(found[f"{name}_low"]), float(found[f"{name}_high"]))


def spread(values: xr.DataArray) -> str:
    """Mean ± standard deviation over networks, or each of a few."""
    numbers = values.dropna("network")
    if numbers.size < FEWEST:
        ordered = numbers.values[np.argsort(numbers["seed"].values)]
        return ", ".join(signed(float(number), 1) for number in ordered) or "–"
    return f"{signed(float(numbers.mean()), 1)} ± {signed(float(numbers.std(ddof=1)), 1)}"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """A table in Markdown, a line each."""
    lines = [list(head), *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return [f"| {' | '.join(line)} |".replace("| --- ", "|---").replace("--- |", "---|") for line in lines]


BY_SETTING = (
    (7, "", "test accuracy at the trained delay, DeCu − VoCu (points)"),
    (12, "", "the same at longer delays, mean over 35 to 1,000 (points)"),
    (13, "", "the same in more noise, mean over 1.5 to 4 times (points)"),
    (10, "", "loss at a second retrieval, VoCu − DeCu (points)"),
    (101, "", "classes that own a slow point, DeCu − VoCu"),
    (21, ", newton", "log₁₀ root speed of points, median, DeCu − VoCu"),
    (20, ", DeCu, newton", "Spearman of speed with accuracy at 200, DeCu"),
    (20, ", VoCu, newton", "the same, VoCu"),
    (102, "", "R² of the lifetime − R² of the point's speed"),
    (105, ", lifetime", "Spearman over networks of lifetime with retention"),
    (105, ", protocol", "R² that the protocol adds to it"),
)
"""Claims judged in each setting: number, which of its evidence, what decides."""


def what_decides(*columns: Networks) -> list[str]:
    """What the rules say of each."""
    judged = {folder: _evidence(folder) for folder in {networks.folder for networks in columns}}

    def cell(claim: int, part: str, networks: Networks) -> str:
        label = networks.setting.label + part
        found = (each for each in judged[networks.folder][claim].settings if each.label == label)
        return decided(next(found, None))

    rows = ([str(claim), what, *(cell(claim, part, each) for each in columns)] for claim, part, what in BY_SETTING)
    return table(("claim", "what decides", *(networks.name for networks in columns)), rows)


def _evidence(folder: str) -> dict[int, Evidence]:
    return {judgement.claim.id: judgement.evidence for judgement in judge(study(folder))}


def decided(part: Evidence | None) -> str:
    """What a rule says of one setting; – where it has nothing to judge."""
    if part is None or part.statistic is None:
        return "–"
    if part.interval is None:
        return f"{in_words(part.statistic)}, n = {part.n}: {part.verdict}"
    low, high = map(in_words, part.interval)
    more = f", about {part.needed} would decide" if part.verdict is Verdict.UNDECIDED and part.needed else ""
    return f"{in_words(part.statistic)} ({low} to {high}), n = {part.n}: {part.verdict}{more}"


def retained(results: xr.DataTree) -> xr.DataArray:
    """What claim 12 compares: accuracy, mean over the longer delays, in %, by network."""
    return delay_accuracy(results).sel(delay=delays_beyond(results)).mean("delay", skipna=False)


def points_speed(results: xr.DataTree) -> xr.DataArray:
    """What claim 21 compares: log10 root speed of points, median over classes, by network."""
    return median_speed(measured(results, "slow_points").sel(search=CERTIFIED), MINIMA)


CHANGED = (("100 → 200 units", SHORT, WIDE), ("training as on digits → `mnist-half`'s", WIDE, MNIST))
"""What is changed, in which networks, to which."""
CHANGING = (
    ("accuracy at longer delays, mean over 35 to 1,000 (points)", retained, 1),
    ("log₁₀ root speed of points, median", points_speed, 2),
)


def changes() -> list[str]:
    """What units and training change on MNIST. The studies share no networks: intervals are Welch's."""
    rows = []
    for change, before, after in CHANGED:
        for what, value_of, digits in CHANGING:
            old, new = (_by_protocol(networks, value_of(networks.results)) for networks in (before, after))
            cells = []
            for one, other in zip(old, new, strict=True):
                interval = stats.ttest_ind(other, one, equal_var=False).confidence_interval()
                cells.append(range_of(float(np.mean(other) - np.mean(one)), interval.low, interval.high, digits))
            rows.append([change, what, *cells])
    return table(("what is changed", "what it changes (95 %)", *PROTOCOLS, "DeCu − VoCu"), rows)


def _by_protocol(networks: Networks, values: xr.DataArray) -> list[NDArray[np.floating]]:
    # The values of each protocol's networks, then the difference within each pair.
    decu, vocu = paired(values, networks.setting)
    return [*(of(values, (networks, protocol)).values for protocol in PROTOCOLS), decu - vocu]


SPLITS = ("train", "test")
DELAYS = (20, 35, 50, 100, 200, 500, 1000)
NOISE = (1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0)


def accuracies(variable: str, along: str, values: Sequence[float]) -> list[str]:
    """Accuracy on test images at some values of what is varied."""
    rows = []
    for networks in (GRU, LSTM, LINEAR, MNIST, SHORT, WIDE, CIFAR):
        accuracy = 100 * measured(networks.results, "extrapolation")[variable].sel(split="test").mean("class")
        for protocol in PROTOCOLS:
            here = select(accuracy, networks.setting, protocol)
            rows.append([f"{networks.name}, {protocol}, n = {here.sizes['network']}"])
            rows[-1] += [spread(here.sel({along: value})) for value in values]
    return table((along, *(f"{value:,}" for value in values)), rows)


def minima() -> list[str]:
    """How many classes have a minimum, by how it is looked for."""
    results = study("digits")
    newton, flow, unboxed = (
        measured(results, "slow_points").sel(search=search) for search in (CERTIFIED, "gradient flow", UNBOXED)
    )
    trials = searched_again(results, "trial")
    held = holds(newton)
    ways = {
        "from the class mean": held,
        "shared with no other class": owns(newton),
        "by the gradient flow, followed with its error controlled": holds(flow),
        "from the mean or any of three single trials": held | holds(trials).any("trial"),
        "under another constant input": holds(searched_again(results, "other_input")),
        "inside of the box": holds(newton, INSIDE),
        "by the gradient flow without a box": holds(unboxed, INSIDE),
    }
    rows = []
    for name, there in ways.items():
        rows.append([name])
        for column in COLUMNS:
            here = of(there, column)
            rows[-1].append(f"{int(here.sum())} of {here.size}" if len(rows) == 1 else str(int(here.sum())))
    head = "classes with a certified minimum that is read out as them"
    return table((head, *(f"{networks.name}, {protocol}" for networks, protocol in COLUMNS)), rows)


def of(values: xr.DataArray, column: tuple[Networks, str]) -> xr.DataArray:
    """The values of this column's networks."""
    networks, protocol = column
    return select(values, networks.setting, protocol)


SHOWN = ("lifetime", "lowest speed", "pause speed", "point lifetime", "point speed", "paper's speed")
COMPARED = (GRU, LSTM, MNIST)
"""Of which it is shown what predicts retention."""


def predictors() -> list[str]:
    """What tells which classes are retained."""
    head, columns = ["quantity"], []
    for networks in COMPARED:
        found = retention_predictors(networks.results).sel(setting=networks.setting.label)
        head += [f"{networks.name} (n = {int(found['networks'])}): R² (95 %)", "Spearman within a network"]
        columns.append(found)
    names = QUANTITIES | {"paper's speed": "speed where the scripts' Adam ends"}
    rows = []
    for quantity in SHOWN:
        rows.append([names[quantity]])
        for found in columns:
            one = found.sel(quantity=quantity)
            rows[-1] += [estimated(one, "r2"), estimated(one, "spearman")]
    return table(head, rows)


def surprise() -> list[str]:
    """What tells which networks retain more, and in what the protocols differ."""
    rows = []
    for networks in (*COMPARED, SHORT, WIDE):
        found = network_predictors(networks.results).sel(setting=networks.setting.label)
        for quantity in ("point speed", "lowest speed", "lifetime"):
            one = found.sel(quantity=quantity)
            shares = (f"{100 * float(one['share'].sel(protocol=protocol)):.0f}" for protocol in PROTOCOLS)
            ranges = estimated(one, "difference"), estimated(one, "spearman")
            rows.append([f"{networks.name}: log₁₀ {QUANTITIES[quantity]}", f"{' / '.join(shares)} %", *ranges])
    head = ("quantity", "classes that have it, DeCu / VoCu", "DeCu − VoCu (95 %)", "Spearman over networks (95 %)")
    return table(head, rows)


def drift() -> list[str]:
    """How far states drift from points, by what the points' speed says."""
    found, points = measured(study("digits"), "drift"), measured(study("digits"), "slow_points").sel(search=CERTIFIED)
    points = points.sel(network=found["network"])
    moving = holds(points) & ~is_outcome(points, ("fixed point",))
    ratio = (found["moved"] / (found["time"] * points["root_speed"])).where(moving)
    condition = found["condition"].where(moving)

    def row(name: str, values: xr.DataArray, digits: int) -> list[str]:
        return [name, *(percentiles(of(values, column), digits) for column in COLUMNS)]

    head = (f"{networks.name}, {p}, {int(of(moving, (networks, p)).sum())} points" for networks, p in COLUMNS)
    rows = [row(str(time), ratio.sel(time=time), 2) for time in (3, 10, 100)]
    return table(("steps", *head), [*rows, row("κ of the slowest mode", condition, 1)])


def percentiles(values: xr.DataArray, digits: int) -> str:
    """Median and 10th to 90th percentile."""
    low, middle, high = np.nanpercentile(values, (10, 50, 90))
    return range_of(middle, low, high, digits)


RETRIEVALS = ("first retrieval, train", "second", "first − second")


def papers_tables(*columns: Networks, papers: Sequence[tuple[str, Setting]]) -> list[str]:
    """Tables 1 to 6, the last row apart: ours beside the paper's."""
    beside = [(f"{networks.name}, {count(networks)}", ours(networks)) for networks in columns]
    beside += [(f"the paper, {name}", published(setting)) for name, setting in papers]
    names = [f"classes, {split}, {protocol}" for protocol in PROTOCOLS for split in SPLITS]
    names += ["classes, test, naive", "null, test, DeCu / VoCu / naive"]
    names += [f"{what}, {protocol}" for protocol in PROTOCOLS for what in RETRIEVALS]
    names += ["classes that own a slow point, DeCu / VoCu"]
    heads, cells = zip(*beside, strict=True)
    return table(("", *heads), zip(names, *cells, strict=True))


def count(networks: Networks) -> str:
    """How many a protocol."""
    accuracy = measured(networks.results, "extrapolation")["nominal_accuracy"]
    each = [of(accuracy, (networks, protocol)).sizes["network"] for protocol in PROTOCOLS]
    return " / ".join(f"n = {n}" for n in dict.fromkeys(each))


def ours(networks: Networks) -> list[str]:
    """Our column of the paper's tables."""
    group = measured(networks.results, "extrapolation")
    nominal, null = 100 * group["nominal_accuracy"].mean("class"), 100 * group["null_accuracy"].sel(split="test")
    first, second = (100 * group["retrieval_accuracy"].sel(split="train").mean("class")).transpose("retrieval", ...)
    owned = count_owned(measured(networks.results, "slow_points").sel(search=CERTIFIED))
    cells = [spread(of(nominal.sel(split=split), (networks, p))) for p in PROTOCOLS for split in SPLITS]
    cells += [spread(of(nominal.sel(split="test"), (networks, "naive")))]
    cells += [" / ".join(spread(of(null, (networks, p))) for p in (*PROTOCOLS, "naive"))]
    cells += [spread(of(values, (networks, p))) for p in PROTOCOLS for values in (first, second, first - second)]
    return [*cells, " / ".join(spread(of(owned, (networks, p))) for p in PROTOCOLS)]


def published(setting: Setting) -> list[str]:
    """The paper's own column."""
    key = setting.corpus, setting.unit
    nominal, retrieval = NOMINAL[key], RETRIEVAL[key]
    accuracy = [nominal[protocol, split] for protocol in PROTOCOLS for split in SPLITS]
    retrieved = [value for protocol in PROTOCOLS for value in retrieval[protocol]]
    classes, again = ([f"{mean} ± {error}" for mean, error in values] for values in (accuracy, retrieved))
    return [*classes, "0", "100 / 100 / 100", *again, "–"]


def settings_with(unit: str) -> list[tuple[str, Setting]]:
    """The paper's settings with this unit, each with its corpus' name."""
    return [(name, Setting(corpus, unit, "sigmoid")) for name, corpus in (("MNIST", "mnist"), ("CIFAR-10", "cifar10"))]


TABLES: dict[str, Callable[[], list[str]]] = {
    "of claims by unit": lambda: what_decides(GRU, LSTM),
    "of claims by corpus": lambda: what_decides(GRU, MNIST, CIFAR),
    "of claims by units and training": lambda: what_decides(SHORT, WIDE, MNIST),
    "of changes": changes,
    "of accuracies by delay": lambda: accuracies("delay_accuracy", "delay", DELAYS),
    "of accuracies by noise": lambda: accuracies("noise_accuracy", "noise", NOISE),
    "of minima": minima,
    "of predictors": predictors,
    "of the surprise": surprise,
    "of drift": drift,
    "1 to 6, GRUs": lambda: papers_tables(GRU, MNIST, CIFAR, papers=settings_with("gru")),
    "1 to 6, LSTMs": lambda: papers_tables(LSTM, papers=settings_with("lstm")),
}


def with_tables(text: str) -> str:
    """The page with its tables as they are in the results."""
    for name in re.findall(r"<!-- table (.+?) -->", text):
        text = between_lines(text, f"table {name}", TABLES[name]())
    return text


def draw() -> None:
    """Draws the figures anew: those of digits of networks with the scripts' sigmoid, but for the multiverse."""
    digits, half, formation = study("digits"), study("mnist-half"), study("digits-formation")
    with_sigmoid = digits.map_over_datasets(lambda group: _where(group, "readout", ("sigmoid",)))
    under_curricula = with_sigmoid.map_over_datasets(lambda group: _where(group, "protocol", PROTOCOLS))
    for name, results in (("headline", with_sigmoid), ("mnist", half)):
        save_figure(drawn(results, ["headline"])["headline"].figure, DOCS / f"findings-{name}.svg")
    save_figure(drawn(under_curricula, ["binned_accuracy"])["binned_accuracy"].figure, DOCS / "findings-speeds.svg")
    save_figure(drawn(formation, ["formation"])["formation"].figure, DOCS / "findings-formation.svg")
    on_mnist = study("mnist-half-formation")
    save_figure(drawn(on_mnist, ["tracked_speeds"])["tracked_speeds"].figure, DOCS / "findings-tracks.svg")
    # Six thousand dots: as SVG ten times as large.
    save_figure(drawn(half, ["clouds"])["clouds"].figure, DOCS / "findings-clouds.png")
    studies = {
        "": digits,
        "independent noise": study("digits-independent"),
        "half the paper's steps": half,
    }
    save_figure(plot_multiverse(multiverse(studies)), DOCS / "findings-multiverse.svg")


def _where(group: xr.Dataset, coordinate: str, values: Sequence[str]) -> xr.Dataset:
    return group.isel(network=np.isin(group[coordinate], values)) if "network" in group.dims else group


if __name__ == "__main__":
    page = DOCS / "findings.md"
    page.write_text(with_tables(page.read_text("utf-8")), "utf-8")
    draw()
