"""From a config to the networks it asks for."""

import dataclasses
import itertools
import math
import operator
from collections.abc import Iterator, Mapping
from typing import Any

from slowpoints._errors import InputError
from slowpoints.measurements import MEASUREMENTS, with_needs
from slowpoints.networks import check_front_end, ReadoutKind
from slowpoints.protocols import Protocol, PROTOCOLS, Schedule, TIMETABLES
from slowpoints.study._config import Grid, StudyConfig
from slowpoints.study._identity import CorpusFacts, network_id, parts_of
from slowpoints.study._names import nearest, plainly, shown
from slowpoints.training import NetworkRecipe, TrainingSettings

Setting = tuple[int, int, str, ReadoutKind, str]
"""Seed, which training of its initial weights, unit, readout and protocol."""

APART = 1_000_000
"""How far the data's seeds of two trainings of the same initial weights are from each other."""


@dataclasses.dataclass(frozen=True)
class PlannedNetwork:
    """A network of a study: its recipe, and the names of what is measured of it, in the order of the registry."""

    recipe: NetworkRecipe
    measurements: tuple[str, ...]


def networks_of(config: StudyConfig, corpus: CorpusFacts) -> dict[str, PlannedNetwork]:
    """Every network of the study by its ID.

    Seed by seed, and within a seed in the order of the config, so that what is cut off leaves whole pairs. A network
    that several grids name is one, and has the measurements of all of them.

    Raises:
        InputError: for a schedule that cannot be used, or a front end that does not fit the corpus' images.
    """
    check_front_end(config.front_end, corpus.image_shape)
    wanted: dict[Setting, set[str]] = {}
    for grid in config.networks:
        needed = with_needs(grid.measurements)
        for setting in _settings(grid):
            wanted.setdefault(setting, set()).update(needed)
    protocols: dict[str, Protocol] = {}
    made, shared = {}, {}
    for setting in sorted(wanted, key=lambda setting: setting[:2]):
        seed, training, unit, readout, name = setting
        if name not in protocols:
            protocols[name] = _protocol(config, name, corpus.classes)
        trained = _on_other_data(config.training, seed, training)
        recipe = NetworkRecipe(
            unit, config.units, readout, protocols[name], seed, config.task, trained, config.front_end
        )
        measured = tuple(m for m in MEASUREMENTS if m in wanted[setting])
        alike = name, trained.data_seed
        if alike not in shared:
            shared[alike] = parts_of(recipe, corpus, config.ensemble)
        made[network_id(recipe, corpus, config.ensemble, shared[alike])] = PlannedNetwork(recipe, measured)
    return made


def groups_of(networks: Mapping[str, PlannedNetwork], ensemble: int) -> list[tuple[str, ...]]:
    """The networks that are trained together: of one setting, `ensemble` at a time, each group where its first is."""
    of_setting: dict[tuple[Any, ...], list[str]] = {}
    for network, planned in networks.items():
        recipe = planned.recipe
        of_setting.setdefault((recipe.unit, recipe.readout, recipe.protocol), []).append(network)
    groups = [
        tuple(members[first : first + ensemble])
        for members in of_setting.values()
        for first in range(0, len(members), ensemble)
    ]
    place = {network: k for k, network in enumerate(networks)}
    return sorted(groups, key=lambda group: place[group[0]])


def joined(grids: tuple[Grid, ...], more: tuple[Grid, ...]) -> tuple[Grid, ...]:
    """The grids that name all networks and measurements of both, none of them needlessly."""
    kept = list(dict.fromkeys((*grids, *more)))
    for grid in list(kept):
        others = [_covered(other) for other in kept if other is not grid]
        if _covered(grid) <= set().union(*others):
            kept.remove(grid)
    return tuple(kept)


def _covered(grid: Grid) -> set[tuple[Setting, str]]:
    return {(setting, name) for setting in _settings(grid) for name in with_needs(grid.measurements)}


def _settings(grid: Grid) -> Iterator[Setting]:
    for unit in grid.unit:
        for readout in grid.readout:
            for protocol in grid.protocol:
                for seed in grid.seed_list:
                    for training in range(grid.trainings):
                        yield seed, training, unit, readout, protocol


def _on_other_data(settings: TrainingSettings, seed: int, training: int) -> TrainingSettings:
    """The settings of one of several trainings of the same initial weights; the first is on the data as they say."""
    if not training:
        return settings
    own = seed if settings.data_seed is None else settings.data_seed
    return dataclasses.replace(settings, data_seed=(own + APART * training) % 2**31)


def _protocol(config: StudyConfig, name: str, classes: int) -> Protocol:
    if name not in config.schedules:
        times = TIMETABLES[config.timetable]
        paper = PROTOCOLS[name](trial_steps=config.task.trial_steps, classes=classes, times=times)
        try:
            return paper.scaled(config.training.steps / times.steps)
        except InputError as error:
            closest = min(later - earlier for earlier, later in itertools.pairwise((0, *paper.breakpoints)))
            raise InputError(
                f"training.steps must be at least {math.ceil(times.steps / closest)} for the changes of {name} to come "
                f"one after the other; got {config.training.steps}."
            ) from error
    mapping = config.schedules[name]
    if not isinstance(mapping, Mapping):
        raise InputError(f"schedules.{name} must be a mapping with longest_delay and vocabulary.")
    full = {"longest_delay": config.task.trial_steps, "vocabulary": classes}
    options = (*full, "order")
    for key in mapping:
        if key not in options:
            within = f"schedules.{name}."
            raise InputError(f"There is no option {within}{key}; {nearest(plainly(key), options, within=within)}")
    order = mapping.get("order", "corpus")
    if order not in ("corpus", "drawn"):
        raise InputError(f"schedules.{name}.order must be corpus or drawn; got {shown(order)}.")
    schedules = {key: _schedule(mapping.get(key, top), f"schedules.{name}.{key}") for key, top in full.items()}
    for key, schedule in schedules.items():
        low = config.task.shortest_delay + 1 if key == "longest_delay" else 1
        for value in schedule.values:
            if not low <= value <= full[key]:
                raise InputError(f"schedules.{name}.{key} must be from {low} to {full[key]}; got {value}.")
        if schedule.breakpoints and schedule.breakpoints[-1] >= config.training.steps:
            raise InputError(
                f"schedules.{name}.{key} changes at step {schedule.breakpoints[-1]}, but training has only "
                f"{config.training.steps} steps."
            )
    return Protocol(name, **schedules, order=order)


def _schedule(raw: Any, path: str) -> Schedule:
    if type(raw) is int:
        return Schedule((raw,))
    try:
        unknown = set(raw) - {"values", "breakpoints"}
        values, breakpoints = (tuple(map(operator.index, raw.get(key, ()))) for key in ("values", "breakpoints"))
    except (TypeError, AttributeError) as error:
        raise InputError(
            f"{path} must be a whole number or {{values: […], breakpoints: […]}}; got {shown(raw)}."
        ) from error
    if unknown:
        name = sorted(map(str, unknown))[0]
        raise InputError(f"There is no option {path}.{name}; {nearest(name, ('values', 'breakpoints'))}")
    try:
        return Schedule(values, breakpoints)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
