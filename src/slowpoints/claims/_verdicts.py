"""The rules that turn an estimate into a verdict.

Every claim names where its statistic should lie: on one side of a bound (`one_side`), or between two
(`between`). The whole 95 % interval there: *replicated*. The whole interval elsewhere: *not replicated*. It
reaches across a bound, or there are too few networks for an interval: *undecided*.

A claim about several settings or several cells of a table holds when every one of them does (`all_of`):
replicated if all are, not replicated if any is not, undecided otherwise. The paper's settings (GRU or LSTM
with the sigmoid readout) decide; others are shown beside, and decide only where a study has none of the
paper's (`over_settings`).
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from slowpoints._number_of import number_of
from slowpoints.claims._claim import Evidence, Verdict
from slowpoints.claims._statistics import equivalence_p, Estimate, Interval, needed_networks
from slowpoints.results import (
    Setting,
)


def in_words(number: float) -> str:
    """A number as it stands in a sentence: three figures, a real minus sign.

    Example:
        >>> from slowpoints.claims import in_words
        >>> in_words(-0.12345), in_words(1e-9)
        ('−0.123', '1e−9')
    """
    return f"{number:.3g}".replace("-", "−").replace("e−0", "e−")


def not_tested(reason: str, label: str = "") -> Evidence:
    """Evidence that there is none, because the study lacks what the claim is about."""
    return Evidence(None, "", None, 0, "networks", Verdict.NOT_TESTED, reason, label)


def undecided(reason: str, name: str, *, label: str = "", n: int = 0, n_of: str = "networks") -> Evidence:
    """Evidence that cannot decide, for a reason other than its interval."""
    return Evidence(None, name, None, n, n_of, Verdict.UNDECIDED, reason, label)


def _judged(
    estimate: Estimate, name: str, n_of: str, label: str, inside: bool, outside: bool, region: str, claimed: Interval
) -> Evidence:
    value = None if math.isnan(estimate.value) else estimate.value
    needed = needed_networks(estimate, *claimed)
    verdict = Verdict.REPLICATED if inside else Verdict.NOT_REPLICATED if outside else Verdict.UNDECIDED
    if value is None:
        verdict, reason = Verdict.UNDECIDED, f"There is no value over {number_of(estimate.n, n_of)}."
    elif estimate.interval is None:
        verdict = Verdict.UNDECIDED
        reason = (
            f"{in_words(value)} over {number_of(estimate.n, n_of)}: no interval, because they are too few or agree "
            "in all ranks; so nothing says how many would decide it."
        )
    else:
        low, high = estimate.interval
        where = {
            Verdict.REPLICATED: "lies wholly in",
            Verdict.NOT_REPLICATED: "lies wholly outside of",
            Verdict.UNDECIDED: "reaches across the bound of",
        }[verdict]
        reason = (
            f"{in_words(value)}, 95 % interval {in_words(low)} to {in_words(high)} over {number_of(estimate.n, n_of)}; "
            f"the interval {where} the claimed range, {region}."
        )
        if verdict is Verdict.UNDECIDED:
            reason += f" {how_many(needed, n_of)}"
    return Evidence(
        value,
        name,
        estimate.interval,
        estimate.n,
        n_of,
        verdict,
        reason,
        label,
        claimed,
        estimate.bounds,
        needed if verdict is Verdict.UNDECIDED else None,
    )


def how_many(needed: int | None, n_of: str) -> str:
    """The sentence that says how many networks would decide, with its assumption.

    Args:
        needed: how many; None where no number would.
        n_of: what is counted, perhaps with more in brackets.
    """
    counted = n_of.partition(" (")[0]
    if needed is None:
        return f"If value and spread stayed as they are, more {counted} alone would not decide it."
    return f"If value and spread stayed as they are, about {number_of(needed, counted)} would decide it."


def one_side(
    estimate: Estimate, sign: int, name: str, *, bound: float = 0.0, n_of: str = "networks", label: str = ""
) -> Evidence:
    """Judge a claim of direction: the value lies strictly above (sign 1) or below (sign −1) a bound.

    An interval that touches the bound (all differences exactly 0) is undecided.

    Raises:
        ValueError: for a sign other than 1 and −1.

    Example:
        >>> from slowpoints.claims import mean_estimate, one_side
        >>> str(one_side(mean_estimate([0.9, 0.8, 0.85]), 1, "accuracy", bound=0.5).verdict)
        'replicated'
    """
    if sign not in (1, -1):
        raise ValueError(f"sign is {sign}; it takes 1 (above the bound) or -1 (below it)")
    low, high = estimate.interval or (-math.inf, math.inf)
    inside, outside = (low > bound, high < bound) if sign == 1 else (high < bound, low > bound)
    claimed = (bound, math.inf) if sign == 1 else (-math.inf, bound)
    region = f"{'above' if sign == 1 else 'below'} {in_words(bound)}"
    return _judged(estimate, name, n_of, label, inside, outside, region, claimed)


def between(
    estimate: Estimate,
    low: float,
    high: float,
    name: str,
    *,
    n_of: str = "networks",
    label: str = "",
    same: bool = False,
) -> Evidence:
    """Judge a claim of size: the value lies in [low, high], bounds included.

    Args:
        estimate: of the value.
        low: −∞ for none.
        high: ∞ for none.
        name: the value in words, with its unit.
        n_of: what its n counts.
        label: the part of the study.
        same: whether the claim is that two things are the same within this range; an equivalence test stands beside.

    Example:
        >>> from slowpoints.claims import between, mean_estimate
        >>> str(between(mean_estimate([0.9, 0.8, 0.85]), 0.84, 0.86, "accuracy").verdict)
        'undecided'
    """
    bottom, top = estimate.interval or (-math.inf, math.inf)
    inside = low <= bottom and top <= high
    outside = top < low or high < bottom
    region = (
        f"at least {in_words(low)}"
        if math.isinf(high)
        else f"at most {in_words(high)}"
        if math.isinf(low)
        else f"{in_words(low)} to {in_words(high)}"
    )
    judged = _judged(estimate, name, n_of, label, inside, outside, region, (low, high))
    return replace(judged, equivalence_p=equivalence_p(estimate, low, high)) if same else judged


def all_of(parts: Sequence[Evidence], beside: Sequence[Evidence] = ()) -> Evidence:
    """Join the parts of a claim that must all hold.

    The numbers of the joint evidence are those of the first part that has the joint verdict, and its reason
    names that part; all parts are kept in `settings`. As many networks are needed as by the undecided part that needs
    most.

    Args:
        parts: what decides. Parts that are not tested are left out, unless all are.
        beside: what is shown but does not count.
    """
    tested = [part for part in parts if part.verdict is not Verdict.NOT_TESTED]
    shown = tuple(replace(part, counts=False) for part in beside)
    if not tested:
        reasons = dict.fromkeys(part.reason for part in parts)
        first = " ".join(reasons) or "The study has no networks that this claim is about."
        return replace(not_tested(first), settings=(*parts, *shown))
    verdicts = {part.verdict for part in tested}
    joint = (
        Verdict.NOT_REPLICATED
        if Verdict.NOT_REPLICATED in verdicts
        else Verdict.UNDECIDED
        if Verdict.UNDECIDED in verdicts
        else Verdict.REPLICATED
    )
    first = next(part for part in tested if part.verdict is joint)
    named = f"{first.label}: {first.reason}" if first.label else first.reason
    tally = Counter(part.verdict for part in tested)
    share = "; ".join(f"{tally[v]} of {len(tested)} parts {v}" for v in Verdict if tally[v])
    reason = named if len(tested) == 1 else f"{named} ({share}.)"
    open_parts = [part.needed for part in tested if part.verdict is Verdict.UNDECIDED]
    needed = max(filter(None, open_parts), default=None) if None not in open_parts else None
    return replace(
        first,
        reason=reason,
        label="",
        counts=True,
        needed=needed if joint is Verdict.UNDECIDED else None,
        settings=(*parts, *shown),
    )


def over_settings(
    settings: Iterable[Setting],
    test: Callable[[Setting], Iterable[Evidence]],
    beside: Callable[[Setting], Iterable[Evidence]] = lambda setting: (),
) -> Evidence:
    """Judge every setting and join them.

    Args:
        settings: which ones.
        test: the evidence of one setting, one part or several, all of which must hold.
        beside: further evidence of one setting that is shown and never counts.

    Example:
        >>> from slowpoints.claims import mean_estimate, one_side, over_settings
        >>> from slowpoints.results import Setting
        >>> estimate = mean_estimate([0.9, 0.8, 0.85])
        >>> setting = Setting("digits", "gru", "sigmoid")
        >>> str(over_settings([setting], lambda one: [one_side(estimate, 1, "accuracy", label=one.label)]).verdict)
        'replicated'
    """
    of_paper: list[Evidence] = []
    others: list[Evidence] = []
    aside: list[Evidence] = []
    for setting in settings:
        (of_paper if setting.in_paper else others).extend(test(setting))
        aside.extend(beside(setting))
    if any(part.verdict is not Verdict.NOT_TESTED for part in of_paper):
        return all_of(of_paper, (*others, *aside))
    return all_of((*others, *of_paper), aside)
