"""The labelled results of a study: its networks' measurements, one beside the other, as one xarray DataTree."""

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TYPE_CHECKING

import numpy as np

from slowpoints._atomic import set_aside
from slowpoints._errors import Damaged, InputError
from slowpoints._number_of import number_of
from slowpoints.measurements import Measurement, MEASUREMENTS
from slowpoints.study._config import config_to_mapping
from slowpoints.study._datasets import load_arrays, Variable
from slowpoints.study._folder import Study
from slowpoints.study._identity import hash_of
from slowpoints.study._record import NetworkRecord

SUM = "SHA256"
"""The file in results.zarr that has the checksum of all others."""

if TYPE_CHECKING:
    import xarray as xr


def results_of(study: Study) -> "xr.DataTree":
    """Everything that has been measured in a study; a group without any measured network is left out.

    Each group is a measurement, its variables with `network` before their own dimensions, and along `network` the
    coordinates unit, protocol, readout, seed, corpus, processor and versions. `results.zarr` in the study's folder is
    a copy of it, which is read where it is up to date and otherwise made anew; but a copy that has more in it than can
    be found now stays.

    Raises:
        InputError: if a file of a network is damaged. It is set aside, and counts as missing from then on.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import PRESETS, results_of, Study
        >>> results = results_of(Study.create(PRESETS["digits"], Path("mine")))
        >>> results.attrs["name"], list(results.children)  # nothing has been measured yet
        ('digits', [])
    """
    records, damaged = {}, []
    for network in study.networks:
        try:
            if record := study.record(network):
                records[network] = record
        except Damaged as one:
            damaged.append(one)
    _refuse(damaged)
    paths = {
        network: {name: path for name, path in study.dataset_paths(network, record).items() if path.exists()}
        for network, record in records.items()
    }
    contents = hash_of(
        {
            "config": config_to_mapping(study.config),
            "files": {network: sorted(path.name for path in of.values()) for network, of in paths.items()},
            "records": {network: [r.processor, r.versions] for network, r in records.items()},
        }
    )
    kept = _load(study.results_path, contents)
    if kept is not None:
        return kept
    results = _collect(study, records, paths)
    results.attrs["contents"] = contents
    if not _beyond(_content(study.results_path), results):
        _save(study.results_path, results)
    return results


def lost_since(study: Study, results: "xr.DataTree") -> str:
    """What the copy in a study's folder has that these results of it lack, in words; "" if nothing.

    A report should not leave that out without a word: the networks, say, of a folder that was moved away.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import PRESETS, results_of, Study
        >>> from slowpoints.study import lost_since
        >>> study = Study.create(PRESETS["digits"], Path("mine"))
        >>> lost_since(study, results_of(study))
        ''
    """
    lost = _beyond(_content(study.results_path), results)
    return ", ".join(f"{name} of {number_of(len(networks), 'networks')}" for name, networks in sorted(lost.items()))


def forget_lost(study: Study) -> None:
    """Removes the copy of the results in a study's folder.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import PRESETS, results_of, Study
        >>> from slowpoints.study import forget_lost
        >>> study = Study.create(PRESETS["digits"], Path("mine"))
        >>> _ = results_of(study)
        >>> forget_lost(study)
        >>> study.results_path.exists()
        False
    """
    shutil.rmtree(study.results_path, ignore_errors=True)


def _content(path: Path) -> dict[str, set[str]]:
    """The networks of each measurement in the copy; none where it cannot be read."""
    import xarray as xr

    try:
        with xr.open_datatree(path, engine="zarr", consolidated=True) as tree:
            return {name: _networks(group) for name, group in tree.children.items()}
    except Exception:  # whatever is wrong with a copy, it is made anew
        return {}


def _networks(group: "xr.DataTree") -> set[str]:
    return set(map(str, group.to_dataset()["network"].values))


def _beyond(content: dict[str, set[str]], results: "xr.DataTree") -> dict[str, set[str]]:
    here = {name: _networks(group) for name, group in results.children.items()}
    return {name: rest for name, networks in content.items() if (rest := networks - here.get(name, set()))}


def _refuse(damaged: Sequence[Damaged]) -> None:
    """Sets damaged files aside and says so."""
    if damaged:
        first = damaged[0]
        more = f" and {len(damaged) - 1} more files" if len(damaged) > 1 else ""
        told, *_ = [set_aside(one.path) for one in damaged]
        raise InputError(
            f"{first.path}{more} cannot be used, being damaged ({first.what}): {told}; `slowpoints run` makes it anew."
        ) from first


def _collect(study: Study, records: dict[str, NetworkRecord], paths: dict[str, dict[str, Path]]) -> "xr.DataTree":
    import xarray as xr

    groups, damaged = {}, []
    for name, measurement in MEASUREMENTS.items():
        found = {}
        for network, of in paths.items():
            if name in of:
                try:
                    found[network] = _collected(measurement, load_arrays(of[name])[0])
                except Damaged as one:
                    damaged.append(one)
        if found:
            group = _concatenated(measurement, found)
            groups[name] = group.assign_coords(_coordinates(study, records, list(found)))
    _refuse(damaged)
    attributes = {
        "name": study.config.name,
        "corpus": study.corpus.name,
        "config": json.dumps(config_to_mapping(study.config)),
        "steps": study.config.training.steps,
        "trial_steps": study.config.task.trial_steps,
        "networks": len(study.networks),
    }
    return xr.DataTree.from_dict({"/": xr.Dataset(attrs=attributes), **groups})


def _collected(measurement: Measurement, variables: dict[str, Variable]) -> dict[str, Variable]:
    """Of a network's variables, those that are in a study's results, and the labels along their dimensions."""
    kept = {name: variables[name] for name, variable in measurement.variables.items() if variable.collected}
    return kept | {dim: variables[dim] for variable in list(kept.values()) for dim in variable.dims}


def _concatenated(measurement: Measurement, found: dict[str, dict[str, Variable]]) -> "xr.Dataset":
    """Where networks differ in what lies along a dimension: all of it, with what is missing between."""
    import xarray as xr

    # Networks that agree in all labels, nearly always many, are put together at once, which xarray does one by one.
    alike: dict[tuple[Any, ...], list[str]] = {}
    for network, variables in found.items():
        labels = tuple((name, v.values.tobytes()) for name, v in variables.items() if (name,) == v.dims)
        alike.setdefault((tuple(variables), labels), []).append(network)
    parts = [_stacked({network: found[network] for network in networks}) for networks in alike.values()]
    missing = {str(name): measurement.variables[str(name)].missing for name in parts[0].data_vars}
    joined = xr.concat(parts, "network", join="outer", fill_value=missing, combine_attrs="override")
    return joined.sel(network=list(found)).transpose("network", ...)


def _stacked(found: dict[str, dict[str, Variable]]) -> "xr.Dataset":
    """Networks whose variables have the same names, dimensions and labels."""
    import xarray as xr

    arrays: dict[str, Any] = {}
    labels: dict[str, Any] = {"network": list(found)}
    for name, (dims, values, attributes) in next(iter(found.values())).items():
        if (name,) == dims:
            labels[name] = dims, values, attributes
        else:
            rows = np.stack([variables[name].values for variables in found.values()])
            arrays[name] = ("network", *dims), rows, attributes
    return xr.Dataset(arrays, labels)


def _coordinates(study: Study, records: dict[str, NetworkRecord], networks: list[str]) -> dict:
    recipes = [study.networks[network].recipe for network in networks]
    of = [records[network] for network in networks]
    return {
        "network": networks,
        "unit": ("network", [r.unit for r in recipes]),
        "protocol": ("network", [r.protocol.name for r in recipes]),
        "readout": ("network", [r.readout for r in recipes]),
        "seed": ("network", [r.seed for r in recipes]),
        "corpus": ("network", [study.corpus.name] * len(recipes)),
        "processor": ("network", [record.processor for record in of]),
        "versions": ("network", [", ".join(f"{n} {v}" for n, v in record.versions.items()) for record in of]),
    }


def _load(path: Path, contents: str) -> "xr.DataTree | None":
    """The copy, if it is there, whole, and of these contents."""
    import xarray as xr

    try:
        if (path / SUM).read_text() != _sum_of(path):
            return None
        with xr.open_datatree(path, engine="zarr", consolidated=True) as tree:
            return tree.load() if tree.attrs.get("contents") == contents else None
    except Exception:  # whatever is wrong with a copy, it is made anew
        return None


def _save(path: Path, results: "xr.DataTree") -> None:
    """Writes the copy aside, under a name of this process' own, and puts it in the place of the old one.

    A kill may leave no copy at all, and of two commands at once one may find the other's in its way: neither is a
    loss, because the next reader makes it anew. Nor is a folder that cannot be written.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.partial")
    old = path.with_name(f".{path.name}.{os.getpid()}.old")
    try:
        results.to_zarr(aside, zarr_format=2, consolidated=True)
        (aside / SUM).write_text(_sum_of(aside))
        if path.exists():
            path.rename(old)
        aside.rename(path)
    except OSError:
        pass
    finally:
        for leftover in (aside, old):
            shutil.rmtree(leftover, ignore_errors=True)


def _sum_of(folder: Path) -> str:
    """One checksum of all files below a folder and their names; zarr's own format has none."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != SUM:
            total.update(
                path.relative_to(folder).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest()
            )
    return total.hexdigest()
