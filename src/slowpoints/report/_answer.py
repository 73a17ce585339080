"""The first screen: what was asked, and what the study says to it, every word chosen by the numbers."""

import numpy as np
import xarray as xr

from slowpoints._number_of import number_of
from slowpoints.claims import Evidence, in_words, Judgement, Verdict
from slowpoints.plots import delay_curves, owned_points
from slowpoints.report._section import Findings
from slowpoints.results import CERTIFIED, has, long_delay, network_means, points_found, PROTOCOLS, trial_steps

RETENTION, OWNED, SLOWNESS = 12, 101, 20
"""The claims that the three sentences of the answer are about."""


def answer(findings: Findings) -> tuple[str, ...]:
    """What the study found, in at most three sentences, each with its strength."""
    evidence = {judgement.claim.id: judgement.evidence for judgement in findings.judgements}
    said = (
        _retention(findings.results, evidence[RETENTION]),
        _owned(findings.results, evidence[OWNED]),
        _slowness(evidence[SLOWNESS]),
    )
    return tuple(filter(None, said)) or ("Nothing of this study that answers the question has been measured yet.",)


def _retention(results: xr.DataTree, evidence: Evidence) -> str:
    delay = long_delay(results) if has(results, "extrapolation") else None
    if delay is None:
        return ""
    shares = by_setting(delay_curves(results)["mean"].sel(delay=delay), "\u00a0%")
    if not shares:
        return ""
    beyond = (
        f"After a delay of {delay} steps, where training went to {trial_steps(results)}, test images are still named:"
    )
    return f"{beyond} {shares} – {_strength(evidence, 'DeCu remembers longer')}."


def _owned(results: xr.DataTree, evidence: Evidence) -> str:
    if not has(results, "slow_points") or points_found(results, CERTIFIED) is None:
        return ""
    counts = owned_points(results)
    shares = by_setting(network_means(counts["owned"])["mean"], "")
    if not shares:
        return ""
    own = "own a slow point, a state that hardly moves, that the class' memory leads to and no other class' does"
    return f"Of {counts.attrs['classes']} classes so many {own}: {shares} – {_strength(evidence, 'more under DeCu')}."


def _slowness(evidence: Evidence) -> str:
    if evidence.verdict is Verdict.NOT_TESTED or evidence.statistic is None:
        return ""
    return (
        f"The slower a class' point, the better its memory: Spearman's ρ {in_words(evidence.statistic)} where it "
        f"decides – {_strength(evidence, 'slower is better')}."
    )


def _strength(evidence: Evidence, statement: str) -> str:
    """How far the study bears a statement out."""
    over = f", {number_of(evidence.n, evidence.n_of.partition(' (')[0])}" if evidence.n else ""
    if evidence.verdict is Verdict.NOT_TESTED:
        return f"whether “{statement}” cannot be told from this study"
    if evidence.verdict is Verdict.REPLICATED:
        return f"{statement}: well supported (95 % intervals{over})"
    if evidence.verdict is Verdict.NOT_REPLICATED:
        return f"not “{statement}”: contradicted (95 % intervals{over})"
    return f"whether “{statement}” is left open{over and f' ({over[2:]})'}"


def by_setting(values: xr.DataArray, unit: str) -> str:
    """Values (setting, protocol) of the two curricula in words, of the settings' labels what tells them apart."""
    words = [str(label).split(", ") for label in values["setting"].values]
    common = set.intersection(*(set(label) for label in words)) if words else set()
    found = []
    for label, row in zip(words, values, strict=True):
        shares = ", ".join(
            f"{name} {value:.3g}{unit}"
            for name, value in zip(row["protocol"].values, row.values, strict=True)
            if np.isfinite(value) and name in PROTOCOLS
        )
        named = ", ".join(word for word in label if word not in common)
        if shares:
            found.append(f"{named} {shares}" if named else shares)
    return "; ".join(found)


def tally(judgements: tuple[Judgement, ...]) -> str:
    """How many claims fared how, as a sentence."""
    verdicts = [judgement.evidence.verdict for judgement in judgements]
    tested = [v for v in verdicts if v is not Verdict.NOT_TESTED]
    fared = ", ".join(f"{tested.count(v)} {v}" for v in Verdict if v in tested)
    ending = f": {fared}" if fared else ""
    return f"Of {len(verdicts)} claims this study can test {len(tested)}{ending}."
