"""From a config to the networks it asks for."""

import dataclasses
import hashlib
import itertools
import json
import operator
from collections.abc import Mapping
from typing import Any

from slowpoints._errors import InputError
from slowpoints.data import Corpus
from slowpoints.protocols import Protocol, PROTOCOLS, Schedule
from slowpoints.protocols._named import STEPS
from slowpoints.study.config import nearest, StudyConfig
from slowpoints.training import NetworkRecipe

FORMAT = 1
"""Raised whenever a change of the code changes the networks that a recipe gives."""


def networks_of(config: StudyConfig, corpus: Corpus) -> dict[str, NetworkRecipe]:
    """Every network of the study by its ID: setting, seed, and a hash of everything that determines its weights.

    Networks of one setting follow one another, so that a process compiles once for all of them.
    """
    recipes = {}
    for unit, readout, name, seed in itertools.product(
        config.unit, config.readout, config.protocol, range(config.seeds)
    ):
        recipe = NetworkRecipe(
            unit,
            config.units,
            readout == "sigmoid",
            _protocol(config, name, corpus.classes),
            seed,
            config.training,
        )
        recipes[f"{unit}-{name}-{seed}-{_hash(recipe, corpus, config.ensemble)}"] = recipe
    return recipes


def _hash(recipe: NetworkRecipe, corpus: Corpus, ensemble: int) -> str:
    return hash_of(
        {
            "format": FORMAT,
            "recipe": dataclasses.asdict(recipe),
            "corpus": corpus.checksum,
            "noise": [corpus.mean, corpus.std],
            "ensemble": ensemble,
        }
    )


def hash_of(plain: Mapping[str, Any]) -> str:
    """A short hash of plain data."""
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:10]


def _protocol(config: StudyConfig, name: str, classes: int) -> Protocol:
    if name not in config.schedules:
        make = PROTOCOLS[name]
        return make(trial_steps=config.training.trial_steps, classes=classes).scaled(config.training.steps / STEPS)
    mapping = config.schedules[name]
    if not isinstance(mapping, Mapping):
        raise InputError(f"schedules.{name} must be a mapping with longest_delay and vocabulary.")
    full = {"longest_delay": config.training.trial_steps, "vocabulary": classes}
    for key in mapping:
        if key not in full:
            raise InputError(f"There is no option schedules.{name}.{key}; {nearest(str(key), full)}")
    schedules = {key: _schedule(mapping.get(key, top), f"schedules.{name}.{key}") for key, top in full.items()}
    for key, schedule in schedules.items():
        low = config.training.shortest_delay + 1 if key == "longest_delay" else 1
        for value in schedule.values:
            if not low <= value <= full[key]:
                raise InputError(f"schedules.{name}.{key} must be from {low} to {full[key]}; got {value}.")
    return Protocol(name, **schedules)


def _schedule(raw: Any, path: str) -> Schedule:
    if isinstance(raw, int):
        return Schedule((raw,))
    try:
        values, breakpoints = (tuple(map(operator.index, raw.get(key, ()))) for key in ("values", "breakpoints"))
    except (TypeError, AttributeError) as error:
        raise InputError(f"{path} must be a whole number or {{values: […], breakpoints: […]}}; got {raw!r}.") from error
    try:
        return Schedule(values, breakpoints)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
