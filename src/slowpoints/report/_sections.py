"""The sections of a report, as HTML."""

import json
import math

import xarray as xr

from slowpoints.claims import QUANTITIES, retention_predictors
from slowpoints.claims._stages import has, no_stage
from slowpoints.report._html import element, join, Markup, table
from slowpoints.report._summaries import (
    followed,
    network_counts,
    nominal_accuracies,
    OUTCOMES,
    retrieval_accuracies,
    search_outcomes,
    unresolved_networks,
)

CAPTIONS = {
    "training": "Running accuracy on training images, mean ± standard error over networks. Ticks above a "
    "panel mark the steps at which a protocol's curriculum changes.",
    "delay": "Accuracy on test images against the delay between image and trigger, mean ± standard error "
    "over networks. Shaded: the delays of training.",
    "noise": "Accuracy on test images against the strength of the noise, mean ± standard error over networks.",
    "second_retrieval": "Accuracy on test images at a first and a second trigger, mean ± standard error over networks.",
    "slow_points": "Each class' point: its root speed against the accuracy of the class after a long delay. "
    "Hollow points are read out as another class. Root speeds below 10⁻⁸ (dotted line) are drawn there. ρ is "
    "over certified points read out as their class (newton), or over all points read out as it (adam).",
    "lifetimes": "Left: each class' lifetime, the steps without noise from its mean state until the answer changes, "
    "against its accuracy after a long delay. Right: how well each quantity predicts that accuracy in networks it "
    "was not fitted to (R² and its 95 % interval over networks); hollow, with the paper's speed added.",
    "tracked_speeds": "Root speed along each class' point, followed back through training, in the first network of "
    "each setting and protocol. Grey lines: the curriculum changes. Left: certified points, with the interval between "
    "snapshots split where needed. Middle: the paper's way. Right: each class' pause, which needs no following.",
    "short_readouts": "Each class' point from just before the next class is introduced back to just before its own "
    "introduction (black bar). Colour is the class that is read out at the point; grey, none.",
    "introduction_costs": "At every introduction of a class whose point's parent is known: how much more accuracy the "
    "parent loses, in more noise, than the other classes shown.",
    "owned_points": "Classes that own a certified slow point: reached from their own mean state, read out as "
    "them, shared with no other class. One dot a network, bars are means.",
}
"""The caption of each figure."""

FORMATION = ("tracked_speeds", "short_readouts", "introduction_costs")
"""The figures of tracks, in order."""

_NOT_RUN = {
    "training": "Training curves have not been recorded.",
    "nominal": "Nominal accuracies have not been measured.",
    "delay": "Longer delays have not been measured.",
    "noise": "More noise has not been measured.",
    "second_retrieval": "A second retrieval has not been measured.",
    "slow_points": "Slow points have not been searched.",
    "lifetimes": "Lifetimes have not been measured.",
    "tracks": "Slow points have not been followed back through training; slowpoints track does it.",
}


def not_run(name: str) -> Markup:
    """The sentence in place of a stage that has not been run."""
    return element("p", f"{_NOT_RUN[name]} This stage has not been run.", class_="absent")


def figure(name: str, drawings: dict[str, Markup]) -> Markup:
    """A figure with its caption; nothing where it was not drawn."""
    if name not in drawings:
        return Markup("")
    files = element("span", f"figures/{name}.svg, figures/{name}.png", class_="files")
    return element("figure", drawings[name], element("figcaption", CAPTIONS[name], " ", files))


def plus_minus(mean: float, error: float, digits: int = 1) -> str:
    """A mean and its standard error; the mean alone where there is no error, a dash without either."""
    if not math.isfinite(mean):
        return "–"
    words = f"{mean:.{digits}f}" + (f" ± {error:.{digits}f}" if math.isfinite(error) else "")
    return words.replace("-", "−")


def what_was_run(results: xr.DataTree) -> Markup:
    """Corpus, networks, steps and versions."""
    counts = network_counts(results)
    attrs = results.attrs
    versions = json.loads(attrs.get("versions", "{}"))
    steps = attrs.get("steps")
    facts = {
        "Corpus": attrs.get("corpus", "not recorded"),
        "Networks": str(sum(counts.values())),
        "Training": f"{int(steps):,} steps".replace(",", " ") if steps is not None else "not recorded",
        "Trial": f"{attrs['steps_per_trial']} steps" if "steps_per_trial" in attrs else "not recorded",
        "Versions": ", ".join(f"{name} {number}" for name, number in versions.items()) or "not recorded",
    }
    pairs = [element("div", element("dt", name), element("dd", value)) for name, value in facts.items()]
    labels = list(dict.fromkeys(label for label, _ in counts))
    names = list(dict.fromkeys(protocol for _, protocol in counts))
    rows = [[label, *(counts.get((label, name), 0) for name in names)] for label in labels]
    config = json.dumps(json.loads(attrs.get("config", "{}")), indent=2, ensure_ascii=False)
    return join(
        element("dl", *pairs, class_="facts"),
        table(["Setting", *names], rows, caption="Networks by setting and protocol.") if rows else "",
        element("details", element("summary", "The whole configuration"), element("pre", config)),
    )


def nominal(results: xr.DataTree) -> Markup:
    """Nominal accuracies in the layout of tables 1–4, a table a setting."""
    if "nominal" not in results.children:
        return not_run("nominal")
    accuracies = nominal_accuracies(results)
    names = [str(name) for name in accuracies["protocol"].values]
    made = []
    for label in accuracies["setting"].values:
        here = accuracies.sel(setting=label)
        rows = [
            [split_name if output == "Null" else "", output, *(_cell(here, p, split, output) for p in names)]
            for split, split_name in (("train", "Training set"), ("test", "Test set"))
            for output in ("Null", "Digits")
        ]
        head = ["", "", *(_title(name) for name in names)]
        caption = f"{label}: accuracy in %, mean ± standard error over networks."
        made.append(table(head, rows, caption=caption, headings=2, class_="numbers"))
    return element("div", *made, class_="side-by-side")


def _title(protocol: str) -> str:
    return "Naive" if protocol == "naive" else protocol


def _cell(here: xr.Dataset, protocol: str, split: str, output: str) -> str:
    cell = here.sel(protocol=protocol, split=split, output=output)
    return plus_minus(float(cell["mean"]), float(cell["standard_error"]))


def second_retrieval(results: xr.DataTree) -> Markup:
    """Second retrieval in the layout of tables 5 and 6."""
    if "second_retrieval" not in results.children:
        return not_run("second_retrieval")
    accuracies = retrieval_accuracies(results)
    names = [str(name) for name in accuracies["protocol"].values]
    splits = (("train", "training images"), ("test", "test images"))
    made = []
    for split, split_name in splits:
        rows = []
        for label in accuracies["setting"].values:
            for trigger in accuracies["trigger"].values:
                cells = [accuracies.sel(setting=label, split=split, trigger=trigger, protocol=name) for name in names]
                numbers = [plus_minus(float(c["mean"]), float(c["standard_error"])) for c in cells]
                rows.append([label if trigger == "First trigger" else "", trigger, *numbers])
        caption = f"Accuracy in % on {split_name}, mean ± standard error over networks."
        head = ["", "", *(_title(name) for name in names)]
        made.append(table(head, rows, caption=caption, headings=2, class_="numbers"))
    return element("div", *made, class_="side-by-side")


def outcomes(results: xr.DataTree) -> Markup:
    """How the searches for slow points ended."""
    if not has(results, "slow_points"):
        ran = "slow_points" in results.children
        return (
            element("p", no_stage(results, "slow_points", "slow points"), class_="absent")
            if ran
            else not_run("slow_points")
        )
    found = search_outcomes(results)
    made = []
    for label in found["setting"].values:
        here = found.sel(setting=label)
        rows = [
            row
            for method in here["method"].values
            for name in here["protocol"].values
            if (row := _outcomes_row(here.sel({"method": method, "protocol": name})))
        ]
        made.append(table(_OUTCOMES_HEAD, rows, caption=str(label), headings=2, class_="numbers dense"))
    return join(*made, element("p", _OUTCOMES_NOTE, class_="note"))


_OUTCOMES_HEAD = [
    "Search",
    "Protocol",
    "Networks",
    *(outcome.capitalize() for outcome in OUTCOMES),
    "Read out as its class",
    "Shared",
    "Owned a network",
    "Median root speed",
]

_OUTCOMES_NOTE = (
    "Points by the outcome of the search, one a class and network; only the first three outcomes are "
    "certified minima of speed. Shared: an earlier class' search ended at the same point. Owned: certified, "
    "read out as its class, and no other class' search ended there (mean over networks)."
)


def _outcomes_row(here: xr.Dataset) -> list[object] | None:
    if not int(here["outcomes"].sum()):
        return None
    speed, owning, method = float(here["root_speed"]), float(here["owned"]), str(here["method"].values)
    return [
        method,
        str(here["protocol"].values),
        int(here["networks"]),
        *(int(count) or "·" for count in here["outcomes"].values),
        int(here["own_readout"]),
        int(here["shared"]),
        f"{owning:.3g}" if math.isfinite(owning) and method == "newton" else "–",
        f"{speed:.1e}".replace("-", "−") if math.isfinite(speed) else "–",
    ]


def formation(results: xr.DataTree, drawings: dict[str, Markup]) -> Markup:
    """Tracks through training: what happened to points, and the figures."""
    if not has(results, "tracks"):
        return not_run("tracks")
    found = followed(results)
    rows = [
        [*(str(row[name].values) for name in ("setting", "protocol", "way")), int(row["tracks"])]
        + [plus_minus(float(row[name]), math.nan) for name in ("certified", "searches", "same")]
        for row in (found.isel(row=k) for k in range(found.sizes.get("row", 0)))
    ]
    head = [
        "Setting",
        "Protocol",
        "Way",
        "Tracks",
        "Certified (%)",
        "Searches a snapshot",
        "Same over every second (%)",
    ]
    caption = "Points followed through training, over all tracks and snapshots; searches a snapshot."
    made = [figure(name, drawings) for name in FORMATION]
    lead = table(head, rows, caption=caption, headings=3, class_="numbers dense") if rows else not_run("tracks")
    return join(lead, *made)


def degenerate_landscapes(results: xr.DataTree) -> Markup:
    """A sentence for every network most of whose points are not certified; nothing where there is none."""
    if not has(results, "slow_points"):
        return Markup("")
    items = [
        element("li", element("b", f"{name}: "), sentence) for name, sentence in unresolved_networks(results).items()
    ]
    if not items:
        return Markup("")
    lead = (
        "These networks have a degenerate landscape of speed, or one the search could not resolve: their classes are "
        "not ranked by the speed of a point. Their lifetimes, below, need no point and stand."
    )
    return join(element("p", lead), element("ul", *items))


def retention(results: xr.DataTree) -> Markup:
    """What predicts which classes are retained at the long delay, a table a setting."""
    if "lifetimes" not in results.children:
        return not_run("lifetimes")
    found = retention_predictors(results)
    made: list[Markup] = []
    for label in found["setting"].values:
        here = found.sel(setting=label)
        here = here.isel(quantity=here["r2"].argsort().values[::-1]).dropna("quantity", subset=["r2"])
        if not here.sizes["quantity"]:
            continue
        best = here.isel(quantity=0)
        name = QUANTITIES[str(best["quantity"].values)]
        sentence = (
            f"{label}: accuracy at delay {found.attrs['delay']} is best predicted by the {name}, "
            f"R² {_ranged(best, 'r2')} over {int(best['networks'])} networks"
        )
        added = f"; adding the paper's speed changes R² by {_ranged(best, 'gain')}" if best["gain"].notnull() else ""
        rows = [
            [
                QUANTITIES[str(name)],
                *(_ranged(here.sel(quantity=name), measure) for measure in ("r2", "gain", "spearman")),
            ]
            for name in here["quantity"].values
        ]
        head = ["Quantity", "R² across networks", "Gained by the paper's speed", "Spearman within networks"]
        made.append(element("p", sentence + added + "."))
        made.append(table(head, rows, caption=str(label), class_="numbers dense"))
    if not made:
        return element("p", "Fewer than two networks of a setting remember anything: nothing is predicted.")
    return join(*made, element("p", _RETENTION_NOTE, class_="note"))


_RETENTION_NOTE = (
    "R²: each network's classes are predicted by a linear model fitted to all other networks of the setting, all "
    "protocols together; below 0 the mean of the others predicts better. 95 % intervals resample networks. The first "
    "of many quantities is first partly by chance, which its R² is not corrected for."
)


def _ranged(here: xr.Dataset, name: str) -> str:
    # Adding 0 turns the −0 that rounding leaves into 0.
    value, low, high = (round(float(here[name + end]), 2) + 0.0 for end in ("", "_low", "_high"))
    if not math.isfinite(value):
        return "–"
    interval = f" ({low:.2f} to {high:.2f})" if math.isfinite(low) else ""
    return f"{value:.2f}{interval}".replace("-", "−")
