"""Claims 18, 19 and 31: every class has a slow point, under any constant input, and some are fixed points."""

import numpy as np
import xarray as xr

from slowpoints._number_of import number_of
from slowpoints.claims._claim import Claim, Evidence, Verdict
from slowpoints.claims._rank_correlation import spearman_by_network
from slowpoints.claims._statistics import CHANGE, Estimate, FEWEST, mean_estimate, SHARE
from slowpoints.claims._verdicts import between, in_words, not_tested, one_side, over_settings
from slowpoints.results import (
    analysed,
    by_seed,
    CERTIFIED,
    has,
    holds,
    INSIDE,
    is_outcome,
    log_root_speed,
    MINIMA,
    points_found,
    PROTOCOLS,
    searched_again,
    select,
    Setting,
    settings,
    share_held,
    UNBOXED,
    UNRESOLVED,
)


def _every_class_has_one(results: xr.DataTree) -> Evidence:
    points = points_found(results, CERTIFIED)
    if points is None:
        return not_tested(f"The search “{CERTIFIED}”, which certifies minima, was not run.")
    begun = is_outcome(points, (*MINIMA, *UNRESOLVED))
    counted = begun.sum("class")
    share = share_held(points)
    at_best = holds(points) | is_outcome(points, UNRESOLVED)
    bound = (100 * (at_best & begun).sum("class") / counted).where(counted > 0)

    def parts(setting: Setting) -> list[Evidence]:
        found: list[Evidence] = []
        for protocol in PROTOCOLS:
            label, name = f"{setting.label}, {protocol}", "classes with a minimum read out as them (%)"
            numbers = list(by_seed(share, setting, protocol).values())
            if not numbers:
                found.append(not_tested(f"The study has no {protocol} networks with slow points.", label))
                continue
            best = mean_estimate(list(by_seed(bound, setting, protocol).values()), SHARE)
            found.append(_every(mean_estimate(numbers, SHARE), best, name, label))
        return found

    def beside(setting: Setting) -> list[Evidence]:
        return [*_from_trials(results, points, setting), *_without_box(results, points, setting)]

    return over_settings(settings(share), parts, beside)


def _without_box(results: xr.DataTree, points: xr.Dataset, setting: Setting) -> list[Evidence]:
    """Claim 18's share over minima inside of the box alone, and by the gradient flow without a box where it was run."""
    ways = {"inside of the box": share_held(points, INSIDE)}
    unboxed = points_found(results, UNBOXED)
    if unboxed is not None:
        ways[UNBOXED] = share_held(unboxed)
    return [
        between(
            mean_estimate(list(by_seed(share, setting, protocol).values()), SHARE),
            100,
            100,
            f"classes with a minimum read out as them, {way} (%)",
            label=f"{setting.label}, {protocol}, {way}",
        )
        for way, share in ways.items()
        for protocol in PROTOCOLS
    ]


def _from_trials(results: xr.DataTree, points: xr.Dataset, setting: Setting) -> list[Evidence]:
    """Claim 18's share again, where single trials may lead to a class' minimum as well as its mean state."""
    held = held_from_any(results, points)
    if held is None:
        return []
    share = 100 * held.mean("class")
    return [
        between(
            mean_estimate(list(by_seed(share.where(analysed(points)), setting, protocol).values()), SHARE),
            100,
            100,
            "classes with a minimum read out as them, from their mean state or a single trial (%)",
            label=f"{setting.label}, {protocol}, from single trials too",
        )
        for protocol in PROTOCOLS
    ]


def _every(share: Estimate, best: Estimate, name: str, label: str) -> Evidence:
    # "Every" leaves no room for a margin, so this rule is its own.
    one = f"{in_words(share.value)} % of the classes of {number_of(share.n, 'networks')} have one"
    if share.n < FEWEST:
        verdict, reason = Verdict.UNDECIDED, f"{one}: too few networks."
    elif share.value == 100:
        verdict, reason = Verdict.REPLICATED, f"Every class of all {share.n} networks has one."
    elif best.interval is not None and best.interval[1] < 100:
        verdict = Verdict.NOT_REPLICATED
        reason = (
            f"{one}, at most {in_words(best.value)} % if every unresolved search had ended at one; the upper end "
            f"of that interval, {in_words(best.interval[1])} %, is still below all."
        )
    else:
        verdict = Verdict.UNDECIDED
        reason = f"{one}, at most {in_words(best.value)} % if every unresolved search had ended at one."
    return Evidence(share.value, name, share.interval, share.n, "networks", verdict, reason, label)


def held_from_any(results: xr.DataTree, points: xr.Dataset) -> xr.DataArray | None:
    """Whether each class has a certified minimum read out as it from its mean state or from any single trial.

    Dims (network, class); None where no search began at single trials.

    Args:
        results: the study's.
        points: what was found from mean states.
    """
    if not has(results, "robustness"):
        return None
    elsewhere = holds(searched_again(results, "trial")).any("trial")
    mean, elsewhere = xr.align(holds(points), elsewhere, join="inner")
    return mean | elsewhere


SAME_SHARE = 10.0
"""Shares of classes, in %, that differ by no more than this are one picture: one class of ten."""


def _another_input(results: xr.DataTree) -> Evidence:
    points, other = points_found(results, CERTIFIED), searched_again(results, "other_input")
    if points is None:
        return not_tested(f"The search “{CERTIFIED}”, which certifies minima, was not run.")
    points, other = xr.align(points, other, join="inner")
    difference = share_held(other) - share_held(points)
    both = holds(points) & holds(other)
    speeds = [log_root_speed(one).where(both) for one in (points, other)]

    def parts(setting: Setting) -> list[Evidence]:
        found: list[Evidence] = []
        for protocol in PROTOCOLS:
            label = f"{setting.label}, {protocol}"
            differences = list(by_seed(difference, setting, protocol).values())
            if not differences:
                found.append(not_tested(f"The study has no {protocol} networks with slow points.", label))
                continue
            name = "classes with a minimum read out as them, another input − the mean one (% of all)"
            found.append(
                between(mean_estimate(differences, CHANGE), -SAME_SHARE, SAME_SHARE, name, label=label, same=True)
            )
        one, another = (select(speed, setting).transpose("network", "class").values for speed in speeds)
        there = np.isfinite(one) & np.isfinite(another)
        number = np.broadcast_to(np.arange(there.shape[1]), there.shape)
        sides = [[row[keep] for row, keep in zip(side, there, strict=True)] for side in (one, another, number)]
        name = f"Spearman of root speeds under the two inputs ({int(there.sum())} classes with a minimum under both)"
        found.append(one_side(spearman_by_network(*sides), 1, name, label=f"{setting.label}, both protocols"))
        return found

    return over_settings(settings(difference), parts)


def _some_are_stable(results: xr.DataTree) -> Evidence:
    points = points_found(results, CERTIFIED)
    if points is None:
        return not_tested(f"The search “{CERTIFIED}”, which certifies fixed points, was not run.")
    stable = holds(points, ("fixed point",)) & (points["leading_eigenvalue"] < 1)
    count, classes = stable.sum("class").where(analysed(points)), points.sizes["class"]
    name = "classes of a network that are stable fixed points"

    def parts(setting: Setting) -> list[Evidence]:
        found: list[Evidence] = []
        for protocol in PROTOCOLS:
            label = f"{setting.label}, {protocol}"
            numbers = list(by_seed(count, setting, protocol).values())
            if not numbers:
                found.append(not_tested(f"The study has no {protocol} networks with slow points.", label))
                continue
            estimate = mean_estimate(numbers, (0.0, float(classes)))
            found.append(one_side(estimate, 1, name, bound=0.5, label=f"{label}, some"))
            found.append(one_side(estimate, -1, name, bound=classes - 0.5, label=f"{label}, not all"))
        return found

    return over_settings(settings(count), parts)


CLAIMS = (
    Claim(
        18,
        "Every class has a local minimum of speed whose readout is that class",
        "Section 6",
        "100 %",
        "Per setting and protocol, over classes with any correctly read-out trial: replicated if every class "
        "of every network ends at a certified minimum read out as it; not replicated if, with every "
        "unresolved search counted as such a minimum, the interval of the share still ends below 100 %. Shown "
        "beside: the share of classes that have one from their mean state or from any of several single trials, one "
        "inside of the box, and one by the gradient flow without a box.",
        ("slow_points",),
        _every_class_has_one,
    ),
    Claim(
        19,
        "Another constant input does not change the picture",
        "Section 6 (not shown)",
        None,
        "Searches from the same class means, under one noise image drawn for each network instead of the mean one. "
        "Per setting: replicated if, for each protocol, the share of classes with a certified minimum read out as "
        "them differs from that under the mean image by no more than 10 points, and the root speeds of classes that "
        "have one under both rank alike (Spearman above 0, networks and classes resampled).",
        ("slow_points", "robustness"),
        _another_input,
    ),
    Claim(
        31,
        "Some classes are stable fixed points, but not all",
        "Section 5",
        None,
        "Under DeCu and under VoCu, in the mean over networks: the number of a network's classes whose certified point "
        "is a true fixed point, read out as them, with every eigenvalue inside of the unit circle lies above 0.5, and "
        "below all classes but a half.",
        ("slow_points",),
        _some_are_stable,
    ),
)
"""Claims 18, 19 and 31."""
