"""The study in a paragraph of plain words, every word of it chosen by the numbers."""

import numpy as np
import xarray as xr

from slowpoints.claims import Judgement, Verdict
from slowpoints.plots import delay_curves
from slowpoints.report._summaries import network_counts, nominal_accuracies
from slowpoints.results import has, long_delay

_FINDINGS = {
    12: {
        Verdict.REPLICATED: "Beyond the trained delays the protocols differ as the paper says.",
        Verdict.NOT_REPLICATED: "Beyond the trained delays the protocols do not differ as the paper says.",
        Verdict.UNDECIDED: "Whether the protocols differ beyond the trained delays is left open.",
    },
    13: {
        Verdict.REPLICATED: "Under more noise they differ as the paper says.",
        Verdict.NOT_REPLICATED: "Under more noise they do not differ as the paper says.",
        Verdict.UNDECIDED: "Whether they differ under more noise is left open.",
    },
    18: {
        Verdict.REPLICATED: "Every class has a slow point of its own.",
        Verdict.NOT_REPLICATED: "Not every class has a slow point of its own.",
        Verdict.UNDECIDED: "Whether every class has a slow point of its own is left open.",
    },
    20: {
        Verdict.REPLICATED: "The slower a class' point, the better the class is remembered.",
        Verdict.NOT_REPLICATED: "Slower points do not go with better memories.",
        Verdict.UNDECIDED: "Whether slower points go with better memories is left open.",
    },
    101: {
        Verdict.REPLICATED: "More classes own a slow point under DeCu than under VoCu.",
        Verdict.NOT_REPLICATED: "No more classes own a slow point under DeCu than under VoCu.",
        Verdict.UNDECIDED: "Whether more classes own a slow point under DeCu than under VoCu is left open.",
    },
}


def _by_setting(values: xr.DataArray) -> str:
    # Of the settings' labels only the words that tell them apart.
    words = [str(label).split(", ") for label in values["setting"].values]
    common = set.intersection(*(set(label) for label in words)) if words else set()
    found = []
    for label, row in zip(words, values, strict=True):
        shares = ", ".join(
            f"{value:.3g}\u00a0% ({name})"
            for name, value in zip(row["protocol"].values, row.values, strict=True)
            if np.isfinite(value)
        )
        named = ", ".join(word for word in label if word not in common)
        if shares:
            found.append(f"{named}: {shares}" if named else shares)
    return "; ".join(found)


def answer(results: xr.DataTree, judgements: tuple[Judgement, ...]) -> str:
    """What the study found, in words.

    Args:
        results: the study's.
        judgements: of the same results.
    """
    counts = network_counts(results)
    labels = list(dict.fromkeys(label for label, _ in counts))
    sentences = [
        f"{sum(counts.values())} networks were trained ({'; '.join(labels)})."
        if counts
        else "Nothing of this study has been measured yet."
    ]
    if has(results, "extrapolation"):
        accuracies = nominal_accuracies(results)["mean"].sel(split="test", output="Classes")
        shares = _by_setting(accuracies)
        sentences.append(f"In the task as trained they report the right class of test images in {shares}.")
    delay = long_delay(results) if has(results, "extrapolation") else None
    if delay is not None:
        shares = _by_setting(delay_curves(results)["mean"].sel(delay=delay))
        if shares:
            sentences.append(f"After a delay of {delay} steps they still do in {shares}.")
    verdicts = {judgement.claim.id: judgement.evidence.verdict for judgement in judgements}
    sentences += [words[verdicts[number]] for number, words in _FINDINGS.items() if verdicts.get(number) in words]
    return " ".join((*sentences, tally(judgements)))


def tally(judgements: tuple[Judgement, ...]) -> str:
    """How many claims fared how, as a sentence."""
    verdicts = [judgement.evidence.verdict for judgement in judgements]
    tested = [v for v in verdicts if v is not Verdict.NOT_TESTED]
    fared = ", ".join(f"{tested.count(v)} {v}" for v in Verdict if v in tested)
    ending = f": {fared}" if fared else ""
    return f"Of {len(verdicts)} claims this study can test {len(tested)}{ending}."
