"""Claims 11–13 and 33: longer delays and more noise than in training (figure 2)."""

import xarray as xr

from slowpoints.claims._claim import Claim, Evidence
from slowpoints.claims._compare import PAIRS, protocol_difference
from slowpoints.claims._paper import better
from slowpoints.claims._statistics import CHANGE, mean_estimate, paired_difference, SHARE
from slowpoints.claims._verdicts import between, not_tested, one_side, over_settings
from slowpoints.results import (
    by_seed,
    delays_beyond,
    measured,
    paired,
    PROTOCOLS,
    Setting,
    settings,
    trained_delay,
    trial_steps,
)


def delay_accuracy(results: xr.DataTree) -> xr.DataArray:
    """Accuracy on test images, mean over classes, in %: array (network, delay)."""
    return 100 * measured(results, "extrapolation")["delay_accuracy"].sel(split="test").mean("class", skipna=False)


def noise_accuracy(results: xr.DataTree) -> xr.DataArray:
    """Accuracy on test images, mean over classes, in %: array (network, noise)."""
    return 100 * measured(results, "extrapolation")["noise_accuracy"].sel(split="test").mean("class", skipna=False)


def _nothing_beyond(results: xr.DataTree) -> Evidence:
    return not_tested(f"No delay above the trained {trial_steps(results)} steps was measured.")


def _falls_but_stays(results: xr.DataTree) -> Evidence:
    beyond, trained = delays_beyond(results), trained_delay(results)
    if not beyond.size or trained is None:
        return _nothing_beyond(results)
    accuracy, longest = delay_accuracy(results), int(beyond.max())
    at_end = accuracy.sel(delay=longest, drop=True)
    change = at_end - accuracy.sel(delay=trained, drop=True)
    chance = 100 / measured(results, "extrapolation").sizes["class"]

    def parts(setting: Setting) -> list[Evidence]:
        found: list[Evidence] = []
        for protocol in PROTOCOLS:
            label = f"{setting.label}, {protocol}"
            lost = list(by_seed(change, setting, protocol).values())
            left = list(by_seed(at_end, setting, protocol).values())
            if not lost:
                found.append(not_tested(f"The study has no {protocol} networks with this value.", label))
                continue
            name = f"accuracy at delay {longest} − at {trained} (points)"
            found.append(one_side(mean_estimate(lost, CHANGE), -1, name, label=f"{label}, falls"))
            name = f"accuracy at delay {longest} (%)"
            found.append(
                one_side(mean_estimate(left, SHARE), 1, name, bound=chance, label=f"{label}, stays above chance")
            )
        return found

    return over_settings(settings(change), parts)


def _longer_delays(results: xr.DataTree) -> Evidence:
    beyond = delays_beyond(results)
    if not beyond.size:
        return _nothing_beyond(results)
    values = delay_accuracy(results).sel(delay=beyond).mean("delay", skipna=False)
    name = f"DeCu − VoCu, mean over delays {int(beyond.min())}–{int(beyond.max())} (points)"
    return over_settings(
        settings(values), lambda setting: [protocol_difference(values, setting, better(setting), name, CHANGE)]
    )


def _more_noise(results: xr.DataTree) -> Evidence:
    accuracy = noise_accuracy(results)
    more = accuracy.sel(noise=accuracy["noise"] > 1)
    if not more.sizes["noise"]:
        return not_tested("No noise above the trained was measured.")
    values = more.mean("noise", skipna=False)
    factors = more["noise"].values
    name = f"DeCu − VoCu, mean over noise × {factors.min():g}–{factors.max():g} (points)"
    return over_settings(
        settings(values), lambda setting: [protocol_difference(values, setting, better(setting), name, CHANGE)]
    )


PERMUTED = "VoCu-permuted"
"""The protocol that introduces the classes in another order than VoCu."""

ALIKE = 7.0
"""Points within which two orders are alike: as two protocols are at trained delays (claim 7)."""


def _order_is_arbitrary(results: xr.DataTree) -> Evidence:
    beyond = delays_beyond(results)
    if not beyond.size:
        return _nothing_beyond(results)
    values = delay_accuracy(results).sel(delay=beyond).mean("delay", skipna=False)
    name = f"VoCu − {PERMUTED}, mean over delays {int(beyond.min())}–{int(beyond.max())} (points)"

    def part(setting: Setting) -> list[Evidence]:
        one, other = paired(values, setting, "VoCu", PERMUTED)
        if not one.size:
            reason = (
                f"Needs networks of the same seeds under VoCu and under {PERMUTED}, which introduces the classes in "
                "an order drawn for each network."
            )
            return [not_tested(reason, setting.label)]
        difference = paired_difference(one, other, CHANGE)
        return [between(difference, -ALIKE, ALIKE, name, n_of=PAIRS, label=setting.label, same=True)]

    return over_settings(settings(values), part)


CLAIMS = (
    Claim(
        11,
        "Accuracy falls as the delay grows past 20, and stays above chance",
        "Section 5, figure 2",
        None,
        "Under DeCu and under VoCu, in every setting: accuracy at the longest measured delay minus that at "
        "the longest trained one lies below 0, and accuracy at the longest delay lies above 1 / classes.",
        ("extrapolation",),
        _falls_but_stays,
    ),
    Claim(
        12,
        "At longer delays DeCu is better than VoCu in three of four settings; reversed for GRUs on CIFAR-10",
        "Section 5, figure 2",
        None,
        "DeCu − VoCu of the mean accuracy over all delays beyond the trained, test images, paired by seed, "
        "lies on the claimed side in every setting. A corpus or unit not in the paper is held to DeCu.",
        ("extrapolation",),
        _longer_delays,
    ),
    Claim(
        13,
        "With more noise the protocols stand in the same order",
        "Section 5, figure 2",
        None,
        "As claim 12, with the mean accuracy over all noise factors above 1.",
        ("extrapolation",),
        _more_noise,
    ),
    Claim(
        33,
        "The order in which VoCu introduces the classes is arbitrary",
        "Section 4",
        None,
        "VoCu − VoCu with the classes in another order (protocol “VoCu-permuted”, which draws an order for each "
        "network) of claim 12's mean accuracy, paired by seed, lies within ±7 points.",
        ("extrapolation",),
        _order_is_arbitrary,
    ),
)
"""Claims 11–13 and 33."""
