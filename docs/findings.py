"""Writes the tables and the figures of findings.md from examples/results: `python docs/findings.py`.

A table stands between the lines `<!-- table NAME -->` and `<!-- end of table NAME -->`; sentences are written by hand.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import xarray as xr

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
from slowpoints.claims._pages import between_lines
from slowpoints.claims._paper import NOMINAL, RETRIEVAL
from slowpoints.plots import drawn, plot_multiverse, save_figure
from slowpoints.results import (
    CERTIFIED,
    count_owned,
    holds,
    INSIDE,
    is_outcome,
    measured,
    owns,
    PROTOCOLS,
    searched_again,
    select,
    Setting,
    UNBOXED,
)

DOCS = Path(__file__).parent
RESULTS = DOCS.parent / "examples" / "results"
GRU, LSTM = (Setting("digits", unit, "sigmoid") for unit in ("gru", "lstm"))
LINEAR = replace(GRU, readout="linear")
MNIST, CIFAR = (Setting(corpus, "gru", "sigmoid") for corpus in ("mnist", "cifar10"))
CORPORA = {"digits": "digits", "mnist": "MNIST", "cifar10": "CIFAR-10"}
FOLDERS = {"digits": "digits", "mnist": "mnist-half", "cifar10": "cifar10-fast"}
COLUMNS = [(setting, protocol) for setting in (GRU, LSTM) for protocol in PROTOCOLS]
FEWEST = 6
"""With fewer networks each is shown, not their mean and standard deviation."""


@cache
def study(folder: str) -> xr.DataTree:
    """A committed study's results."""
    return results_of(Study.open(RESULTS / folder))


def of(setting: Setting) -> xr.DataTree:
    """The results of the study that has this setting."""
    return study(FOLDERS[setting.corpus])


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


def what_decides(*settings: Setting) -> list[str]:
    """What the rules say of each setting."""
    judged = {corpus: _evidence(corpus) for corpus in {setting.corpus for setting in settings}}

    def cell(claim: int, label: str, corpus: str) -> str:
        found = (part for part in judged[corpus][claim].settings if part.label == label)
        return decided(next(found, None))

    rows = []
    for claim, part, what in BY_SETTING:
        rows.append([str(claim), what, *(cell(claim, s.label + part, s.corpus) for s in settings)])
    several = len({setting.corpus for setting in settings}) > 1
    names = (f"{CORPORA[s.corpus]}, {s.unit_name}" if several else s.unit_name for s in settings)
    return table(("claim", "what decides", *names), rows)


def _evidence(corpus: str) -> dict[int, Evidence]:
    return {judgement.claim.id: judgement.evidence for judgement in judge(study(FOLDERS[corpus]))}


def decided(part: Evidence | None) -> str:
    """What a rule says of one setting; – where it has nothing to judge."""
    if part is None or part.statistic is None:
        return "–"
    if part.interval is None:
        return f"{in_words(part.statistic)}, n = {part.n}: {part.verdict}"
    low, high = map(in_words, part.interval)
    more = f", about {part.needed} would decide" if part.verdict is Verdict.UNDECIDED and part.needed else ""
    return f"{in_words(part.statistic)} ({low} to {high}), n = {part.n}: {part.verdict}{more}"


SPLITS = ("train", "test")
DELAYS = (20, 35, 50, 100, 200, 500, 1000)


def by_delay() -> list[str]:
    """Accuracy on test images by delay."""
    rows = []
    for setting in (GRU, LSTM, LINEAR, MNIST, CIFAR):
        accuracy = 100 * measured(of(setting), "extrapolation")["delay_accuracy"].sel(split="test").mean("class")
        name = setting.unit_name if setting.readout == "sigmoid" else f"{setting.unit_name} without the sigmoid"
        for protocol in PROTOCOLS:
            here = select(accuracy, setting, protocol)
            rows.append([f"{CORPORA[setting.corpus]}, {name}, {protocol}, n = {here.sizes['network']}"])
            rows[-1] += [spread(here.sel(delay=delay)) for delay in DELAYS]
    return table(("delay", *(f"{delay:,}" for delay in DELAYS)), rows)


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
            here = select(there, *column)
            rows[-1].append(f"{int(here.sum())} of {here.size}" if len(rows) == 1 else str(int(here.sum())))
    head = "classes with a certified minimum that is read out as them"
    return table((head, *(f"{setting.unit_name}, {protocol}" for setting, protocol in COLUMNS)), rows)


SHOWN = ("lifetime", "lowest speed", "pause speed", "point lifetime", "point speed", "paper's speed")


def predictors() -> list[str]:
    """What tells which classes are retained."""
    found = retention_predictors(study("digits"))

    def cells(setting: Setting, quantity: str) -> list[str]:
        one = found.sel(setting=setting.label, quantity=quantity)
        return [estimated(one, "r2"), estimated(one, "spearman")]

    head = ["quantity"]
    for setting in (GRU, LSTM):
        networks = int(found["networks"].sel(setting=setting.label))
        head += [f"{setting.unit_name} (n = {networks}): R² (95 %)", "Spearman within a network"]
    names = QUANTITIES | {"paper's speed": "speed where the scripts' Adam ends"}
    return table(head, ([names[q], *cells(GRU, q), *cells(LSTM, q)] for q in SHOWN))


def surprise() -> list[str]:
    """What tells which networks retain more, and in what the protocols differ."""
    found = network_predictors(study("digits"))
    rows = []
    for setting in (GRU, LSTM):
        for quantity in ("point speed", "lowest speed", "lifetime"):
            one = found.sel(setting=setting.label, quantity=quantity)
            shares = (f"{100 * float(one['share'].sel(protocol=protocol)):.0f}" for protocol in PROTOCOLS)
            ranges = estimated(one, "difference"), estimated(one, "spearman")
            rows.append([f"{setting.unit_name}: log₁₀ {QUANTITIES[quantity]}", f"{' / '.join(shares)} %", *ranges])
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
        return [name, *(percentiles(select(values, *column), digits) for column in COLUMNS)]

    head = (f"{s.unit_name}, {p}, {int(select(moving, s, p).sum())} points" for s, p in COLUMNS)
    rows = [row(str(time), ratio.sel(time=time), 2) for time in (3, 10, 100)]
    return table(("steps", *head), [*rows, row("κ of the slowest mode", condition, 1)])


def percentiles(values: xr.DataArray, digits: int) -> str:
    """Median and 10th to 90th percentile."""
    low, middle, high = np.nanpercentile(values, (10, 50, 90))
    return range_of(middle, low, high, digits)


def papers_tables(settings: Sequence[Setting], papers: Sequence[Setting]) -> list[str]:
    """Tables 1 to 6, the last row apart: ours beside the paper's."""
    columns = [(f"{CORPORA[s.corpus]}, {count(s)}", ours(s)) for s in settings]
    columns += [(f"the paper, {CORPORA[s.corpus]}", published(s)) for s in papers]
    names = [f"classes, {split}, {protocol}" for protocol in PROTOCOLS for split in SPLITS]
    names += [f"first − second retrieval, {protocol}" for protocol in PROTOCOLS]
    names += ["classes that own a slow point, DeCu / VoCu"]
    heads, cells = zip(*columns, strict=True)
    return table((f"{settings[0].unit_name}s", *heads), zip(names, *cells, strict=True))


def count(setting: Setting) -> str:
    """How many networks a protocol."""
    accuracy = measured(of(setting), "extrapolation")["nominal_accuracy"]
    each = [select(accuracy, setting, protocol).sizes["network"] for protocol in PROTOCOLS]
    return " / ".join(f"n = {n}" for n in dict.fromkeys(each))


def ours(setting: Setting) -> list[str]:
    """Our column of the paper's tables."""
    group = measured(of(setting), "extrapolation")
    nominal = 100 * group["nominal_accuracy"].mean("class")
    lost = -100 * group["retrieval_accuracy"].sel(split="test").mean("class").diff("retrieval").squeeze("retrieval")
    owned = count_owned(measured(of(setting), "slow_points").sel(search=CERTIFIED))
    cells = [spread(select(nominal.sel(split=split), setting, p)) for p in PROTOCOLS for split in SPLITS]
    cells += [spread(select(lost, setting, p)) for p in PROTOCOLS]
    return [*cells, " / ".join(spread(select(owned, setting, p)) for p in PROTOCOLS)]


def published(setting: Setting) -> list[str]:
    """The paper's own column."""
    key = setting.corpus, setting.unit
    nominal, retrieval = NOMINAL[key], RETRIEVAL[key]
    values = [nominal[protocol, split] for protocol in PROTOCOLS for split in SPLITS]
    return [*(f"{mean} ± {error}" for mean, error in [*values, *(retrieval[p][2] for p in PROTOCOLS)]), "–"]


TABLES: dict[str, Callable[[], list[str]]] = {
    "of claims by unit": lambda: what_decides(GRU, LSTM),
    "of claims by corpus": lambda: what_decides(GRU, MNIST, CIFAR),
    "of accuracies by delay": by_delay,
    "of minima": minima,
    "of predictors": predictors,
    "of the surprise": surprise,
    "of drift": drift,
    "1 to 6, GRUs": lambda: papers_tables((GRU, MNIST, CIFAR), (MNIST, CIFAR)),
    "1 to 6, LSTMs": lambda: papers_tables((LSTM,), (replace(MNIST, unit="lstm"), replace(CIFAR, unit="lstm"))),
}


def with_tables(text: str) -> str:
    """The page with its tables as they are in the results."""
    for name in re.findall(r"<!-- table (.+?) -->", text):
        text = between_lines(text, f"table {name}", TABLES[name]())
    return text


def draw() -> None:
    """Draws the figures of digits anew: of networks with the scripts' sigmoid, but for the multiverse."""
    digits = study("digits")
    with_sigmoid = digits.map_over_datasets(lambda group: _where(group, "readout", ("sigmoid",)))
    under_curricula = with_sigmoid.map_over_datasets(lambda group: _where(group, "protocol", PROTOCOLS))
    save_figure(drawn(with_sigmoid, ["headline"])["headline"].figure, DOCS / "findings-headline.svg")
    save_figure(drawn(under_curricula, ["binned_accuracy"])["binned_accuracy"].figure, DOCS / "findings-speeds.svg")
    save_figure(
        plot_multiverse(multiverse({"": digits, "independent noise": study("digits-independent")})),
        DOCS / "findings-multiverse.svg",
    )


def _where(group: xr.Dataset, coordinate: str, values: Sequence[str]) -> xr.Dataset:
    return group.isel(network=np.isin(group[coordinate], values)) if "network" in group.dims else group


if __name__ == "__main__":
    page = DOCS / "findings.md"
    page.write_text(with_tables(page.read_text("utf-8")), "utf-8")
    draw()
