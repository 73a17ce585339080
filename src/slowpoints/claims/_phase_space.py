"""Claims 14–17: clouds of hidden states (figure 3)."""

from collections.abc import Callable, Iterator

import numpy as np
import xarray as xr

from slowpoints.claims._claim import Claim, Evidence
from slowpoints.claims._compare import protocol_difference
from slowpoints.claims._statistics import CORRELATION, Estimate, mean_estimate, SHARE, share_of_networks
from slowpoints.claims._verdicts import not_tested, one_side, over_settings
from slowpoints.results import by_seed, measured, network_means, PROTOCOLS, Setting, settings

NEAR, FAR, QUIET = "delay", "long delay", "long delay, less noise"

SURVIVES = 0.5
"""The share of its trials named at the trained delay above which a class still named has survived."""

COLLAPSED = 0.5
"""The share of the width of its cloud at the trained delay below which a class has collapsed onto a point."""


def survivors(clouds: xr.Dataset, condition: str) -> xr.DataArray:
    """Which classes have survived until a condition: bool (network, class); none that was not named before."""
    before = clouds["named"].sel(condition=NEAR, drop=True)
    return clouds["named"].sel(condition=condition, drop=True) > SURVIVES * before


def collapsed(clouds: xr.Dataset) -> xr.DataArray:
    """Which surviving classes lie on a point after the long delay: bool (network, class)."""
    width = clouds["named_width"]
    narrow = width.sel(condition=FAR, drop=True) < COLLAPSED * width.sel(condition=NEAR, drop=True)
    return survivors(clouds, FAR) & narrow


def vanished(clouds: xr.Dataset) -> xr.DataArray:
    """Which classes were named at the trained delay and have not survived the long one: bool (network, class)."""
    return (clouds["named"].sel(condition=NEAR, drop=True) > 0) & ~survivors(clouds, FAR)


def cloud_counts(results: xr.DataTree) -> xr.Dataset:
    """What claims 14–17 count, in the mean over networks.

    Args:
        results: a study's, with `clouds`.

    Returns:
        `mean` and `standard_error` (setting, protocol, what), and `n` networks (setting, protocol).

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.claims import cloud_counts
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> dict(cloud_counts(results).sizes)
        {'setting': 1, 'protocol': 3, 'what': 8}
    """
    clouds = measured(results, "clouds")
    counts = {
        "told apart, worst class (%)": 100 * clouds["told"].min("class", skipna=False),
        "silhouette": clouds["silhouette"],
        "width, trained delay": clouds["width"].sel(condition=NEAR, drop=True).mean("class", skipna=False),
        "survive": survivors(clouds, FAR).sum("class"),
        "collapsed": collapsed(clouds).sum("class"),
        "vanished": vanished(clouds).sum("class"),
        "survive, less noise": survivors(clouds, QUIET).sum("class"),
        "clusters, long delay": clouds["clusters"].sel(condition=FAR, drop=True),
    }
    there = clouds["silhouette"].notnull()
    each = [(values.astype(float) if values.dtype.kind != "f" else values).where(there) for values in counts.values()]
    means = network_means(xr.concat(each, xr.IndexVariable("what", list(counts))))
    return means.assign(n=means["n"].max("what"))


def _of_protocols(
    values: xr.DataArray, setting: Setting, estimate: Callable[[list[float]], Estimate]
) -> Iterator[tuple[str, Estimate | None]]:
    """Of each of the paper's two curricula: the part's label, and the estimate over its networks, if it has any."""
    for protocol in PROTOCOLS:
        numbers = list(by_seed(values, setting, protocol).values())
        yield f"{setting.label}, {protocol}", estimate(numbers) if numbers else None


def _side(
    values: xr.DataArray,
    setting: Setting,
    sign: int,
    bound: float,
    name: str,
    what: str,
    estimate: Callable[[list[float]], Estimate],
) -> list[Evidence]:
    return [
        not_tested("The study has no networks of this protocol with clouds.", label)
        if found is None
        else one_side(found, sign, name, bound=bound, label=f"{label}, {what}")
        for label, found in _of_protocols(values, setting, estimate)
    ]


def _share(numbers: list[float]) -> Estimate:
    return mean_estimate(numbers, SHARE)


def _silhouette(numbers: list[float]) -> Estimate:
    return mean_estimate(numbers, CORRELATION)  # from −1 to 1, too


def _networks(numbers: list[float]) -> Estimate:
    return share_of_networks(np.array(numbers) > 0.5)


def _classes(clouds: xr.Dataset, least: int = 0) -> Callable[[list[float]], Estimate]:
    # How many of a network's classes, or from −all of them how many more.
    most = float(clouds.sizes["class"])
    return lambda numbers: mean_estimate(numbers, (least * most, most))


def _separated(results: xr.DataTree) -> Evidence:
    clouds = measured(results, "clouds")
    least, silhouette = 100 * clouds["told"].min("class", skipna=False), clouds["silhouette"]
    dealt = (clouds["silhouette_p"] < 0.05).where(silhouette.notnull())
    half_way = 50 + 50 / clouds.sizes["class"]

    def parts(setting: Setting) -> list[Evidence]:
        name = "trials nearest to their class' centroid, worst class (%)"
        return [
            *_side(least, setting, 1, half_way, name, "every class apart", _share),
            *_side(silhouette, setting, 1, 0.0, "mean silhouette", "nearer to its own", _silhouette),
            *_side(dealt, setting, 1, 50.0, "networks above permuted labels, p < 0.05 (%)", "beyond chance", _networks),
        ]

    return over_settings(settings(least), parts)


def _collapse_and_vanish(results: xr.DataTree) -> Evidence:
    clouds = measured(results, "clouds")
    there = clouds["silhouette"].notnull()
    some = {
        "collapsed": collapsed(clouds).sum("class").where(there),
        "vanished": vanished(clouds).sum("class").where(there),
    }

    def parts(setting: Setting) -> list[Evidence]:
        found = [
            _side(v, setting, 1, 0.5, f"classes of a network that have {w}", w, _classes(clouds))
            for w, v in some.items()
        ]
        return [part for of in found for part in of]

    return over_settings(settings(some["collapsed"]), parts)


def _less_noise(results: xr.DataTree) -> Evidence:
    clouds = measured(results, "clouds")
    there = clouds["silhouette"].notnull()
    quiet, loud = (survivors(clouds, condition).sum("class").where(there) for condition in (QUIET, FAR))

    def parts(setting: Setting) -> list[Evidence]:
        name = "more surviving classes of a network with less noise"
        not_all = "surviving classes of a network with less noise"
        return [
            *_side(quiet - loud, setting, 1, 0.0, name, "more survive", _classes(clouds, least=-1)),
            *_side(quiet, setting, -1, clouds.sizes["class"] - 0.5, not_all, "not all", _classes(clouds)),
        ]

    return over_settings(settings(quiet), parts)


def _wider_and_fewer(results: xr.DataTree) -> Evidence:
    clouds = measured(results, "clouds")
    there = clouds["silhouette"].notnull()
    width = clouds["width"].sel(condition=NEAR, drop=True).mean("class", skipna=False)
    clusters = clouds["clusters"].sel(condition=FAR, drop=True).where(there)

    def parts(setting: Setting) -> list[Evidence]:
        return [
            protocol_difference(width, setting, -1, "DeCu − VoCu, mean width of clouds at the trained delay"),
            protocol_difference(clusters, setting, 1, "DeCu − VoCu, clusters at the long delay"),
        ]

    return over_settings(settings(width), parts)


CLAIMS = (
    Claim(
        14,
        "At delay 20 there are ten separated regions, one a class, in three principal components",
        "Figure 3",
        "10 regions",
        "On three principal components of the states of test trials at the trained delay, under DeCu and under VoCu, "
        "in the mean over networks: of the worst class, the share of trials nearest to their own class' centroid "
        "(cross-validated) lies above half of the way from chance to 100 %; the mean silhouette lies above 0; and the "
        "share of networks whose silhouette is above that of permuted labels (p < 0.05; exact binomial interval) lies "
        "above 50 %.",
        ("clouds",),
        _separated,
    ),
    Claim(
        15,
        "At delay 1000 some classes have collapsed onto a point and others have vanished",
        "Figure 3",
        None,
        "A class survives if the share of its test trials read out as it is above half of that at the trained delay, "
        "and has vanished otherwise. It has collapsed if it survives and the states read out as it spread less than "
        "half as far (root mean square distance from their mean) as at the trained delay. Under DeCu and under VoCu, "
        "the number of a network's classes that have collapsed, and that of those that have vanished, each lie above "
        "0.5 in the mean over networks.",
        ("clouds",),
        _collapse_and_vanish,
    ),
    Claim(
        16,
        "With less noise more classes survive a delay of 1000, still not all",
        "Figure 3",
        None,
        "Classes survive as in claim 15. Under DeCu and under VoCu, in the mean over networks: the number of surviving "
        "classes in a third of the trained noise minus that in the trained noise lies above 0, and that number itself "
        "lies below all classes but a half.",
        ("clouds",),
        _less_noise,
    ),
    Claim(
        17,
        "VoCu has wider clouds and fewer distinct points at delay 1000",
        "Figure 3",
        None,
        "DeCu − VoCu, paired by seed: of the width of clouds at the trained delay (root mean square distance of a "
        "class' states from their mean, mean over classes) it lies below 0; of the number of clusters that HDBSCAN "
        "finds among the states at the long delay, on the three components, it lies above 0.",
        ("clouds",),
        _wider_and_fewer,
    ),
)
"""Claims 14–17."""
