"""The labelled results of a study: collected from its networks' files, kept as one xarray DataTree."""

import json
import shutil

import numpy as np
import xarray as xr

from slowpoints._errors import InputError
from slowpoints.dynamics import Outcome
from slowpoints.study.artifacts import is_complete, load_artifact
from slowpoints.study.config import config_to_mapping
from slowpoints.study.folder import Study, versions
from slowpoints.study.grid import networks_of
from slowpoints.study.lifetimes import lifetime_inputs, NOISY, ORIGINS
from slowpoints.study.robustness import KEPT, robustness_inputs
from slowpoints.study.slow_points import find_inputs, methods
from slowpoints.study.stages import extrapolation_inputs, Group, is_trained, open_corpus
from slowpoints.study.tracks import track_inputs, WAYS
from slowpoints.training import load_metrics, NetworkRecipe

SPLITS = ("train", "test")


def collect(study: Study) -> xr.DataTree:
    """All results of the study so far; a group whose stage no network has run is left out.

    Every group has the dimension `network` with the coordinates unit, protocol, readout, seed and corpus along it.
    """
    corpus = open_corpus(study)
    networks = networks_of(study.config, corpus)
    trained = {n: r for n, r in networks.items() if is_trained(study, n, r)}
    groups: dict[str, xr.Dataset] = {}
    if trained:
        groups["training"] = _training(study, trained)
    extrapolated = _artifacts(study, trained, "extrapolation", extrapolation_inputs(study.config))
    if extrapolated:
        groups |= _extrapolation(study, extrapolated)
    searched = _artifacts(study, trained, "slow_points", find_inputs(study.config))
    if searched:
        groups["slow_points"] = _slow_points(searched, methods(study.config.slow_points))
    relaxed = _artifacts(study, trained, "lifetimes", lifetime_inputs(study.config))
    if any(relaxed.values()):
        groups["lifetimes"] = _lifetimes(relaxed)
    searched_again = _artifacts(study, trained, "robustness", robustness_inputs(study.config))
    if searched_again:
        groups |= _robustness(searched_again)
    tracked = _artifacts(study, trained, "tracks", track_inputs(study.config))
    if tracked:
        groups["tracks"] = _tracks(tracked, trained)
    labelled = {
        name: group.assign_coords(_network_coordinates(networks, list(group.network.values), corpus.name))
        for name, group in groups.items()
    }
    attributes = {
        "name": study.config.name,
        "corpus": corpus.name,
        "config": json.dumps(config_to_mapping(study.config)),
        "versions": json.dumps(versions()),
        "steps": study.config.training.steps,
        "steps_per_trial": study.config.training.trial_steps,
        "networks": len(networks),
    }
    return xr.DataTree.from_dict({"/": xr.Dataset(attrs=attributes), **labelled})


def save_results(study: Study) -> xr.DataTree:
    """Collects the results and writes them as `results.zarr`, aside first, then renamed."""
    results = collect(study)
    aside, path = study.folder / ".results.zarr.partial", study.results_path
    shutil.rmtree(aside, ignore_errors=True)
    results.to_zarr(aside, zarr_format=2, consolidated=True)
    old = study.folder / ".results.zarr.old"
    shutil.rmtree(old, ignore_errors=True)
    if path.exists():
        path.rename(old)
    aside.rename(path)
    shutil.rmtree(old, ignore_errors=True)
    return results


def load_results(study: Study) -> xr.DataTree:
    """The results written last. Raises `InputError` if there are none or they are damaged."""
    if not study.results_path.exists():
        raise InputError(f"{study.folder} has no results yet; run `slowpoints extrapolate {study.folder}` first.")
    try:
        with xr.open_datatree(study.results_path, engine="zarr", consolidated=True) as tree:
            return tree.load()
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"{study.results_path} is damaged ({error}); run `slowpoints report {study.folder}` to make it anew."
        ) from error


def _artifacts(study: Study, networks: Group, name: str, inputs: str) -> dict[str, dict[str, np.ndarray]]:
    """What a stage has left for each network that it is complete for."""
    paths = {network: study.network_folder(network) / f"{name}.safetensors" for network in networks}
    return {network: load_artifact(path) for network, path in paths.items() if is_complete(path, inputs)}


def _network_coordinates(networks: dict[str, NetworkRecipe], ids: list[str], corpus: str) -> dict:
    recipes = [networks[network] for network in ids]
    return {
        "network": ids,
        "unit": ("network", [r.unit for r in recipes]),
        "protocol": ("network", [r.protocol.name for r in recipes]),
        "readout": ("network", ["sigmoid" if r.sigmoid else "linear" for r in recipes]),
        "seed": ("network", [r.seed for r in recipes]),
        "corpus": ("network", [corpus] * len(recipes)),
    }


def _training(study: Study, networks: Group) -> xr.Dataset:
    """Metrics through training. Where networks hand over at different steps: the union, NaN between."""
    rows: list[xr.Dataset] = []
    for network, recipe in networks.items():
        metrics = load_metrics(study.network_folder(network))
        steps = metrics.pop("step")
        columns = {name: ("step", values) for name, values in metrics.items()}
        columns |= _curriculum(recipe, steps)
        rows.append(xr.Dataset(columns, coords={"step": steps}).expand_dims(network=[network]))
    return xr.concat(rows, "network", join="outer")


def _curriculum(recipe: NetworkRecipe, steps: np.ndarray) -> dict[str, tuple[str, np.ndarray]]:
    """The longest delay and the vocabulary at each step.

    A row tells of the steps before it, so the curriculum it belongs to is that of the step just before.
    """
    return {
        name: ("step", np.array([getattr(recipe.protocol, name)(max(int(step) - 1, 0)) for step in steps], float))
        for name in ("longest_delay", "vocabulary")
    }


def _tracks(artifacts: dict[str, dict[str, np.ndarray]], networks: Group) -> xr.Dataset:
    """Points through training. Where networks have snapshots at different steps: the union, with nothing between.

    `root_speed` and the like are of tracks, by `way`; `short_…` of the short ones; the rest needs no tracks.
    """
    rows: list[xr.Dataset] = []
    for network, arrays in artifacts.items():
        steps = arrays["step"]
        variables: dict[str, tuple] = dict(_curriculum(networks[network], steps))
        for name, values in arrays.items():
            way, _, column = name.partition(".")
            if way in WAYS:
                continue
            column = name.replace(".", "_")
            if values.ndim == 2:
                variables[column] = (("class", "step"), _words(values) if column == "short_outcome" else values)
            elif name != "step":
                variables[column] = ("class", values)
        columns = {name.partition(".")[2]: rows for name, rows in arrays.items() if name.partition(".")[0] in WAYS}
        for column, like in columns.items():
            missing = np.full(like.shape, np.nan if np.issubdtype(like.dtype, np.floating) else _NOWHERE, like.dtype)
            by_way = np.stack([arrays.get(f"{way}.{column}", missing) for way in WAYS])
            variables[column] = (("way", "class", "step"), _words(by_way) if column == "outcome" else by_way)
        classes = np.arange(len(arrays["introduced"]))
        rows.append(
            xr.Dataset(variables, coords={"step": steps, "class": classes, "way": list(WAYS)}).expand_dims(
                network=[network]
            )
        )
    kinds = {str(name): values.dtype.kind for row in rows for name, values in row.data_vars.items()}
    blank = {name: "" if kind in "UO" else _NOWHERE if kind in "iu" else np.nan for name, kind in kinds.items()}
    return xr.concat(rows, "network", join="outer", fill_value=blank)


_NOWHERE = -2
"""What whole numbers are where there is no track: class −1 is *null*."""


def _extrapolation(study: Study, artifacts: dict[str, dict[str, np.ndarray]]) -> dict[str, xr.Dataset]:
    settings = study.config.extrapolation
    conditions = {
        "delay": {"delay": list(settings.delays)},
        "noise": {"noise": list(settings.noise)},
        "second_retrieval": {"retrieval": [1, 2]},
    }

    def stacked(name: str) -> np.ndarray:
        return np.stack([[arrays[f"{split}.{name}"] for split in SPLITS] for arrays in artifacts.values()])

    nominal = stacked("nominal")
    coordinates = {"network": list(artifacts), "split": list(SPLITS)}
    classes = {"class": np.arange(nominal.shape[-1])}
    groups = {
        "nominal": xr.Dataset(
            {
                "digit_accuracy": (("network", "split", "class"), nominal),
                "null_accuracy": (("network", "split"), stacked("null")),
                "trials": (("class",), np.full(nominal.shape[-1], settings.trials_per_class)),
            },
            coords=coordinates | classes,
        )
    }
    for name, condition in conditions.items():
        (dimension,) = condition
        groups[name] = xr.Dataset(
            {"accuracy": (("network", "split", dimension, "class"), stacked(name))},
            coords=coordinates | condition | classes,
        )
    return groups


def _slow_points(artifacts: dict[str, dict[str, np.ndarray]], methods: tuple[str, ...]) -> xr.Dataset:
    """One row a network, method and class; a network none of whose classes had a start is all "no start"."""
    correct = np.stack([arrays["correct"] for arrays in artifacts.values()])
    shape = (len(artifacts), len(methods), correct.shape[1])
    names = {name.partition(".")[2]: rows for arrays in artifacts.values() for name, rows in arrays.items()}
    variables: dict[str, np.ndarray] = {}
    for name, like in names.items():
        if like.ndim != 1 or not name:
            continue
        missing = np.nan if np.issubdtype(like.dtype, np.floating) else -1
        variables[name] = np.full(shape, missing, like.dtype)
        for i, arrays in enumerate(artifacts.values()):
            for j, method in enumerate(methods):
                variables[name][i, j] = arrays.get(f"{method}.{name}", missing)
    codes = variables.pop("outcome", np.full(shape, -1))
    dimensions = ("network", "method", "class")
    return xr.Dataset(
        {name: (dimensions, values) for name, values in variables.items()}
        | {
            "outcome": (dimensions, _words(codes, "no start")),
            "correct_at_start": (("network", "class"), correct),
        },
        coords={"network": list(artifacts), "method": list(methods), "class": np.arange(correct.shape[1])},
    )


def _robustness(artifacts: dict[str, dict[str, np.ndarray]]) -> dict[str, xr.Dataset]:
    """Slow points found in other ways: one row a network and class, and a trial for those found from trials."""
    groups = {
        "slow_points_other_input": _found_again(artifacts, "other input", ("class",)),
        "slow_points_trials": _found_again(artifacts, "trials", ("class", "trial")),
    }
    return {name: group for name, group in groups.items() if group is not None}


def _found_again(
    artifacts: dict[str, dict[str, np.ndarray]], way: str, dimensions: tuple[str, ...]
) -> xr.Dataset | None:
    """What one way of searching again found; a network without a start is all "no start". None if there is nothing."""
    variables = {}
    for column in KEPT:
        rows = [arrays.get(f"{way}.{column}") for arrays in artifacts.values()]
        like = next((row for row in rows if row is not None), None)
        if like is None:
            return None
        missing = np.full_like(like, np.nan if np.issubdtype(like.dtype, np.floating) else -1)
        stacked = np.stack([missing if row is None else row for row in rows])
        values = _words(stacked, "no start") if column == "outcome" else stacked
        variables[column] = (("network", *dimensions), values)
    group = xr.Dataset(variables, coords={"network": list(artifacts)})
    return group.assign_coords({dimension: np.arange(group.sizes[dimension]) for dimension in dimensions})


def _words(codes: np.ndarray, none: str = "") -> np.ndarray:
    """Outcomes in words; `none` where the code is of no outcome."""
    words = {int(outcome): outcome.name.lower().replace("_", " ") for outcome in Outcome}
    return np.vectorize(lambda code: words.get(int(code), none), otypes=[str])(codes)


def _lifetimes(artifacts: dict[str, dict[str, np.ndarray]]) -> xr.Dataset:
    """One row a network, origin and class; NaN, or −1, for a class without a mean state."""
    like = next(arrays for arrays in artifacts.values() if arrays)

    def stacked(name: str) -> np.ndarray:
        missing = np.full_like(like[name], np.nan if np.issubdtype(like[name].dtype, np.floating) else -1)
        return np.stack([arrays.get(name, missing) for arrays in artifacts.values()])

    measures = dict.fromkeys(name.partition(".")[2] for name in like if name.startswith(f"{ORIGINS[0]}."))
    variables = {
        name: (("network", "origin", "class"), np.stack([stacked(f"{o}.{name}") for o in ORIGINS], axis=1))
        for name in measures
    }
    variables |= {f"noise_{name}": (("network", "class"), stacked(f"noise.{name}")) for name in NOISY}
    classes = np.arange(variables["noise_drift"][1].shape[-1])
    return xr.Dataset(variables, coords={"network": list(artifacts), "origin": list(ORIGINS), "class": classes})
