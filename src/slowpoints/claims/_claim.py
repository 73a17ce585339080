"""What a claim is, and what comes out when it is held against a study."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from xarray import DataTree


class Verdict(StrEnum):
    """How a claim fared. The value is the text a reader sees."""

    REPLICATED = "replicated"
    """The 95 % interval lies wholly where the claim says."""

    NOT_REPLICATED = "not replicated"
    """The 95 % interval lies wholly where the claim says it does not."""

    UNDECIDED = "undecided"
    """Too few networks, or an interval that reaches both sides."""

    NOT_TESTED = "not tested in this study"
    """The study lacks what the claim is about."""


@dataclass(frozen=True)
class Evidence:
    """One statistic held against one rule.

    Fields:
        statistic: the number judged, in the unit its name states; None where there is none.
        statistic_name: what the number is, with its unit.
        interval: its 95 % interval (low, high); None with too few networks, or for a p-value.
        n: how many of `n_of` the statistic is over.
        n_of: what `n` counts ("networks", "pairs of networks with the same seed", ...).
        verdict: computed from the interval by the rule, never given.
        reason: the sentence that says why.
        label: the part of the study this is about ("mnist, GRU, sigmoid readout, DeCu"); "" for a whole.
        claimed: where the number should lie, (low, high), either of which may be infinite; None where the rule is no
            such range.
        counts: whether it enters the claim's verdict; False for what is only shown beside.
        settings: the parts a pooled evidence was made from, the deciding ones first.
    """

    statistic: float | None
    statistic_name: str
    interval: tuple[float, float] | None
    n: int
    n_of: str
    verdict: Verdict
    reason: str
    label: str = ""
    claimed: tuple[float, float] | None = None
    counts: bool = True
    settings: tuple["Evidence", ...] = ()


@dataclass(frozen=True)
class Claim:
    """One statement that a study can test.

    Fields:
        id: its number (1–30 the paper's, from 101 ours).
        claim: the statement.
        where: section, table or figure it stands in.
        paper: the paper's own value as text; None where it gives none.
        rule: how it is judged, fixed before any study is seen.
        needs: the groups of the results it reads; with one absent it is not tested.
        test: the results, with all of `needs` present, to evidence.
    """

    id: int
    claim: str
    where: str
    paper: str | None
    rule: str
    needs: tuple[str, ...]
    test: Callable[[DataTree], Evidence]


@dataclass(frozen=True)
class Judgement:
    """A claim and what a study says of it."""

    claim: Claim
    evidence: Evidence
