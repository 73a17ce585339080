"""Accuracy against one thing that was varied: computed once, drawn by several figures."""

import xarray as xr

from slowpoints.results import measured, network_means


def delay_curves(results: xr.DataTree) -> xr.Dataset:
    """Accuracy on test images at every measured delay.

    Args:
        results: a study's, with `extrapolation`.

    Returns:
        `mean`, `standard_error` (%) and `n` (networks), each (setting, protocol, delay), delays in steps and
        rising; attrs `chance` (%) and `trial_steps` (T, the longest delay trained, in steps).

    Raises:
        KeyError: without the group.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.plots import delay_curves
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> delay_curves(results)["mean"].dims
        ('setting', 'protocol', 'delay')
    """
    accuracy = measured(results, "extrapolation")["delay_accuracy"].sel(split="test", drop=True)
    trained = int(results.attrs.get("trial_steps", 20))
    return accuracy_curves(accuracy, "delay").assign_attrs(trial_steps=trained)


def noise_curves(results: xr.DataTree) -> xr.Dataset:
    """Accuracy on test images at every measured strength of the noise.

    Args:
        results: a study's, with `extrapolation`.

    Returns:
        `mean`, `standard_error` (%) and `n` (networks), each (setting, protocol, noise), noise as a factor on
        the trained standard deviation, rising; attr `chance` (%).

    Raises:
        KeyError: without the group.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.plots import noise_curves
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> noise_curves(results)["mean"].dims
        ('setting', 'protocol', 'noise')
    """
    accuracy = measured(results, "extrapolation")["noise_accuracy"].sel(split="test", drop=True)
    return accuracy_curves(accuracy, "noise")


def accuracy_curves(accuracy: xr.DataArray, along: str) -> xr.Dataset:
    """Mean over classes, then mean and standard error over networks.

    A protocol of a setting that is not above chance at the first point never learned the task and has nothing
    to lose: it is NaN.

    Args:
        accuracy: array (network, `along`, class), in [0, 1].
        along: the dim that was varied.

    Returns:
        `mean`, `standard_error` (in %) and `n`, each (setting, protocol, `along`); attr `chance` in %.
    """
    chance = 100 / accuracy.sizes["class"]
    curves = network_means(100 * accuracy.mean("class", skipna=False)).sortby(along)
    learned = curves["mean"].isel({along: 0}, drop=True) > chance
    curves["mean"] = curves["mean"].where(learned)
    curves["standard_error"] = curves["standard_error"].where(learned)
    return curves.assign_attrs(chance=chance)
