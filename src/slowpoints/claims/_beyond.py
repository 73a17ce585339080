"""Ours, beyond the paper: claims from 101 on."""

from dataclasses import replace

import numpy as np
import xarray as xr

from slowpoints.claims._claim import Claim, Evidence
from slowpoints.claims._compare import protocol_difference
from slowpoints.claims._minima import held_from_any
from slowpoints.claims._nominal import class_accuracy, FAILED
from slowpoints.claims._rank_correlation import spearman_over_networks
from slowpoints.claims._retention import (
    gain_estimate,
    predict,
    quantities,
    retention_of,
    SPEED_OF_MINIMUM,
    within_networks,
)
from slowpoints.claims._statistics import mean_estimate, SHARE
from slowpoints.claims._verdicts import between, not_tested, one_side, over_settings, undecided
from slowpoints.results import (
    analysed,
    by_seed,
    CERTIFIED,
    count_owned,
    delays_beyond,
    is_outcome,
    long_delay,
    measured,
    mostly_unresolved,
    of_networks,
    points_found,
    PROTOCOLS,
    reads_out_its_class,
    select,
    Setting,
    settings,
    trained_delay,
    trial_steps,
)

KEPT = 90.0
"""The share of its accuracy at trained delays, in %, from which on a class has kept it."""


def _more_own_a_point(results: xr.DataTree) -> Evidence:
    points = points_found(results, CERTIFIED)
    if points is None:
        return not_tested(f"The search “{CERTIFIED}”, which certifies minima, was not run.")
    counts, per_class = count_owned(points), (-float(points.sizes["class"]), float(points.sizes["class"]))

    def part(setting: Setting) -> list[Evidence]:
        name = "DeCu − VoCu, classes of a network that own a slow point"
        unresolved = mostly_unresolved(of_networks(points, setting))
        if unresolved:
            return [undecided(unresolved, name, label=setting.label)]
        return [protocol_difference(counts, setting, 1, name, per_class)]

    held = held_from_any(results, points)

    def beside(setting: Setting) -> list[Evidence]:
        if held is None:
            return []
        name = "DeCu − VoCu, classes with a minimum read out as them, from their mean state or a single trial"
        found = protocol_difference(held.sum("class").where(analysed(points)), setting, 1, name, per_class)
        return [replace(found, label=f"{setting.label}, from single trials too")]

    return over_settings(settings(counts), part, beside)


def _fixed_points_keep(results: xr.DataTree) -> Evidence:
    points, beyond, trained = points_found(results, CERTIFIED), delays_beyond(results), trained_delay(results)
    if points is None:
        return not_tested(f"The search “{CERTIFIED}”, which certifies fixed points, was not run.")
    if not beyond.size or trained is None:
        return not_tested(f"No delay above the trained {trial_steps(results)} steps was measured.")
    longest = int(beyond.max())
    accuracy = measured(results, "extrapolation")["delay_accuracy"].sel(split="test")
    before = accuracy.sel(delay=trained, drop=True)
    kept = 100 * accuracy.sel(delay=longest, drop=True) / before.where(before > 0)
    fixed, kept = xr.align(is_outcome(points, ("fixed point",)) & reads_out_its_class(points), kept)
    values = kept.where(fixed).mean("class")

    def part(setting: Setting) -> list[Evidence]:
        numbers = select(values, setting).dropna("network").values
        classes = int(np.isfinite(select(kept.where(fixed), setting).values).sum())
        name = f"accuracy at delay {longest} as a share of that at {trained}, classes with a fixed point (%)"
        n_of = f"networks ({classes} classes with a fixed point)"
        return [between(mean_estimate(numbers), KEPT, np.inf, name, n_of=n_of, label=setting.label)]

    if not np.isfinite(values.values).any():
        return not_tested("No class of any network ended at a true fixed point that is read out as it.")
    return over_settings(settings(values), part)


def _lifetime_predicts_better(results: xr.DataTree) -> Evidence:
    of, points = retention_of(results), points_found(results, CERTIFIED)
    if not of or points is None:
        return not_tested(_NO_LIFETIMES)

    def part(setting: Setting) -> list[Evidence]:
        columns, accuracy = of[setting]
        name = f"R² of the lifetime − R² of the point's speed, accuracy at delay {long_delay(results)}"
        unresolved = mostly_unresolved(of_networks(points, setting))
        if unresolved:
            return [undecided(unresolved, name, label=setting.label)]
        if accuracy.shape[0] < 2:
            return [undecided("One network alone predicts no other.", name, label=setting.label, n=accuracy.shape[0])]
        lifetime, speed = (columns[q] for q in ("lifetime", SPEED_OF_MINIMUM))
        # Of a class without a point both models know that alone; else the lifetime would be told more.
        alike = predict([np.where(np.isfinite(speed), lifetime, np.nan)], accuracy), predict([speed], accuracy)
        return [one_side(gain_estimate(*alike), 1, name, label=setting.label)]

    return over_settings(of, part)


_NO_LIFETIMES = (
    "Needs lifetimes of classes (the group “lifetimes”), slow points of both searches, and a delay beyond the trained."
)


def _naive_needs_the_sigmoid(results: xr.DataTree) -> Evidence:
    values = class_accuracy(results).sel(split="test")
    chance = 100 / measured(results, "extrapolation").sizes["class"]
    naive = {
        setting: mean_estimate(numbers, SHARE)
        for setting in settings(values)
        if (numbers := list(by_seed(values, setting, "naive").values()))
    }
    both = [s for s in naive if s.readout == "sigmoid" and replace(s, readout="linear") in naive]
    if not both:
        have = ", ".join(sorted({setting.readout for setting in naive})) or "none"
        return not_tested(f"Needs naive networks with and without the sigmoid; the study has: {have}.")

    def parts(setting: Setting) -> list[Evidence]:
        linear, name = replace(setting, readout="linear"), "classes named by naive networks, test (%)"
        return [
            between(naive[setting], 0.0, FAILED, name, label=f"{setting.label}, fails"),
            one_side(naive[linear], 1, name, bound=chance, label=f"{linear.label}, learns"),
        ]

    return over_settings(both, parts)


SEEN = ("digits", "gru", range(10))
"""The networks that suggested claims 105 and 106, which are judged on others: corpus, unit, seeds."""

PROTOCOL_ADDS = 0.05
"""What a protocol may add to R² and lifetimes still carry the difference."""


def _unseen(values: xr.DataArray) -> xr.DataArray:
    # Of both curricula, but for the networks that suggested the claims.
    corpus, unit, seeds = SEEN
    seen = (
        (values["corpus"].values == corpus)
        & (values["unit"].values == unit)
        & np.isin(values["seed"].values, list(seeds))
    )
    return values.isel(network=np.isin(values["protocol"].values, PROTOCOLS) & ~seen)


def _of_unseen(results: xr.DataTree) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray] | None:
    """Of networks that did not suggest the claims: log10 lifetime and log10 root speed by class, and retention."""
    found = quantities(results)
    if found is None:
        return None
    table, accuracy = found
    lifetime, speed = (_unseen(table[name].transpose("network", "class")) for name in ("lifetime", SPEED_OF_MINIMUM))
    return lifetime, speed, _unseen(accuracy.transpose("network", "class"))


_NO_OTHERS = (
    "The networks that suggested this claim (digits, GRU, seeds 0–9) do not test it; the study has too few others of "
    "both protocols with a lifetime for every class."
)


def _lifetime_carries_the_difference(results: xr.DataTree) -> Evidence:
    of = _of_unseen(results)
    if of is None:
        return not_tested(_NO_LIFETIMES)
    lifetimes, _, accuracies = of

    def parts(setting: Setting) -> list[Evidence]:
        lifetime, accuracy = (select(values, setting) for values in (lifetimes, accuracies))
        decu = lifetime["protocol"].values == "DeCu"
        if min(decu.sum(), (~decu).sum()) < 2:
            return [not_tested(_NO_OTHERS, setting.label)]
        mean, kept = (values.mean("class").values[:, None] for values in (lifetime, accuracy))
        rho = spearman_over_networks(mean[:, 0], kept[:, 0])
        alone, both = predict([mean], kept), predict([mean, decu[:, None].astype(float)], kept)
        name = "Spearman over networks of mean log lifetime with retention"
        adds = "R² of lifetime and protocol − R² of lifetime alone"
        return [
            one_side(rho, 1, name, bound=0.5, label=f"{setting.label}, lifetime"),
            one_side(gain_estimate(both, alone), -1, adds, bound=PROTOCOL_ADDS, label=f"{setting.label}, protocol"),
        ]

    return over_settings(settings(lifetimes), parts) if settings(lifetimes) else not_tested(_NO_OTHERS)


def _median_speed_misleads(results: xr.DataTree) -> Evidence:
    of = _of_unseen(results)
    if of is None:
        return not_tested(_NO_LIFETIMES)
    _, speeds, accuracies = of

    def parts(setting: Setting) -> list[Evidence]:
        speed, accuracy = (select(values, setting) for values in (speeds, accuracies))
        found = set(speed["protocol"].values.tolist())
        if found != set(PROTOCOLS):
            return [not_tested(_NO_OTHERS, setting.label)]
        median, kept = speed.median("class").values, accuracy.mean("class").values
        there = np.isfinite(median)
        within = within_networks(speed.values, accuracy.values)
        name = "Spearman of root speed with retention over a network's classes, mean over networks"
        across = "Spearman over networks of median root speed with retention"
        rho = spearman_over_networks(median[there], kept[there])
        return [
            one_side(within, -1, name, label=f"{setting.label}, within networks"),
            between(rho, 0.0, np.inf, across, label=f"{setting.label}, across networks"),
        ]

    return over_settings(settings(speeds), parts) if settings(speeds) else not_tested(_NO_OTHERS)


CLAIMS = (
    Claim(
        101,
        "Under DeCu more classes own a slow point than under VoCu",
        "Ours",
        None,
        "DeCu − VoCu of the number of classes that own a certified minimum (reached from their own mean "
        "state, read out as them, shared with no other class), paired by seed, lies above 0. Undecided where "
        "more than half of the points are degenerate or unfinished.",
        ("slow_points",),
        _more_own_a_point,
    ),
    Claim(
        102,
        "A class' lifetime predicts its retention at long delays better than the speed of its slow point",
        "Ours",
        None,
        "Accuracy at the delay nearest 10·T is predicted for each network by a linear model fitted to all the "
        "others, once from each class' lifetime (log10 of the steps until the noise-free trajectory from its mean "
        "state changes readout, counted up to the most that was run), once from the log10 root speed of its "
        "certified point. Of a class without such a point both models are told that alone. The difference of the two "
        "R² lies above 0; its interval is Student's, over what each network adds to it. "
        "Undecided where more than half of the points are degenerate or unfinished.",
        ("slow_points", "extrapolation", "lifetimes"),
        _lifetime_predicts_better,
    ),
    Claim(
        103,
        "Classes that own a true fixed point keep their accuracy at any delay",
        "Ours",
        None,
        "Over the classes whose search ended at a fixed point read out as them: accuracy at the longest "
        "measured delay is at least 90 % of that at the longest trained one (mean of a network's classes; "
        "networks of all protocols).",
        ("slow_points", "extrapolation"),
        _fixed_points_keep,
    ),
    Claim(
        104,
        "“Naive fails” depends on the sigmoid in the readout",
        "Ours",
        None,
        "For the same corpus and unit: naive networks with the sigmoid name at most 1 % of the classes, and "
        "naive networks without it more than 1 / classes.",
        ("extrapolation",),
        _naive_needs_the_sigmoid,
    ),
    Claim(
        105,
        "The lifetime of memories, not the speed of points, carries the difference between the protocols",
        "Ours",
        None,
        "Over networks of both protocols: Spearman of a network's mean log10 lifetime with its mean accuracy at the "
        "delay nearest 10·T lies above 0.5, and what the protocol adds to R² in a linear model with that lifetime (one "
        "network left out) lies below 0.05. Not judged on digits, GRU, seeds 0–9, which suggested it.",
        ("slow_points", "extrapolation", "lifetimes"),
        _lifetime_carries_the_difference,
    ),
    Claim(
        106,
        "Across networks median speed misleads: slower means longer within a network only",
        "Ours",
        None,
        "Spearman of root speed with accuracy at the delay nearest 10·T over a network's classes, in the mean over "
        "networks, lies below 0; over networks of both protocols, that of a network's median root speed (certified "
        "minima read out as their class) with its mean accuracy is at least 0. Not judged on digits, GRU, seeds "
        "0–9, which suggested it.",
        ("slow_points", "extrapolation", "lifetimes"),
        _median_speed_misleads,
    ),
)
"""In the order of their numbers."""
