"""What tells, in advance, how well a class will be retained: quantities compared by prediction across networks."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from slowpoints.claims._rank_correlation import spearman, spearman_over_networks
from slowpoints.claims._statistics import CORRELATION, Estimate, FEWEST_CLUSTERS, mean_estimate, paired_difference
from slowpoints.results import (
    CERTIFIED,
    has,
    holds,
    log_root_speed,
    long_delay,
    measured,
    paired,
    PAPERS,
    PROTOCOLS,
    select,
    Setting,
    settings,
    SLOWEST,
)

QUANTITIES = {
    "lifetime": "lifetime from the class mean",
    "lowest speed": "lowest speed before escape",
    "pause speed": "speed at the first pause",
    "margin": "least readout margin before escape",
    "noisy margin": "readout margin after a trial's length of noise",
    "noise drift": "drift in noise",
    "noise spread": "spread in noise",
    "start speed": "speed at the class mean",
    "point lifetime": "lifetime from the slow point",
    "point speed": "speed of the slow point",
    "point eigenvalue": "leading |eigenvalue| at the slow point",
    "fixed point": "owns a true fixed point",
    "paper's speed": "speed of the point of the scripts' search (Adam)",
}
"""What each quantity is. All are known from short runs, none from a trial at a long delay."""

SPEED_OF_MINIMUM = "point speed"
"""The quantity that claim 102 holds the lifetime against."""

PAPERS_SPEED = "paper's speed"
"""The paper's own predictor."""

Table = NDArray[np.floating]
"""An array (network, class)."""


class Prediction(NamedTuple):
    """How well a model predicts the retention of networks it was not fitted to.

    `errors`: the squared error of each network's classes, summed, an array (network,); `baseline`: the same of the
    mean of the other networks. R² is 1 − Σ errors / Σ baseline: below 0 where the mean predicts better.
    """

    errors: NDArray[np.floating]
    baseline: NDArray[np.floating]

    @property
    def r2(self) -> float:
        """R² over all networks."""
        total = self.baseline.sum()
        return float(1 - self.errors.sum() / total) if total > 0 else float("nan")


def quantities(results: xr.DataTree) -> tuple[xr.Dataset, xr.DataArray] | None:
    """Every quantity of every class, and the accuracy it is to predict.

    Speeds, times, drift and spread as log10. The point's own quantities (speed, eigenvalue) are NaN for a class
    without a certified point of its own readout.

    Returns:
        A dataset of `QUANTITIES` and the test accuracy at the long delay, each (network, class), over the networks
        that retain anything within a trial; None if lifetimes, slow points or a long delay are missing.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.claims import quantities
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> of_classes, accuracy = quantities(results)
        >>> accuracy.dims
        ('network', 'class')
    """
    if not all(has(results, name) for name in ("lifetimes", "slow_points", "extrapolation")):
        return None
    delay = long_delay(results)
    if delay is None:
        return None
    lifetimes, points = measured(results, "lifetimes"), measured(results, "slow_points")
    accuracy = measured(results, "extrapolation")["delay_accuracy"].sel(split="test", delay=delay, drop=True)
    lifetimes, points, accuracy = xr.align(lifetimes, points, accuracy, join="inner")
    newton, adam = (points.sel(search=search, drop=True) for search in (CERTIFIED, PAPERS))
    mean, point = (lifetimes.sel(origin=o, drop=True) for o in ("mean", "point"))
    begun = lifetimes["noise_drift"].notnull()

    def log(values: xr.DataArray, least: float) -> xr.DataArray:
        return xr.apply_ufunc(np.log10, values.clip(min=least))

    def time(origin: xr.Dataset) -> xr.DataArray:
        return log(origin["lifetime"].where(begun).astype(float), 1.0)

    held = holds(newton)
    table = {
        "lifetime": time(mean),
        "lowest speed": log(mean["lowest_root_speed"], SLOWEST),
        "pause speed": log(mean["pause_root_speed"], SLOWEST),
        "margin": mean["lowest_margin"],
        "noisy margin": lifetimes["noise_margin"],
        "noise drift": log(lifetimes["noise_drift"], SLOWEST),
        "noise spread": log(lifetimes["noise_spread"], SLOWEST),
        "start speed": log(newton["start_root_speed"], SLOWEST),
        "point lifetime": time(point),
        "point speed": log_root_speed(newton).where(held),
        "point eigenvalue": newton["leading_eigenvalue"].where(held),
        "fixed point": ((newton["outcome"] == "fixed point") & held).where(begun).astype(float),
        "paper's speed": log_root_speed(adam),
    }
    kept = begun.all("class")
    return xr.Dataset({name: values.where(begun) for name, values in table.items()}).isel(network=kept.values), (
        accuracy.isel(network=kept.values)
    )


def predict(columns: Sequence[Table], accuracy: Table) -> Prediction:
    """Predicts each network's retention from a linear model of the given quantities, fitted to all other networks.

    Least squares on standardised quantities and, for each that some class lacks, whether it is lacking (a lacking
    value counts as the mean). Predictions are cut to [0, 1].

    The others' sums are those of all less the network's own, so that each row is read but once, however many networks
    there are.
    """
    terms, quantities = _terms(columns), len(columns)

    def of_others(values: NDArray[np.floating]) -> NDArray[np.floating]:
        # The mean over the rows of all other networks, of an array (network, class, …).
        own = values.sum(1)
        return (own.sum(0) - own) / max((len(values) - 1) * values.shape[1], 1)

    mean, kept = of_others(terms), of_others(accuracy)
    products = terms[..., :, None] * terms[..., None, :]
    covariance = of_others(products) - mean[:, :, None] * mean[:, None, :]
    with_accuracy = of_others(terms * accuracy[..., None]) - mean * kept[:, None]
    sizes, axes = np.linalg.eigh(covariance)
    # Of terms that do not vary among the others, or only together, the weights of least norm.
    inverse = np.divide(1.0, sizes, where=sizes > LEAST_VARIANCE, out=np.zeros_like(sizes))
    weights = np.einsum("nij,nj,nkj,nk->ni", axes, inverse, axes, with_accuracy)
    beyond = terms - mean[:, None, :]
    # Where the others lack no value, the model has no term for lacking: such a value is their mean.
    alone = (terms[..., quantities:] > 0) & (mean[:, None, quantities:] == 0)
    beyond[..., :quantities][alone] = 0.0
    predicted = np.clip(kept[:, None] + np.einsum("nct,nt->nc", beyond, weights), 0, 1)
    return Prediction(((predicted - accuracy) ** 2).sum(1), ((kept[:, None] - accuracy) ** 2).sum(1))


LEAST_VARIANCE = 1e-12
"""Of quantities with variance 1, or of combinations of them: below this one counts as constant."""


def _terms(columns: Sequence[Table]) -> NDArray[np.floating]:
    """Two terms a quantity, array (network, class, term): all values, standardised; then, of each, whether it is
    lacking."""
    table = np.stack(columns, axis=2)
    there = np.isfinite(table)
    standard = np.zeros_like(table)
    for k in range(len(columns)):
        known = table[..., k][there[..., k]]
        if known.size:
            standard[..., k][there[..., k]] = (known - known.mean()) / (known.std() or 1.0)
    return np.concatenate([standard, ~there], axis=2)


def r2_estimate(prediction: Prediction) -> Estimate:
    """R², with an interval over networks of the logarithm of 1 − R²: it cannot be above 1."""
    missed = _ratio(prediction.errors, prediction.baseline)
    if missed.interval is None or missed.standard_error is None or not missed.value > 0:
        return replace(missed, value=1 - missed.value, interval=None, bounds=(-math.inf, 1.0))
    factor = math.exp((missed.interval[1] - missed.value) / missed.value)
    interval = 1 - missed.value * factor, 1 - missed.value / factor
    return replace(missed, value=1 - missed.value, interval=interval, bounds=(-math.inf, 1.0))


def gain_estimate(first: Prediction, second: Prediction) -> Estimate:
    """How much higher `first`'s R² is than `second`'s, over the same networks, with an interval."""
    return _ratio(second.errors - first.errors, first.baseline)


def _ratio(above: NDArray[np.floating], below: NDArray[np.floating]) -> Estimate:
    # The ratio of two sums over networks, with Student's t-interval of what each network adds to it (the delta method:
    # W. G. Cochran, Sampling Techniques, 1977, section 6.3).
    n = above.size
    if not n or not below.sum() > 0:
        return Estimate(math.nan, None, None, n)
    value = float(above.sum() / below.sum())
    if n < FEWEST_CLUSTERS:
        return Estimate(value, None, None, n)
    of_each = paired_difference((above - value * below) / below.mean(), np.zeros(n))
    assert of_each.interval is not None
    low, high = of_each.interval
    return Estimate(value, of_each.standard_error, (value + low, value + high), n, freedom=n - 1)


def within_networks(column: Table, accuracy: Table) -> Estimate:
    """Mean over networks of Spearman's ρ between a quantity and retention over a network's classes.

    Networks in which either is constant, or fewer than three classes have a value, are left out. As with other rank
    correlations there is no interval below `FEWEST_CLUSTERS` networks.
    """
    rho = []
    for values, kept in zip(column, accuracy, strict=True):
        there = np.isfinite(values)
        if there.sum() >= 3 and np.ptp(values[there]) > 0 and np.ptp(kept[there]) > 0:
            rho.append(spearman(values[there], kept[there]))
    if 0 < len(rho) < FEWEST_CLUSTERS:
        return Estimate(float(np.mean(rho)), None, None, len(rho), CORRELATION)
    return mean_estimate(rho, CORRELATION)


def retention_of(results: xr.DataTree) -> Mapping[Setting, tuple[dict[str, Table], Table]]:
    """The quantities and the accuracy to predict of each setting's networks, all protocols together."""
    found = quantities(results)
    if found is None:
        return {}
    table, accuracy = found
    of: dict[Setting, tuple[dict[str, Table], Table]] = {}
    for setting in settings(table["lifetime"]):
        columns = {
            name: select(table[name], setting).transpose("network", "class").values.astype(float) for name in QUANTITIES
        }
        of[setting] = columns, select(accuracy, setting).transpose("network", "class").values
    return of


def retention_predictors(results: xr.DataTree) -> xr.Dataset:
    """How well each quantity predicts which classes are retained at the long delay.

    Args:
        results: a study's, with `slow_points`, `lifetimes` and `extrapolation`.

    Returns:
        By (setting, quantity): `r2`, `r2_low`, `r2_high` (leave-one-network-out, over the networks of all protocols
        that have a class mean for every class; NaN below two networks), `gain`, `gain_low`, `gain_high` (what R²
        gains when the paper's speed is added), `spearman`, `spearman_low`, `spearman_high` (within networks, mean
        over them), and `networks` by setting. Attr `delay` in steps. The best of many quantities is best partly by
        chance: its R² is not corrected for that.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.claims import retention_predictors
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> retention_predictors(results)["r2"].dims
        ('setting', 'quantity')
    """
    of = retention_of(results)
    shape = (len(of), len(QUANTITIES))
    names = ("r2", "gain", "spearman")
    made = {f"{name}{end}": np.full(shape, np.nan) for name in names for end in ("", "_low", "_high")}
    for i, (columns, accuracy) in enumerate(of.values()):
        if accuracy.shape[0] < 2:
            continue
        for j, name in enumerate(QUANTITIES):
            alone = predict([columns[name]], accuracy)
            both = predict([columns[name], columns[PAPERS_SPEED]], accuracy)
            estimates = (r2_estimate(alone), gain_estimate(both, alone), within_networks(columns[name], accuracy))
            for key, estimate in zip(names, estimates, strict=True):
                low, high = estimate.interval or (np.nan, np.nan)
                made[key][i, j], made[f"{key}_low"][i, j], made[f"{key}_high"][i, j] = estimate.value, low, high
        own = list(QUANTITIES).index(PAPERS_SPEED)
        for end in ("", "_low", "_high"):
            made[f"gain{end}"][i, own] = np.nan
    return xr.Dataset(
        {name: (("setting", "quantity"), values) for name, values in made.items()}
        | {"networks": ("setting", [accuracy.shape[0] for _, accuracy in of.values()])},
        coords={"setting": [s.label for s in of], "quantity": list(QUANTITIES)},
        attrs={"delay": long_delay(results) if of else 0},
    )


def network_predictors(results: xr.DataTree) -> xr.Dataset:
    """What each quantity says of whole networks: does it go with their retention, and do the protocols differ in it?

    Of a network it is the median over the classes that have a value. Points that only some classes own say nothing of
    the others; every class has a lowest speed before its escape.

    Args:
        results: a study's, with `slow_points`, `lifetimes` and `extrapolation`.

    Returns:
        By (setting, quantity): `spearman` over the networks of DeCu and VoCu with their mean accuracy at the long
        delay, and `difference`, DeCu − VoCu paired by seed; both with `_low` and `_high`, 95 % (NaN with too few
        networks). By `protocol` too: `share`, the mean share of classes that have a value (NaN without networks).

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.claims import network_predictors
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> network_predictors(results)["share"].sel(quantity="lifetime").values  # every class has one
        array([[1., 1.]])
    """
    found = quantities(results)
    rows, shares, labels = [], [], []
    for setting in settings(found[0]["lifetime"]) if found else ():
        assert found is not None
        table, accuracy = found
        kept = _of_both(accuracy, setting).mean("class").values
        for name in QUANTITIES:
            values = _of_both(table[name], setting)
            median = values.median("class")
            there = np.isfinite(median.values)
            estimates = (
                spearman_over_networks(median.values[there], kept[there]),
                paired_difference(*paired(median, setting)),
            )
            rows.append([n for e in estimates for n in (e.value, *(e.interval or (np.nan, np.nan)))])
            shares.append([_share(select(values, setting, protocol)) for protocol in PROTOCOLS])
        labels.append(setting.label)
    shape = len(labels), len(QUANTITIES)
    numbers = np.array(rows, float).reshape(*shape, 6)
    names = [f"{name}{end}" for name in ("spearman", "difference") for end in ("", "_low", "_high")]
    return xr.Dataset(
        {name: (("setting", "quantity"), numbers[..., k]) for k, name in enumerate(names)}
        | {"share": (("setting", "quantity", "protocol"), np.array(shares, float).reshape(*shape, len(PROTOCOLS)))},
        coords={"setting": labels, "quantity": list(QUANTITIES), "protocol": list(PROTOCOLS)},
    )


def _share(values: xr.DataArray) -> float:
    return float(values.notnull().mean()) if values.size else math.nan


def _of_both(values: xr.DataArray, setting: Setting) -> xr.DataArray:
    # A setting's networks under DeCu and VoCu.
    chosen = select(values, setting)
    return chosen.isel(network=np.isin(chosen["protocol"].values, PROTOCOLS))
