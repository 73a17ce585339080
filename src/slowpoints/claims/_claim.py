"""What a claim is, and what comes out when it is held against a study."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from xarray import DataTree


class Verdict(StrEnum):
    """How a claim fared. The value is the text a reader sees.

    Example:
        >>> from slowpoints import Verdict
        >>> [str(verdict) for verdict in Verdict]
        ['replicated', 'not replicated', 'undecided', 'not tested in this study']
    """

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
        bounds: what the number can be at all, (low, high), either of which may be infinite.
        needed: of an undecided one, how many `n_of` would decide if value and spread stayed as they are; None where
            that is not known or more would not help.
        equivalence_p: where the claim says that two things are the same, p of two one-sided t-tests that the number
            lies in `claimed`; below 0.05 they are shown to be.
        published: the paper's own value of what was measured, where the statistic is ours − paper's.
        predicted: where our networks let a study of the paper's size expect that value, 95 %.
        counts: whether it enters the claim's verdict; False for what is only shown beside.
        settings: the parts a pooled evidence was made from, the deciding ones first.

    Example:
        >>> from slowpoints.claims import Evidence, Verdict
        >>> Evidence(97.2, "accuracy (%)", (96.1, 98.0), 10, "networks", Verdict.REPLICATED, "It lies above 90.").unit
        '%'
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
    bounds: tuple[float, float] = (-math.inf, math.inf)
    needed: int | None = None
    equivalence_p: float | None = None
    published: float | None = None
    predicted: tuple[float, float] | None = None
    counts: bool = True
    settings: tuple["Evidence", ...] = ()

    @property
    def unit(self) -> str:
        """The statistic's unit, as its name ends with it: "%", "points", "% of trials"; "" for a plain number."""
        ending = self.statistic_name.rpartition("(")[2].removesuffix(")")
        return ending if ending in ("points", "%", "% of all", "% of trials") else ""

    @property
    def expected(self) -> bool | None:
        """Whether the paper's value lies where our networks let a study of its size expect it; None without one."""
        if self.published is None or self.predicted is None:
            return None
        return self.predicted[0] <= self.published <= self.predicted[1]


@dataclass(frozen=True)
class Claim:
    """One statement that a study can test.

    Fields:
        id: its number (1–33 the paper's, from 101 ours).
        claim: the statement.
        where: section, table or figure it stands in.
        paper: the paper's own value as text; None where it gives none.
        rule: how it is judged, fixed before any study is seen.
        needs: the groups of the results it reads; with one absent it is not tested.
        test: the results, with all of `needs` present, to evidence.

    Example:
        >>> from slowpoints import CLAIMS
        >>> CLAIMS[0].id, CLAIMS[0].needs
        (1, ('extrapolation',))
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
    """A claim and what a study says of it.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import judge, PRESETS, results_of, Study
        >>> judgement = judge(results_of(Study.create(PRESETS["digits"], Path("mine"))))[4]
        >>> judgement.claim.id, str(judgement.evidence.verdict)
        (5, 'not tested in this study')
    """

    claim: Claim
    evidence: Evidence
