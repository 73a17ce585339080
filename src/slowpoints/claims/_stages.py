"""The groups of a study's results, one a stage that measured something."""

import xarray as xr

STAGES = {
    "training": "training curves",
    "nominal": "nominal accuracies",
    "delay": "accuracies at longer delays",
    "noise": "accuracies under more noise",
    "second_retrieval": "accuracies at a second trigger",
    "slow_points": "slow points",
}
"""What each group holds."""


def stage(results: xr.DataTree, name: str) -> xr.Dataset:
    """One group of the results.

    Raises:
        KeyError: if the stage has not been run.
    """
    return results.children[name].to_dataset()


def no_stage(results: xr.DataTree, name: str, what: str) -> str:
    """The sentence that a group of the results is not there, and which are.

    Args:
        results: the study's.
        name: the group that is missing.
        what: what it would hold.
    """
    have = ", ".join(sorted(results.children)) or "nothing"
    return f"The results hold no {what} (no group “{name}”); they hold: {have}."
