"""Running the stages of a study over all its networks, whatever has been done already."""

import concurrent.futures
import dataclasses
import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from slowpoints._errors import InputError
from slowpoints.data import Corpus
from slowpoints.study.artifacts import is_complete
from slowpoints.study.config import StudyConfig
from slowpoints.study.engines import process_pool, processors
from slowpoints.study.folder import Study
from slowpoints.study.grid import networks_of
from slowpoints.study.lifetimes import lifetime_inputs, lifetimes_in_network
from slowpoints.study.progress import ProgressFiles, read_progress
from slowpoints.study.robustness import robustness_in_network, robustness_inputs
from slowpoints.study.slow_points import find_in_network, find_inputs
from slowpoints.study.stages import (
    extrapolate_network,
    extrapolation_inputs,
    Group,
    is_trained,
    open_corpus,
    train_group,
)
from slowpoints.study.tracks import track_in_network, track_inputs
from slowpoints.training import NonFiniteLoss

STAGES = ("train", "extrapolate", "find", "track")
"""The stages of a network, in order."""

ARTIFACTS = {
    "extrapolate": {"extrapolation": extrapolation_inputs},
    "find": {"slow_points": find_inputs, "lifetimes": lifetime_inputs, "robustness": robustness_inputs},
    "track": {"tracks": track_inputs},
}
"""The files that each stage after training leaves, and what tells whether they are up to date."""

REPRODUCED = STAGES[:3]
"""What a study runs unless it is told to track as well, which takes about as long as all the others."""


@dataclasses.dataclass(frozen=True)
class Status:
    """Where one network of a study stands: which stages are done, and what its worker last noted."""

    network: str
    done: tuple[str, ...]
    progress: dict[str, Any]


def status_of(study: Study, networks: Group) -> tuple[Status, ...]:
    """Where every network stands, read from disk."""
    return tuple(
        Status(
            network,
            tuple(s for s in STAGES if _is_done(study, s, network, recipe)),
            read_progress(study.network_folder(network)),
        )
        for network, recipe in networks.items()
    )


def begin(config: StudyConfig, folder: Path, *, data: Path | None = None) -> Study:
    """Begins a study, or goes on with the one in `folder`, once it is known that its networks can be made.

    Raises `InputError` if the corpus or a schedule cannot be used, before anything is written.
    """
    if not (folder / "study.json").exists():
        networks_in(Study(config, folder, data))
    return Study.create(config, folder, data=data)


def run_stages(
    study: Study,
    stages: Sequence[str] = REPRODUCED,
    *,
    workers: int | None = None,
    watch: Callable[[tuple[Status, ...]], None] = lambda _: None,
) -> tuple[str, ...]:
    """Runs the given stages for every network that lacks them, in worker processes.

    **Arguments:** `workers`: how many processes; one a processor by default. `watch` is called about twice a second
    with the status of every network.

    **Returns:** a sentence for each group of networks that failed (a loss that was not finite); the others are done.

    Raises `InputError` if a stage needs another that has not been run.
    """
    corpus = open_corpus(study)
    networks = networks_of(study.config, corpus)
    if "train" not in stages:
        missing = [network for network, recipe in networks.items() if not is_trained(study, network, recipe)]
        if missing:
            raise InputError(
                f"{len(missing)} of the {len(networks)} networks in {study.folder} are not trained yet; run "
                f"`slowpoints train {study.folder}` first."
            )
    groups = [
        group
        for group in _groups(study, networks)
        if not all(_is_done(study, s, n, r) for s in stages for n, r in group.items())
    ]
    failures = []
    if groups:
        with process_pool(min(workers or processors(), len(groups))) as pool:
            try:
                futures = [pool.submit(_run_group, study, tuple(stages), group) for group in groups]
                waiting = set(futures)
                while waiting:
                    finished, waiting = concurrent.futures.wait(waiting, timeout=0.5)
                    watch(status_of(study, networks))
                    failures += [failure for future in finished if (failure := future.result())]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    watch(status_of(study, networks))
    return tuple(failures)


def _run_group(study: Study, stages: tuple[str, ...], group: Group) -> str | None:
    """In a worker: the given stages of one group; a sentence if training failed."""
    corpus = _corpus_here(study.folder, study.data)
    if "train" in stages:
        try:
            train_group(study, group, corpus)
        except NonFiniteLoss as failure:
            return str(failure)
    for network, recipe in group.items():
        if "extrapolate" in stages:
            extrapolate_network(study, network, recipe, corpus)
        if "find" in stages:
            find_in_network(study, network, recipe, corpus)
            lifetimes_in_network(study, network, recipe, corpus)
            robustness_in_network(study, network, recipe, corpus)
        if "track" in stages:
            track_in_network(study, network, recipe, corpus)
    ProgressFiles(tuple(map(study.network_folder, group))).stage("")
    return None


@functools.cache
def _corpus_here(study_folder: Path, data: Path | None) -> Corpus:
    """The corpus, read once in each worker."""
    return open_corpus(Study.open(study_folder, data=data))


def _groups(study: Study, networks: Group) -> Iterator[Group]:
    """Networks of one setting, `ensemble` at a time."""
    by_setting = itertools.groupby(networks.items(), key=lambda item: (item[1].unit, item[1].sigmoid, item[1].protocol))
    for _, members in by_setting:
        members = list(members)
        for first in range(0, len(members), study.config.ensemble):
            yield dict(members[first : first + study.config.ensemble])


def _is_done(study: Study, stage: str, network: str, recipe: Any) -> bool:
    if stage == "train":
        return is_trained(study, network, recipe)
    folder, config = study.network_folder(network), study.config
    return all(is_complete(folder / f"{name}.safetensors", inputs(config)) for name, inputs in ARTIFACTS[stage].items())


def networks_in(study: Study) -> Group:
    """Every network of the study by its ID."""
    return networks_of(study.config, open_corpus(study))
