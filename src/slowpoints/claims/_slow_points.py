"""Claims 20–22 and 32: the speed of slow points and the memories they carry (section 6, figure 4)."""

from dataclasses import replace

import numpy as np
import xarray as xr

from slowpoints._number_of import number_of
from slowpoints.claims._claim import Claim, Evidence, Verdict
from slowpoints.claims._compare import missing_protocol, PAIRS, protocol_difference
from slowpoints.claims._paper import better
from slowpoints.claims._rank_correlation import spearman_by_network
from slowpoints.claims._statistics import Estimate, needed_networks, paired_difference, sign_flip_p
from slowpoints.claims._verdicts import how_many, in_words, not_tested, one_side, over_settings, undecided
from slowpoints.results import (
    analysed,
    CERTIFIED,
    holds,
    INSIDE,
    log_root_speed,
    long_delay,
    measured,
    MINIMA,
    mostly_unresolved,
    of_networks,
    paired,
    PAPERS,
    points_found,
    PROTOCOLS,
    reads_out_its_class,
    select,
    Setting,
    settings,
    trial_steps,
    UNBOXED,
)

STRONG = -0.5
"""The correlation below which it is strong (J. Cohen, Statistical Power Analysis, 1988: large)."""

SIGNIFICANT = 0.05
"""The paper's level of significance."""


def rank_correlation(
    results: xr.DataTree,
    search: str,
    setting: Setting,
    protocol: str,
    delay: int,
    outcomes: tuple[str, ...] = MINIMA,
) -> tuple[Estimate, int]:
    """Spearman's ρ of root speed with the class' test accuracy at a delay (claim 20's statistic).

    Over the classes whose point is read out as them: every point for `PAPERS`, certified minima otherwise.

    Args:
        results: with `slow_points` (this search among them) and `extrapolation`.
        search: which search's points.
        setting: which networks.
        protocol: which of them.
        delay: in steps, one of the measured.
        outcomes: which certified minima.

    Returns:
        The estimate, networks as units, and the number of classes it is over.

    Raises:
        KeyError: if the search or the delay is not in the results.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.claims import rank_correlation
        >>> from slowpoints.results import measured, settings
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> (setting,) = settings(measured(results, "slow_points")["root_speed"])
        >>> estimate, classes = rank_correlation(results, "newton", setting, "DeCu", 1000)
        >>> estimate.bounds  # what a correlation can be
        (-1.0, 1.0)
    """
    points = measured(results, "slow_points").sel(search=search)
    ranked = reads_out_its_class(points) if search == PAPERS else holds(points, outcomes)
    accuracy = measured(results, "extrapolation")["delay_accuracy"].sel(split="test", delay=delay, drop=True)
    speed, accuracy = xr.align(log_root_speed(points).where(ranked), accuracy, join="inner")
    slow = select(speed, setting, protocol).transpose("network", "class").values
    kept = select(accuracy, setting, protocol).transpose("network", "class").values
    there = np.isfinite(slow) & np.isfinite(kept)
    estimate = spearman_by_network(
        [row[keep] for row, keep in zip(slow, there, strict=True)],
        [row[keep] for row, keep in zip(kept, there, strict=True)],
        [np.flatnonzero(keep) for keep in there],
    )
    return estimate, int(there.sum())


def _rankings(
    results: xr.DataTree,
    search: str,
    setting: Setting,
    delay: int,
    outcomes: tuple[str, ...] = MINIMA,
    bound: float = 0.0,
) -> list[Evidence]:
    points = points_found(results, search)
    if points is None:
        return [not_tested(f"The search “{search}” was not run.", setting.label)]
    found: list[Evidence] = []
    for protocol in PROTOCOLS:
        label = f"{setting.label}, {protocol}, {_way(search, outcomes)}"
        name = f"Spearman of root speed with accuracy at delay {delay}"
        here = of_networks(points, setting, protocol)
        if not analysed(here).any():
            found.append(not_tested(f"The study has no {protocol} networks with slow points.", label))
            continue
        unresolved = None if search == PAPERS else mostly_unresolved(here)
        if unresolved:
            found.append(undecided(unresolved, name, label=label, n=here.sizes["network"]))
            continue
        estimate, classes = rank_correlation(results, search, setting, protocol, delay, outcomes)
        n_of = f"networks ({classes} classes with a point of their own)"
        found.append(one_side(estimate, -1, name, bound=bound, n_of=n_of, label=label))
    return found


def _slower_is_better(results: xr.DataTree, bound: float = 0.0) -> Evidence:
    delay = long_delay(results)
    if delay is None:
        return not_tested(f"No delay above the trained {trial_steps(results)} steps was measured.")
    return over_settings(
        settings(measured(results, "slow_points")["root_speed"]),
        lambda setting: _rankings(results, CERTIFIED, setting, delay, bound=bound),
        lambda setting: [
            part for way in _beside(results) for part in _rankings(results, way[0], setting, delay, way[1], bound)
        ],
    )


def _way(search: str, outcomes: tuple[str, ...]) -> str:
    return search if outcomes == MINIMA else f"{search}, inside of the box"


def _beside(results: xr.DataTree) -> list[tuple[str, tuple[str, ...]]]:
    # Searches, and which of their minima, that are shown beside.
    unboxed = [] if points_found(results, UNBOXED) is None else [(UNBOXED, MINIMA)]
    return [(PAPERS, MINIMA), (CERTIFIED, INSIDE), *unboxed]


def _strongly(results: xr.DataTree) -> Evidence:
    return _slower_is_better(results, STRONG)


def median_speed(points: xr.Dataset, outcomes: tuple[str, ...] | None) -> xr.DataArray:
    """Median over a network's classes of log10 root speed at their own points: array (network,).

    A median, because a true fixed point's speed is rounding noise.

    Args:
        points: dims (network, class).
        outcomes: take certified minima of these only; None takes every point that is read out as its class.
    """
    taken = reads_out_its_class(points) if outcomes is None else holds(points, outcomes)
    return log_root_speed(points).where(taken).median("class")


def _speed_differences(
    results: xr.DataTree, search: str, setting: Setting, outcomes: tuple[str, ...] = MINIMA
) -> list[Evidence]:
    points = points_found(results, search)
    if points is None:
        return [not_tested(f"The search “{search}” was not run.", setting.label)]
    name = f"DeCu − VoCu, median log10 root speed ({_way(search, outcomes)})"
    unresolved = None if search == PAPERS else mostly_unresolved(of_networks(points, setting))
    if unresolved:
        return [undecided(unresolved, name, label=setting.label)]
    values = median_speed(points, None if search == PAPERS else outcomes)
    found = protocol_difference(values, setting, -better(setting), name)
    return [replace(found, label=f"{setting.label}, {_way(search, outcomes)}")]


def _protocols_differ_in_speed(results: xr.DataTree) -> Evidence:
    return over_settings(
        settings(measured(results, "slow_points")["root_speed"]),
        lambda setting: _speed_differences(results, CERTIFIED, setting),
        lambda setting: [
            part for way in _beside(results) for part in _speed_differences(results, way[0], setting, way[1])
        ],
    )


def _significance(
    results: xr.DataTree, setting: Setting, search: str = CERTIFIED, outcomes: tuple[str, ...] = MINIMA
) -> list[Evidence]:
    points = points_found(results, search)
    if points is None:
        return [not_tested(f"The search “{search}” was not run.", setting.label)]
    name = "p of DeCu and VoCu having the same median log10 root speed (sign flips)"
    unresolved = None if search == PAPERS else mostly_unresolved(of_networks(points, setting))
    if unresolved:
        return [undecided(unresolved, name, label=setting.label)]
    values = median_speed(points, None if search == PAPERS else outcomes)
    missing = missing_protocol(values, setting)
    if missing:
        return [missing]
    decu, vocu = paired(values, setting)
    if not decu.size:
        return [undecided("No seed was run under both protocols.", name, label=setting.label, n_of=PAIRS)]
    p, smallest = sign_flip_p(decu - vocu), 2 / 2**decu.size
    towards = (vocu - decu).mean() * better(setting) > 0
    pairs = number_of(decu.size, PAIRS)
    if p < SIGNIFICANT:
        verdict = Verdict.REPLICATED if towards else Verdict.NOT_REPLICATED
        reason = f"p = {in_words(p)} over {pairs}, in the {'claimed' if towards else 'other'} direction."
    elif smallest >= SIGNIFICANT:
        verdict = Verdict.UNDECIDED
        reason = f"With {pairs} no p below {in_words(smallest)} can come out."
    else:
        verdict = Verdict.UNDECIDED
        reason = f"p = {in_words(p)} over {pairs}; that no difference was seen does not show there is none."
    label = setting.label if (search, outcomes) == (CERTIFIED, MINIMA) else f"{setting.label}, {_way(search, outcomes)}"
    if verdict is Verdict.UNDECIDED:
        needed = needed_networks(paired_difference(decu, vocu), *((-np.inf, 0.0) if towards else (0.0, np.inf)))
        needed = None if needed is None else max(needed, 6)
        reason += f" {how_many(needed, PAIRS)}"
    else:
        needed = None
    return [
        Evidence(p, name, None, int(decu.size), PAIRS, verdict, reason, label, (0.0, SIGNIFICANT), (0.0, 1.0), needed)
    ]


def _differences_are_significant(results: xr.DataTree) -> Evidence:
    return over_settings(
        settings(measured(results, "slow_points")["root_speed"]),
        lambda setting: _significance(results, setting),
        lambda setting: [part for way in _beside(results) for part in _significance(results, setting, *way)],
    )


CLAIMS = (
    Claim(
        20,
        "The slower the point, the better its class at long delays: all corpora, units and protocols",
        "Figure 4",
        None,
        "Spearman of root speed with the class' test accuracy at the delay nearest to 10·T lies below 0, per "
        "setting and protocol, over certified minima read out as their class; the interval resamples "
        "networks and classes. Undecided where more than half of the points are degenerate or unfinished. Minima "
        "inside of the box alone, the paper's own search (Adam) and the gradient flow without a box are shown beside.",
        ("slow_points", "extrapolation"),
        _slower_is_better,
    ),
    Claim(
        21,
        "DeCu's points are slower than VoCu's in three of four settings; reversed for GRUs on CIFAR-10",
        "Figure 4",
        None,
        "DeCu − VoCu of a network's median log10 root speed over certified minima read out as their class, "
        "paired by seed, lies on the claimed side. Undecided where more than half of the points are "
        "degenerate or unfinished. Minima inside of the box alone, the paper's own search (Adam) and the "
        "gradient flow without a box are shown beside.",
        ("slow_points",),
        _protocols_differ_in_speed,
    ),
    Claim(
        22,
        "Those differences are significant (p < 0.05), but for one LSTM setting",
        "Figure 4",
        "p < 0.05; one LSTM setting p = 0.07",
        "Sign-flip permutation test of claim 21's pairs: replicated if p < 0.05 in the claimed direction, "
        "not replicated if p < 0.05 in the other, else undecided. The paper does not say which LSTM setting "
        "is the exception, so all are held to it. Beside as in claim 21.",
        ("slow_points",),
        _differences_are_significant,
    ),
    Claim(
        32,
        "That correlation of speed with memory is strong, also for GRUs on CIFAR-10",
        "Section 8",
        "strong",
        "As claim 20, but Spearman of root speed with accuracy lies below −0.5.",
        ("slow_points", "extrapolation"),
        _strongly,
    ),
)
"""Claims 20–22 and 32."""
