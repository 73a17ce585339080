"""Claims 1–7: accuracy in the trained task itself (tables 1–4, sections 4 and 5)."""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import xarray as xr

from slowpoints.claims._claim import Claim, Evidence, Verdict
from slowpoints.claims._compare import missing_protocol, PAIRS
from slowpoints.claims._paper import corpus_key, NETWORKS, NOMINAL, Value
from slowpoints.claims._statistics import (
    CHANGE,
    difference_to_published,
    Interval,
    mean_estimate,
    paired_difference,
    predicted_mean,
    SHARE,
)
from slowpoints.claims._verdicts import between, not_tested, one_side, over_settings, undecided
from slowpoints.results import (
    by_seed,
    measured,
    paired,
    PROTOCOLS,
    Setting,
    settings,
)

MARGIN = 2.0
"""Points within which a value of ours is the same as one of the paper's."""

ALIKE = 7.0
"""Points within which two protocols differ little: the paper's own largest gap, 6.7, rounded up."""

FAILED = 1.0
"""Accuracy of classes, in %, at and below which a network has not learned to report them."""


def class_accuracy(results: xr.DataTree) -> xr.DataArray:
    """Mean over the classes of the accuracy at the trigger, in %: array (network, split)."""
    return 100 * measured(results, "extrapolation")["nominal_accuracy"].mean("class", skipna=False)


def null(results: xr.DataTree) -> xr.DataArray:
    """Accuracy at all other steps, in %: array (network, split)."""
    return 100 * measured(results, "extrapolation")["null_accuracy"]


def wrong_setting(found: Iterable[Setting], corpus: str, units: tuple[str, ...], where: str) -> Evidence:
    """Evidence that a table of the paper is about other networks than a study's."""
    have = "; ".join(sorted({f"{setting.corpus} with {setting.unit_name}" for setting in found}))
    wanted = " and ".join(unit.upper() for unit in units)
    name = {"mnist": "MNIST", "cifar10": "CIFAR-10"}[corpus]
    return not_tested(f"{where} is of {name} with {wanted}; this study has {have or 'no such networks'}.")


def published(
    values: xr.DataArray,
    setting: Setting,
    protocol: str,
    paper: Value,
    what: str,
    corpus: str,
    bounds: Interval = SHARE,
) -> Evidence:
    """One cell of a table: our networks' mean against the paper's, within `MARGIN`.

    The paper does not say whether its "±" is a standard error or a deviation, so both are tried; where they disagree
    the cell is undecided. The numbers shown are those of a standard error, the wider interval.

    Args:
        values: array (network,), in %.
        setting: which networks.
        protocol: which of them.
        paper: the paper's mean and what stands behind its "±".
        what: the cell in words.
        corpus: key of the paper's corpus.
        bounds: what the value can be.
    """
    numbers = list(by_seed(values, setting, protocol).values())
    label, name = f"{setting.label}, {protocol}, {what}", f"{what}, {protocol}: ours − paper's (points)"
    if not numbers:
        return undecided(f"The study has no {protocol} networks.", name, label=label)
    (mean, plus_minus), networks = paper, NETWORKS[corpus]
    as_error, as_deviation = (
        between(difference_to_published(numbers, mean, error, networks), -MARGIN, MARGIN, name, label=label, same=True)
        for error in (plus_minus, plus_minus / math.sqrt(networks))
    )
    judged = as_error
    if as_deviation.verdict is not as_error.verdict:
        reason = (
            f"With the paper's ± as a standard error: {as_error.verdict}; as a deviation: {as_deviation.verdict}. "
            f"{as_error.reason}"
        )
        judged = replace(as_error, verdict=Verdict.UNDECIDED, reason=reason)
    return replace(judged, published=mean, predicted=predicted_mean(numbers, networks, bounds))


def _table(corpus: str, unit: str, where: str) -> Callable[[xr.DataTree], Evidence]:
    def test(results: xr.DataTree) -> Evidence:
        of_classes, of_null = class_accuracy(results), null(results)
        present = settings(of_classes)
        right = [s for s in present if corpus_key(s.corpus) == corpus and s.unit == unit]
        if not right:
            return wrong_setting(present, corpus, (unit,), where)

        def cells(setting: Setting) -> list[Evidence]:
            found: list[Evidence] = []
            for (protocol, split), paper in NOMINAL[corpus, unit].items():
                for values, kind, value in ((of_classes, "classes", paper), (of_null, "null", (100.0, 0.0))):
                    here = values.sel(split=split)
                    found.append(published(here, setting, protocol, value, f"{kind}, {split}", corpus))
            return sorted(found, key=lambda cell: -abs(cell.statistic or 0.0))

        return over_settings(right, cells)

    return test


def _paper_text(corpus: str, unit: str) -> str:
    cells = NOMINAL[corpus, unit]
    return (
        "; ".join(
            f"{protocol} " + " / ".join(f"{cells[protocol, s][0]} ± {cells[protocol, s][1]}" for s in ("train", "test"))
            for protocol in PROTOCOLS
        )
        + "; null 100"
    )


def _growth(results: xr.DataTree) -> xr.DataArray | None:
    # Second minus first half of the last quarter of training, in points.
    if "learning" not in results.children:
        return None
    running = 100 * measured(results, "learning")["class_accuracy"]
    last = float(running["step"].max())
    late = running.sel(step=running["step"] > 0.875 * last).mean("step")
    early = running.sel(step=(running["step"] > 0.75 * last) & (running["step"] <= 0.875 * last)).mean("step")
    return late - early


def _naive_fails(results: xr.DataTree) -> Evidence:
    of_classes, of_null, growth = class_accuracy(results), null(results), _growth(results)

    def parts(setting: Setting) -> list[Evidence]:
        label = f"{setting.label}, naive"
        if not by_seed(of_classes.sel(split="test"), setting, "naive"):
            return [not_tested("The study has no naive networks.", label)]
        found: list[Evidence] = []
        for split in ("test", "train"):
            seen = mean_estimate(list(by_seed(of_classes.sel(split=split), setting, "naive").values()), SHARE)
            name = f"classes named by naive networks, {split} (%)"
            found.append(between(seen, 0.0, FAILED, name, label=f"{label}, classes, {split}"))
        for split in ("test", "train"):
            seen = mean_estimate(list(by_seed(of_null.sel(split=split), setting, "naive").values()), SHARE)
            name = f"null of naive networks, {split} (%)"
            found.append(between(seen, 100.0 - FAILED, 100.0, name, label=f"{label}, null, {split}"))
        name, label = "growth over the last quarter of training (points)", f"{label}, growth"
        if growth is None:
            found.append(undecided("The results hold no training curves.", name, label=label))
        else:
            grown = mean_estimate(list(by_seed(growth, setting, "naive").values()), CHANGE)
            found.append(between(grown, -math.inf, FAILED, name, label=label))
        return found

    return over_settings(settings(of_classes), parts)


def learned_of_first_stage(training: xr.Dataset) -> xr.DataArray:
    """How much of the way from chance to perfect a network went before its curriculum first changed.

    Args:
        training: `class_accuracy`, `longest_delay`, `vocabulary`, each (network, step).

    Returns:
        100 · (accuracy − chance) / (1 − chance), in %, array (network,), with the accuracy last recorded
        before the first change and chance = 1 / the classes shown by then; NaN for a network whose
        curriculum does not change, or has no value before.
    """
    ordered = training.transpose("network", "step")
    shown, delay = ordered["vocabulary"].values, ordered["longest_delay"].values
    accuracy = ordered["class_accuracy"].values
    learned = np.full(accuracy.shape[0], np.nan)
    for network in range(accuracy.shape[0]):
        # Steps that only other networks recorded are NaN.
        here = np.flatnonzero(np.isfinite(shown[network]) & np.isfinite(delay[network]))
        changed = (np.diff(shown[network, here]) != 0) | (np.diff(delay[network, here]) != 0)
        if not changed.any():
            continue
        before = accuracy[network, here[: int(np.argmax(changed)) + 1]]
        seen = before[np.isfinite(before)]
        if seen.size:
            chance = 1 / shown[network, here[0]]
            learned[network] = 100 * (seen[-1] - chance) / (1 - chance)
    return ordered["class_accuracy"].isel(step=0, drop=True).copy(data=learned)


def _parts_are_learnable(results: xr.DataTree) -> Evidence:
    learned = learned_of_first_stage(measured(results, "learning"))
    names = {"DeCu": "short delays only", "VoCu": "few classes only"}

    def parts(setting: Setting) -> list[Evidence]:
        found: list[Evidence] = []
        for protocol, what in names.items():
            label, name = f"{setting.label}, {protocol}", f"way from chance to 100 %, {what} (%)"
            numbers = list(by_seed(learned, setting, protocol).values())
            if not numbers:
                reason = f"The study has no {protocol} networks whose curriculum changes."
                found.append(not_tested(reason, label))
                continue
            found.append(one_side(mean_estimate(numbers, CHANGE), 1, name, bound=50.0, label=label))
        return found

    return over_settings(settings(learned), parts)


def _differ_little(results: xr.DataTree) -> Evidence:
    values = class_accuracy(results).sel(split="test")

    def part(setting: Setting) -> list[Evidence]:
        missing = missing_protocol(values, setting)
        if missing:
            return [missing]
        difference, name = paired_difference(*paired(values, setting), CHANGE), "classes, test, DeCu − VoCu (points)"
        return [between(difference, -ALIKE, ALIKE, name, n_of=PAIRS, label=setting.label, same=True)]

    return over_settings(settings(values), part)


_TABLE_RULE = (
    "Every cell (classes and null, train and test, DeCu and VoCu) must agree: the 95 % interval of ours − "
    "paper's, from both standard errors, within ±2 points; wholly outside in any cell is against it. The paper's ± is "
    "read as a standard error and as a deviation; a cell is decided where both readings agree. Tested on the paper's "
    "corpus and unit only."
)

CLAIMS = (
    Claim(
        1,
        "Nominal accuracy of GRUs on MNIST",
        "Table 1",
        _paper_text("mnist", "gru"),
        _TABLE_RULE,
        ("extrapolation",),
        _table("mnist", "gru", "Table 1"),
    ),
    Claim(
        2,
        "Nominal accuracy of LSTMs on MNIST",
        "Table 2",
        _paper_text("mnist", "lstm"),
        _TABLE_RULE,
        ("extrapolation",),
        _table("mnist", "lstm", "Table 2"),
    ),
    Claim(
        3,
        "Nominal accuracy of GRUs on CIFAR-10",
        "Table 3",
        _paper_text("cifar10", "gru"),
        _TABLE_RULE,
        ("extrapolation",),
        _table("cifar10", "gru", "Table 3"),
    ),
    Claim(
        4,
        "Nominal accuracy of LSTMs on CIFAR-10",
        "Table 4",
        _paper_text("cifar10", "lstm"),
        _TABLE_RULE,
        ("extrapolation",),
        _table("cifar10", "lstm", "Table 4"),
    ),
    Claim(
        5,
        "Naive training fails: it always reports null, and more training does not help",
        "Section 4, tables 1–4",
        "classes 0, null 100",
        "For naive networks, in every setting: classes at most 1 %, null at least 99 % (both splits), and "
        "the running accuracy of classes grows by at most 1 point over the last quarter of training.",
        ("extrapolation",),
        _naive_fails,
    ),
    Claim(
        6,
        "Short delays only, or few classes only, are learnable",
        "Section 4",
        None,
        "The accuracy of classes last recorded before the curriculum first changes (DeCu: short delays, VoCu: few "
        "classes) lies above half of the way from chance to 100 %.",
        ("learning",),
        _parts_are_learnable,
    ),
    Claim(
        7,
        "Nominal test accuracy differs little between the protocols",
        "Section 5, appendix A",
        "largest gap 6.7 points",
        "DeCu − VoCu on test images, paired by seed, lies within ±7 points.",
        ("extrapolation",),
        _differ_little,
    ),
)
"""Claims 1–7."""
