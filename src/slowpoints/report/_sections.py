"""The sections of a report, as HTML."""

import json
import math

import xarray as xr

from slowpoints.claims import Evidence, Judgement, Verdict
from slowpoints.claims._verdicts import say
from slowpoints.report._html import Markup, element, join, table
from slowpoints.report._summaries import (
    OUTCOMES,
    network_counts,
    nominal_accuracies,
    retrieval_accuracies,
    search_outcomes,
)

CAPTIONS = {
    "training": "Running accuracy on training images, mean ± standard error over networks. Ticks above a "
    "panel mark the steps at which a protocol's curriculum changes.",
    "delay": "Accuracy on test images against the delay between image and trigger, mean ± standard error "
    "over networks. Shaded: the delays of training.",
    "noise": "Accuracy on test images against the strength of the noise, mean ± standard error over "
    "networks.",
    "second_retrieval": "Accuracy on test images at a first and a second trigger, mean ± standard error "
    "over networks.",
    "slow_points": "Each class' point: its root speed against the accuracy of the class after a long delay. "
    "Hollow points are read out as another class. Root speeds below 10⁻⁸ (dotted line) are drawn there. ρ is "
    "over certified points read out as their class (newton), or over all points read out as it (adam).",
    "owned_points": "Classes that own a certified slow point: reached from their own mean state, read out as "
    "them, shared with no other class. One dot a network, bars are means.",
}
"""The caption of each figure."""

_NOT_RUN = {
    "training": "Training curves have not been recorded.",
    "nominal": "Nominal accuracies have not been measured.",
    "delay": "Longer delays have not been measured.",
    "noise": "More noise has not been measured.",
    "second_retrieval": "A second retrieval has not been measured.",
    "slow_points": "Slow points have not been searched.",
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
                cells = [
                    accuracies.sel(setting=label, split=split, trigger=trigger, protocol=name)
                    for name in names
                ]
                numbers = [plus_minus(float(c["mean"]), float(c["standard_error"])) for c in cells]
                rows.append([label if trigger == "First trigger" else "", trigger, *numbers])
        caption = f"Accuracy in % on {split_name}, mean ± standard error over networks."
        head = ["", "", *(_title(name) for name in names)]
        made.append(table(head, rows, caption=caption, headings=2, class_="numbers"))
    return element("div", *made, class_="side-by-side")


def outcomes(results: xr.DataTree) -> Markup:
    """How the searches for slow points ended."""
    if "slow_points" not in results.children:
        return not_run("slow_points")
    found = search_outcomes(results)
    rows, last = [], ("", "")
    for label in found["setting"].values:
        for method in found["method"].values:
            for name in found["protocol"].values:
                here = found.sel({"setting": label, "method": method, "protocol": name})
                if not int(here["outcomes"].sum()):
                    continue
                speed, owning = float(here["root_speed"]), float(here["owned"])
                repeated = last == (label, method)
                last = (label, method)
                rows.append(
                    [
                        "" if repeated else label,
                        "" if repeated else method,
                        name,
                        int(here["networks"]),
                        *(int(here["outcomes"].sel(outcome=outcome)) or "·" for outcome in OUTCOMES),
                        int(here["own_readout"]),
                        int(here["shared"]),
                        f"{owning:.3g}" if math.isfinite(owning) and method == "newton" else "–",
                        f"{speed:.1e}".replace("-", "−") if math.isfinite(speed) else "–",
                    ]
                )
    head = [
        "Setting",
        "Search",
        "Protocol",
        "Networks",
        *(outcome.capitalize() for outcome in OUTCOMES),
        "Read out as its class",
        "Shared",
        "Owned a network",
        "Median root speed",
    ]
    caption = (
        "Points by the outcome of the search, one a class and network. Shared: another class' search ended "
        "at the same point. Owned: certified, read out as its class and not shared (mean over networks). Only "
        "the first three outcomes are certified minima of speed."
    )
    return table(head, rows, caption=caption, headings=3, class_="numbers dense")


_BADGES = {
    Verdict.REPLICATED: "yes",
    Verdict.NOT_REPLICATED: "no",
    Verdict.UNDECIDED: "open",
    Verdict.NOT_TESTED: "untested",
}


def badge(verdict: Verdict) -> Markup:
    """A verdict as a coloured word."""
    return element("span", verdict, class_=f"badge {_BADGES[verdict]}")


def _numbers(evidence: Evidence) -> tuple[str, str, str]:
    statistic = "–" if evidence.statistic is None else say(evidence.statistic)
    interval = (
        "–" if evidence.interval is None else f"{say(evidence.interval[0])} to {say(evidence.interval[1])}"
    )
    return statistic, interval, str(evidence.n) if evidence.n else "–"


def _parts(judgement: Judgement) -> Markup:
    evidence = judgement.evidence
    rows = []
    for part in evidence.settings:
        shown = badge(part.verdict) if part.counts else join(badge(part.verdict), " shown beside")
        rows.append([part.label or "all", part.statistic_name or "–", *_numbers(part), shown])
    head = ["Part", "Statistic", "Value", "95 % interval", "n", "Verdict"]
    made = table(head, rows, class_="parts") if rows else Markup("")
    rule = element("p", element("b", "Rule: "), judgement.claim.rule)
    return element("details", element("summary", f"Rule and {len(rows)} parts"), rule, made)


def tested_claims(judgements: tuple[Judgement, ...]) -> Markup:
    """The claims this study can test, with all numbers."""
    tested = [j for j in judgements if j.evidence.verdict is not Verdict.NOT_TESTED]
    if not tested:
        return element("p", "None of the claims can be tested with what has been run.", class_="absent")
    rows = []
    for judgement in tested:
        evidence, claim = judgement.evidence, judgement.claim
        statistic, interval, n = _numbers(evidence)
        what = join(
            element("div", claim.claim, class_="claim"),
            element("div", claim.where, class_="where"),
            element("div", evidence.reason, class_="reason"),
            _parts(judgement),
        )
        value = join(element("div", statistic, class_="value"), element("div", evidence.statistic_name))
        over = join(element("div", n), element("div", evidence.n_of if evidence.n else "", class_="of"))
        rows.append([str(claim.id), what, value, interval, over, claim.paper or "–", badge(evidence.verdict)])
    head = ["No.", "Claim", "Statistic", "95 % interval", "n", "Paper", "Verdict"]
    return table(head, rows, class_="claims")


def untested_claims(judgements: tuple[Judgement, ...]) -> Markup:
    """The claims this study cannot test, and why."""
    rows = [
        [
            str(j.claim.id),
            j.claim.claim,
            j.claim.where,
            j.claim.paper or "–",
            j.evidence.reason,
            badge(j.evidence.verdict),
        ]
        for j in judgements
        if j.evidence.verdict is Verdict.NOT_TESTED
    ]
    head = ["No.", "Claim", "Where", "Paper", "Why it is not tested", "Verdict"]
    return table(head, rows, class_="untested") if rows else Markup("")
