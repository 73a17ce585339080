"""The groups of a study's results, one a stage that measured something."""

import xarray as xr

STAGES = {
    "training": "training curves",
    "nominal": "nominal accuracies",
    "delay": "accuracies at longer delays",
    "noise": "accuracies under more noise",
    "second_retrieval": "accuracies at a second trigger",
    "slow_points": "slow points",
    "slow_points_other_input": "slow points under another constant input",
    "slow_points_trials": "slow points found from single trials",
    "lifetimes": "lifetimes of classes",
    "tracks": "slow points tracked through training",
}
"""What each group holds."""


def has(results: xr.DataTree, name: str) -> bool:
    """Whether the results hold a group with anything measured in it.

    Slow points of networks none of which ever read a class out have no start, and their groups have no speeds.
    """
    searched = name.startswith("slow_points") or name == "tracks"
    return name in results.children and (not searched or "root_speed" in results.children[name])


def stage(results: xr.DataTree, name: str) -> xr.Dataset:
    """One group of the results, its strings as NumPy's fixed-length ones.

    Strings come back from a file as objects or as `StringDType`, which do not all compare and cast alike.

    Raises:
        KeyError: if the stage has not been run.
    """
    group = results.children[name].to_dataset()
    words = {key: v.astype(object).astype(str) for key, v in group.variables.items() if v.dtype.kind in "OT"}
    return group.assign({key: v for key, v in words.items() if key in group.data_vars}).assign_coords(
        {key: v for key, v in words.items() if key in group.coords}
    )


def no_stage(results: xr.DataTree, name: str, what: str) -> str:
    """The sentence that a group of the results is not there or is empty, and which are there.

    Args:
        results: the study's.
        name: the group that is missing.
        what: what it would hold.
    """
    if name in results.children:
        return f"No search for {what} could begin: no class of any network was read out correctly."
    have = ", ".join(sorted(results.children)) or "nothing"
    return f"The results hold no {what} (no group “{name}”); they hold: {have}."
