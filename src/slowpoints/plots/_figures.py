"""All figures that a study has the results for."""

import xarray as xr
from matplotlib.figure import Figure

from slowpoints.claims._delays import long_delay
from slowpoints.claims._points import CERTIFIED, points_of
from slowpoints.claims._retention import quantities
from slowpoints.claims._stages import has
from slowpoints.plots._delay import delay_curves, plot_delay_curves
from slowpoints.plots._formation import (
    introduction_costs,
    plot_introduction_costs,
    plot_short_readouts,
    plot_tracked_speeds,
    short_readouts,
    tracked_speeds,
)
from slowpoints.plots._lifetimes import lifetime_against_accuracy, plot_lifetimes
from slowpoints.plots._noise import noise_curves, plot_noise_curves
from slowpoints.plots._second_retrieval import plot_second_retrieval, retrieval_table
from slowpoints.plots._slow_points import (
    owned_points,
    plot_owned_points,
    plot_speed_against_accuracy,
    speed_against_accuracy,
)
from slowpoints.plots._training import plot_training_curves, training_curves


def figures(results: xr.DataTree) -> dict[str, Figure]:
    """Draw every figure whose groups the results hold.

    Args:
        results: a study's labelled results; it is only read.

    Returns:
        Figures by name, in the order of the report: `training`, `delay`, `noise`, `second_retrieval`,
        `slow_points`, `owned_points`, `lifetimes`, `tracked_speeds`, `short_readouts`, `introduction_costs`.
    """
    drawn: dict[str, Figure] = {}
    if has(results, "training"):
        drawn["training"] = plot_training_curves(training_curves(results))
    if has(results, "delay"):
        drawn["delay"] = plot_delay_curves(delay_curves(results))
    if has(results, "noise"):
        drawn["noise"] = plot_noise_curves(noise_curves(results))
    if has(results, "second_retrieval"):
        drawn["second_retrieval"] = plot_second_retrieval(retrieval_table(results))
    if has(results, "slow_points") and has(results, "delay") and long_delay(results) is not None:
        drawn["slow_points"] = plot_speed_against_accuracy(speed_against_accuracy(results))
    if has(results, "slow_points") and points_of(results, CERTIFIED) is not None:
        drawn["owned_points"] = plot_owned_points(owned_points(results))
    if quantities(results) is not None:
        drawn["lifetimes"] = plot_lifetimes(lifetime_against_accuracy(results))
    if has(results, "tracks"):
        speeds, readouts, costs = tracked_speeds(results), short_readouts(results), introduction_costs(results)
        if speeds.sizes["network"]:
            drawn["tracked_speeds"] = plot_tracked_speeds(speeds)
        if readouts.sizes["network"]:
            drawn["short_readouts"] = plot_short_readouts(readouts)
        if costs.sizes["event"]:
            drawn["introduction_costs"] = plot_introduction_costs(costs)
    return drawn
