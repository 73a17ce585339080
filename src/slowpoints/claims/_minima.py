"""Claims 18 and 19: every class has a slow point, and under any constant input (section 6)."""

import numpy as np
import xarray as xr

from slowpoints.claims._claim import Claim, Evidence, Verdict
from slowpoints.claims._statistics import Estimate, mean_estimate, spearman_by_network
from slowpoints.claims._verdicts import between, in_words, not_tested, one_side, over_settings
from slowpoints.results import (
    analysed,
    by_seed,
    CERTIFIED,
    has,
    holds,
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
            best = mean_estimate(list(by_seed(bound, setting, protocol).values()))
            found.append(_every(mean_estimate(numbers), best, name, label))
        return found

    return over_settings(settings(share), parts, lambda setting: _from_trials(results, points, setting))


def _from_trials(results: xr.DataTree, points: xr.Dataset, setting: Setting) -> list[Evidence]:
    """Claim 18's share again, where single trials may lead to a class' minimum as well as its mean state."""
    held = held_from_any(results, points)
    if held is None:
        return []
    share = 100 * held.mean("class")
    return [
        between(
            mean_estimate(list(by_seed(share.where(analysed(points)), setting, protocol).values())),
            100,
            100,
            "classes with a minimum read out as them, from their mean state or a single trial (%)",
            label=f"{setting.label}, {protocol}, from single trials too",
        )
        for protocol in PROTOCOLS
    ]


def _every(share: Estimate, best: Estimate, name: str, label: str) -> Evidence:
    # "Every" leaves no room for a margin, so this rule is its own.
    one = f"{in_words(share.value)} % of the classes of {share.n} networks have one"
    if share.n < 2:
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
            found.append(between(mean_estimate(differences), -SAME_SHARE, SAME_SHARE, name, label=label))
        one, another = (select(speed, setting).transpose("network", "class").values for speed in speeds)
        there = np.isfinite(one) & np.isfinite(another)
        pairs = [[row[keep] for row, keep in zip(side, there, strict=True)] for side in (one, another)]
        name = f"Spearman of root speeds under the two inputs ({int(there.sum())} classes with a minimum under both)"
        found.append(one_side(spearman_by_network(*pairs), 1, name, label=f"{setting.label}, both protocols"))
        return found

    return over_settings(settings(difference), parts)


CLAIMS = (
    Claim(
        18,
        "Every class has a local minimum of speed whose readout is that class",
        "Section 6",
        "100 %",
        "Per setting and protocol, over classes with any correctly read-out trial: replicated if every class "
        "of every network ends at a certified minimum read out as it; not replicated if, with every "
        "unresolved search counted as such a minimum, the interval of the share still ends below 100 %. Shown "
        "beside: the share of classes that have one from their mean state or from any of several single trials.",
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
        "have one under both rank alike (Spearman above 0, networks resampled).",
        ("slow_points", "robustness"),
        _another_input,
    ),
)
"""Claims 18 and 19."""
