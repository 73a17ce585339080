"""Claims 23–30: how slow points form during training (figure 5)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import combinations, product

import numpy as np
import xarray as xr

from slowpoints.claims._claim import Claim, Evidence
from slowpoints.claims._compare import PAIRS, protocol_difference
from slowpoints.claims._rank_correlation import spearman
from slowpoints.claims._statistics import (
    CHANGE,
    CORRELATION,
    Interval,
    mean_estimate,
    paired_difference,
    SHARE,
    UNBOUNDED,
)
from slowpoints.claims._tracks import (
    at_existing,
    each_network,
    FOLLOWED,
    from_existing,
    jump,
    led_to_the_same,
    nearer_than_random,
    order_and_speed,
    PAPERS,
    parent_p,
    parents_excess,
    trend,
)
from slowpoints.claims._verdicts import in_words, not_tested, one_side, over_settings
from slowpoints.results import (
    by_seed,
    CERTIFIED,
    excess_of,
    holds,
    introductions,
    log_root_speed,
    points_found,
    PROTOCOLS,
    protocols,
    select,
    Setting,
    settings,
)


def _of_protocol(
    results: xr.DataTree,
    measure: Callable[[xr.Dataset], float],
    protocol: str,
    sign: int,
    name: str,
    *,
    bound: float = 0.0,
    bounds: Interval = CORRELATION,
    beside: bool = True,
    also: Callable[[Setting], Sequence[Evidence]] = lambda setting: (),
) -> Evidence:
    """A measure of each network of one protocol, on one side of a bound; the paper's tracking beside.

    `also` is what else must hold in a setting, `bounds` what the measure can be.
    """

    def part(values: xr.DataArray, setting: Setting, tracking: str) -> Evidence:
        label = f"{setting.label}, {protocol}, {tracking}"
        numbers = list(by_seed(values, setting, protocol).values())
        if not numbers:
            return not_tested(f"The study has no {protocol} networks with this value.", label)
        return one_side(mean_estimate(numbers, bounds), sign, name, bound=bound, label=label)

    decides, other = (each_network(results, measure, tracking) for tracking in (FOLLOWED, PAPERS))
    return over_settings(
        settings(decides) or settings(other),
        lambda setting: [part(decides, setting, FOLLOWED), *also(setting)],
        (lambda setting: [part(other, setting, PAPERS)]) if beside else (lambda setting: ()),
    )


def _jumps(results: xr.DataTree) -> Evidence:
    name = "change of log10 root speed at introductions − at other times"
    return _of_protocol(results, jump, "VoCu", 1, name, bounds=UNBOUNDED, also=_more_than_decu(results))


def _more_than_decu(results: xr.DataTree) -> Callable[[Setting], list[Evidence]]:
    # The same of DeCu, at the changes of its own curriculum.
    excess = each_network(results, jump)
    name = "DeCu − VoCu, change of log10 root speed at a curriculum's own changes − at other times"

    def part(setting: Setting) -> list[Evidence]:
        found = protocol_difference(excess, setting, -1, name)
        return [replace(found, label=f"{setting.label}, against DeCu")]

    return part


def _falls(results: xr.DataTree) -> Evidence:
    name = "Spearman of a track's root speed with the training step"
    return _of_protocol(results, trend, "DeCu", -1, name, also=_more_than_decu(results))


def _first_not_slowest(results: xr.DataTree) -> Evidence:
    name = "Spearman of the order of introduction with root speed at the end"
    return _of_protocol(results, order_and_speed, "VoCu", -1, name, bound=0.5)


def _from_existing(results: xr.DataTree) -> Evidence:
    name = "introduced classes whose unbroken track leads back to a point of an existing class (%)"

    others = {
        "at one of theirs": (
            at_existing,
            "introduced classes whose track leads back to the point of a class shown (%)",
        ),
        "beside random starts": (
            nearer_than_random,
            "points that random starts lead to, farther from an existing class' point than the track's end (%)",
        ),
    }
    values = {label: (each_network(results, measure), name) for label, (measure, name) in others.items()}

    def nearness(setting: Setting) -> list[Evidence]:
        found: list[Evidence] = []
        for label, (of_network, words) in values.items():
            numbers, where = list(by_seed(of_network, setting, "VoCu").values()), f"{setting.label}, VoCu, {label}"
            if not numbers:
                found.append(not_tested("No introduced class leads back to a certified point.", where))
                continue
            found.append(one_side(mean_estimate(numbers, SHARE), 1, words, bound=50.0, label=where))
        return found

    return _of_protocol(results, from_existing, "VoCu", 1, name, bound=50.0, bounds=SHARE, beside=False, also=nearness)


_SEVEN, _ITS_PARENTS = 7, (3, 4)


def _seven_enters(results: xr.DataTree) -> Evidence:
    def of_seven(measure: Callable[..., float]) -> Callable[[xr.Dataset], float]:
        def of(tracks: xr.Dataset) -> float:
            events = [e for e in introductions(tracks) if e.label == _SEVEN and set(_ITS_PARENTS) <= {*e.existing}]
            return measure(events[0]) if events else np.nan

        return of

    least = each_network(results, of_seven(lambda event: 100 * float(event.loss.min())))
    more = each_network(results, of_seven(lambda event: excess_of(event, np.isin(event.existing, _ITS_PARENTS))))
    named = {
        "the least loss of an existing class when 7 enters (% of trials)": least,
        "loss of 3 and 4 − loss of the other classes when 7 enters (% of trials)": more,
    }

    def parts(setting: Setting) -> list[Evidence]:
        if setting.corpus != "mnist":
            return [not_tested("Which classes 7 comes from is claimed of MNIST only.", setting.label)]
        return [
            one_side(
                mean_estimate(list(by_seed(values, setting, "VoCu").values()), CHANGE), 1, name, label=setting.label
            )
            for name, values in named.items()
        ]

    if not settings(least):
        return not_tested("In no network is class 7 introduced after classes 3 and 4.")
    return over_settings(settings(least), parts)


def _parents_lose_more(results: xr.DataTree) -> Evidence:
    values = each_network(results, parents_excess)
    name = "loss of the parents − loss of the other existing classes (% of trials)"

    def part(setting: Setting) -> list[Evidence]:
        label = f"{setting.label}, VoCu"
        chosen = select(values, setting, "VoCu").dropna("network")
        if not chosen.sizes["network"]:
            return [not_tested("No introduced class has a known parent.", label)]
        numbers = list(by_seed(values, setting, "VoCu").values())
        judged = one_side(mean_estimate(numbers, CHANGE), 1, name, label=label)
        p = parent_p(results, [str(network) for network in chosen["network"].values])
        assert p is not None
        return [
            replace(judged, reason=f"{judged.reason} Taking any existing classes for the parents: p = {in_words(p)}.")
        ]

    if not settings(values):
        return not_tested("No introduced class has a known parent.")
    return over_settings(settings(values), part)


def _different_solutions(results: xr.DataTree) -> Evidence:
    points = points_found(results, CERTIFIED)
    if points is None:
        return not_tested(f"The search “{CERTIFIED}”, which certifies minima, was not run.")
    speeds = log_root_speed(points).where(holds(points))
    name = "Spearman over classes of root speed under DeCu with that under VoCu, same seed"

    def rhos(setting: Setting) -> tuple[list[float], list[float]]:
        # By seed, the mean over pairs of networks of two protocols; and where a seed has them, of one protocol: the
        # same weights trained on other data.
        of = {p: select(speeds, setting, p).transpose("network", "class") for p in PROTOCOLS}
        across, controls = [], []
        for seed in sorted({int(seed) for values in of.values() for seed in values["seed"].values}):
            rows = {p: values.values[values["seed"].values == seed] for p, values in of.items()}
            apart = _mean_rho(product(*rows.values()))
            if np.isfinite(apart):
                across.append(apart)
            alike = _mean_rho(pair for one in rows.values() for pair in combinations(one, 2))
            if np.isfinite(apart) and np.isfinite(alike):
                controls.append(alike - apart)
        return across, controls

    def part(setting: Setting) -> list[Evidence]:
        _, more_alike = rhos(setting)
        if not more_alike:
            reason = (
                "Needs a control: at least two networks with the same initial weights under one protocol, trained on "
                "other data (`--trainings 2`). No seed of this study has them."
            )
            return [not_tested(reason, setting.label)]
        estimate = paired_difference(more_alike, np.zeros(len(more_alike)), (-2.0, 2.0))
        return [one_side(estimate, 1, _CONTROL, n_of="seeds with a control", label=setting.label)]

    def beside(setting: Setting) -> list[Evidence]:
        across, _ = rhos(setting)
        if not across:
            return []
        estimate, label = mean_estimate(across, CORRELATION), f"{setting.label}, without control"
        return [one_side(estimate, -1, name, bound=0.5, n_of=PAIRS, label=label)]

    return over_settings(settings(speeds), part, beside)


_CONTROL = "Spearman of root speeds, one protocol on other data − DeCu with VoCu"


def _mean_rho(pairs: Iterable[Sequence[np.ndarray]]) -> float:
    """Mean over pairs of Spearman's ρ over classes; NaN if no pair has three classes with a point in both."""
    found = []
    for one, other in pairs:
        there = np.isfinite(one) & np.isfinite(other)
        if there.sum() > 2 and np.ptp(one[there]) > 0 and np.ptp(other[there]) > 0:
            found.append(spearman(one[there], other[there]))
    return float(np.mean(found)) if found else np.nan


def _follows(results: xr.DataTree) -> Evidence:
    name = "where following over every second snapshot leads to the same point (%)"
    values = {tracking: each_network(results, led_to_the_same, tracking) for tracking in (FOLLOWED, PAPERS)}

    def parts(tracking: str) -> Callable[[Setting], list[Evidence]]:
        def of(setting: Setting) -> list[Evidence]:
            found = []
            for protocol in protocols(values[tracking]):
                numbers = list(by_seed(values[tracking], setting, protocol).values())
                label = f"{setting.label}, {protocol}, {tracking}"
                if numbers:
                    found.append(one_side(mean_estimate(numbers, SHARE), 1, name, bound=90.0, label=label))
            return found

        return of

    return over_settings(settings(values[FOLLOWED]) or settings(values[PAPERS]), parts(FOLLOWED), parts(PAPERS))


CLAIMS = (
    Claim(
        23,
        "VoCu: the speeds of all tracked points jump when a class is introduced",
        "Figure 5B",
        None,
        "Under VoCu, over all tracks of a network: the mean change of log10 root speed, up or down, from the snapshot "
        "just before a class is introduced to the next, minus that between other snapshots, lies above 0. The same of "
        "DeCu at the changes of its own curriculum, minus VoCu's, paired by seed, lies below 0. The paper's tracking "
        "is shown beside.",
        ("tracks",),
        _jumps,
    ),
    Claim(
        24,
        "DeCu: the speeds fall gradually",
        "Figure 5A",
        None,
        "Under DeCu, Spearman of a track's root speed with the training step, in the mean over a network's tracks, "
        "lies below 0; and gradually: DeCu's changes of speed at the changes of its own curriculum exceed those at "
        "other times by less than VoCu's (claim 23). The paper's tracking is shown beside.",
        ("tracks",),
        _falls,
    ),
    Claim(
        25,
        "The classes introduced first are not the slowest",
        "Section 7",
        None,
        "Under VoCu, Spearman over classes of the step of introduction with the root speed at the end lies below 0.5 "
        "(1 if classes are the slower the earlier they are introduced). The paper's tracking is shown beside.",
        ("tracks",),
        _first_not_slowest,
    ),
    Claim(
        26,
        "A new class' point arises from an existing point",
        "Figure 5C",
        "8 from 5; 7 from 3 or 4",
        "Under VoCu, a class' point is followed from just before the next class' introduction back to just before its "
        "own. Of the introduced classes that had such a point, the share whose track is unbroken and leads back to a "
        "certified point that is read out as a class already shown lies above 50 %; so does the share whose track "
        "leads back to the very point that the mean state of a class already shown leads to (within "
        "1e-4·√coordinates). And it says more than any point would: it is nearer to such a point than the certified "
        "points of random starts are, in more than half of the comparisons, ties counted half.",
        ("tracks",),
        _from_existing,
    ),
    Claim(
        27,
        "At twice the noise every existing class loses accuracy when class 7 enters; 3 and 4 lose more",
        "Figure 5D",
        None,
        "Under VoCu on MNIST, from the snapshot just before class 7 is introduced to the next, on test images in more "
        "noise: the least loss of an existing class lies above 0, and so does the mean loss of 3 and 4 minus that of "
        "the others.",
        ("tracks",),
        _seven_enters,
    ),
    Claim(
        28,
        "Over all introductions in three networks, the parent classes lose more than the others",
        "Figure 5E",
        None,
        "Under VoCu, from the snapshot just before a class is introduced to the next, on test images in more noise: "
        "the mean loss of its parents (all shown classes that its track of claim 26 is read out as) minus that of the "
        "other classes shown, in the mean over a network's introductions, lies above 0. A permutation test within "
        "introductions is given beside.",
        ("tracks",),
        _parents_lose_more,
    ),
    Claim(
        29,
        "The same initial weights end in different solutions under different protocols",
        "Section 8",
        None,
        "Spearman over classes of the root speed of certified minima read out as their class, under DeCu with that "
        "under VoCu from the same initial weights, is lower than between two networks from these weights under one "
        "protocol on other data: the difference, paired by seed, lies above 0. Without that control it is not tested, "
        "and whether DeCu with VoCu lies below 0.5 is shown beside.",
        ("slow_points",),
        _different_solutions,
    ),
    Claim(
        30,
        "Tracking from one checkpoint to the next follows the same point",
        "Section 7",
        None,
        "A network's points are followed over all snapshots and over every second one. The share of points and "
        "snapshots at which both are at the same point (within 1e-4·√coordinates) lies above 90 % "
        "under every protocol. The paper's tracking is shown beside.",
        ("tracks",),
        _follows,
    ),
)
"""Claims 23–30."""
