"""All claims in one tuple, and what a study says of each."""

import math

import xarray as xr

from slowpoints.claims import (
    _beyond,
    _extrapolation,
    _formation,
    _minima,
    _nominal,
    _phase_space,
    _retrieval,
    _slow_points,
)
from slowpoints.claims._claim import Claim, Evidence, Judgement
from slowpoints.claims._rules import code_hash, FROZEN, in_words_hash
from slowpoints.claims._verdicts import not_tested
from slowpoints.results import has, not_measured

_PARTS = (
    _nominal,
    _retrieval,
    _extrapolation,
    _phase_space,
    _minima,
    _slow_points,
    _formation,
    _beyond,
)

CLAIMS: tuple[Claim, ...] = tuple(
    sorted((claim for part in _PARTS for claim in part.CLAIMS), key=lambda claim: claim.id)
)
"""Every claim, by rising id."""


def rules() -> dict[str, str]:
    """By which rules this version judges: the day they were frozen, a hash of their words and one of the code."""
    return {"date": FROZEN, "words": in_words_hash(CLAIMS), "code": code_hash()}


def judge(results: xr.DataTree) -> tuple[Judgement, ...]:
    """Hold every claim against a study.

    Args:
        results: the study's labelled results. Groups may be absent and networks may lack values (NaN); what
            cannot be tested comes out as *not tested in this study*, with the reason.

    Returns:
        One judgement a claim, by rising id. Nothing in `results` is changed.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import judge, PRESETS, results_of, Study
        >>> nothing_yet = results_of(Study.create(PRESETS["digits"], Path("mine")))
        >>> judge(nothing_yet)[0].evidence.reason
        'This study has not measured accuracies beyond training; `slowpoints run STUDY --only extrapolation` does.'
    """
    return tuple(Judgement(claim, evidence_for(claim, results)) for claim in CLAIMS)


def evidence_for(claim: Claim, results: xr.DataTree) -> Evidence:
    """What results say of one claim; not tested where they lack what it needs."""
    absent = [name for name in claim.needs if not has(results, name)]
    return not_tested(not_measured(results, absent[0])) if absent else claim.test(results)


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _ends(interval: tuple[float, float] | None) -> list[float | None] | None:
    return None if interval is None else [_number(end) for end in interval]


def _record(evidence: Evidence) -> dict[str, object]:
    return {
        "statistic": _number(evidence.statistic),
        "statistic_name": evidence.statistic_name,
        "interval": _ends(evidence.interval),
        "n": int(evidence.n),
        "n_of": evidence.n_of,
        "unit": evidence.unit,
        "claimed": _ends(evidence.claimed),
        "bounds": _ends(evidence.bounds),
        "needed": evidence.needed,
        "equivalence_p": evidence.equivalence_p,
        "published": evidence.published,
        "predicted": _ends(evidence.predicted),
        "expected": evidence.expected,
        "verdict": str(evidence.verdict),
        "reason": evidence.reason,
    }


def as_records(judgements: tuple[Judgement, ...]) -> list[dict[str, object]]:
    """Judgements as plain dictionaries that `json.dumps` takes, without NaN.

    Returns:
        One dictionary a judgement with the keys `id`, `claim`, `where`, `paper`, `rule`, `statistic`,
        `statistic_name`, `interval` ([low, high] or None), `n`, `n_of`, `verdict`, `reason` and `settings`: a
        list of the parts, each with `label`, `counts` and the keys from `statistic` to `reason`.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import as_records, judge, PRESETS, results_of, Study
        >>> nothing_yet = results_of(Study.create(PRESETS["digits"], Path("mine")))
        >>> as_records(judge(nothing_yet))[0]["verdict"]
        'not tested in this study'
    """
    return [
        {
            "id": judgement.claim.id,
            "claim": judgement.claim.claim,
            "where": judgement.claim.where,
            "paper": judgement.claim.paper,
            "rule": judgement.claim.rule,
            **_record(judgement.evidence),
            "rules": rules(),
            "settings": [
                {"label": part.label, "counts": part.counts, **_record(part)} for part in judgement.evidence.settings
            ],
        }
        for judgement in judgements
    ]
