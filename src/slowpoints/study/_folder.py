"""A study on disk."""

import dataclasses
import json
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from slowpoints._atomic import is_partial
from slowpoints._errors import Damaged, InputError
from slowpoints._options import before
from slowpoints.data import Corpus, load_corpus
from slowpoints.data._files import optional_path
from slowpoints.explorer import Explorer
from slowpoints.measurements import MEASUREMENTS, with_needs
from slowpoints.study._config import config_to_mapping, StudyConfig
from slowpoints.study._datasets import dataset_name
from slowpoints.study._grid import joined, networks_of, PlannedNetwork
from slowpoints.study._identity import CorpusFacts, fingerprints
from slowpoints.study._json import read_checked_json, write_json
from slowpoints.study._reading import config_from
from slowpoints.study._record import NetworkRecord, versions

FREE = ("name", "corpus_file", "networks", "schedules", "keep", "measurements")
"""What may be changed of a study that has begun; everything else makes another study."""


@dataclasses.dataclass(frozen=True)
class Study:
    """A config and the folder its results live in.

    - `config`: everything that determines the study.
    - `folder`: where everything lies.
    - `corpus`: what is known of its corpus; it need not be there to read results.
    - `data`: the folder corpora are looked for in first; not part of the study, because corpora are told by checksum.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import PRESETS, Study
        >>> study = Study.create(PRESETS["digits"], Path("mine"))
        >>> study.save()
        >>> len(Study.open(Path("mine")).networks)
        23
    """

    config: StudyConfig
    folder: Path
    corpus: CorpusFacts
    data: Path | None = None

    @classmethod
    def create(cls, config: StudyConfig, folder: str | Path, *, data: str | Path | None = None) -> Self:
        """Begins a study in `folder`, or lets the one there grow.

        What a study in the folder has is kept: its networks and those of `config` together are the study's from now
        on, and measurements take the options of `config`. It is written by `save`, not before.

        Raises:
            InputError: if the corpus or a schedule cannot be used, if `config` is of other networks than the study
                that is there, or if something else lies there.
        """
        folder, data = Path(folder), optional_path(data)
        if (folder / "study.json").exists():
            return cls.open(folder, data=data).grown(config)
        # Another command may be writing study.json just now, or the disk was full when one began.
        if folder.exists() and (not folder.is_dir() or any(not is_partial(path) for path in folder.iterdir())):
            raise InputError(f"{folder} is there already and is not a study; choose another --output.")
        study = cls(config, folder, CorpusFacts.of(_corpus(config, data)), data)
        study.networks  # noqa: B018, it raises for a schedule that cannot be used
        return study

    @classmethod
    def open(cls, folder: str | Path, *, data: str | Path | None = None) -> Self:
        """Opens the study in `folder`. Raises `InputError` if there is none or its file is damaged.

        An option that it was written without has the value that says what was done then. A measurement that this
        version of slowpoints does not have is left out; its files stay where they are.
        """
        folder, data = Path(folder), optional_path(data)
        path = folder / "study.json"
        if not path.exists():
            raise InputError(f"{folder} is not a study: it has no study.json; begin one with `slowpoints reproduce`.")
        content = read_checked_json(path)
        try:
            corpus, config = CorpusFacts.read(content["corpus"]), content["config"]
        except (KeyError, TypeError) as error:
            raise Damaged(path, f"it lacks {error}", "restore it or begin a new study") from error
        return cls(_as_written(config), folder, corpus, data)

    def grown(self, config: StudyConfig) -> Self:
        """The study with the networks of `config` too, and with its measurements' options.

        Raises:
            InputError: if `config` differs in anything that makes another study.
        """
        mine, other = config_to_mapping(self.config), config_to_mapping(config)
        differing = [name for name in mine if name not in FREE and mine[name] != other[name]]
        both = {**self.config.schedules, **config.schedules}
        differing += [f"schedules.{n}" for n, s in self.config.schedules.items() if both[n] != s]
        if differing:
            raise InputError(
                f"{self.folder} holds another study (its config differs in {', '.join(differing)}); "
                f"choose another --output."
            )
        grids = joined(self.config.networks, config.networks)
        return dataclasses.replace(self, config=dataclasses.replace(config, networks=grids, schedules=both))

    def measuring(self, names: Iterable[str]) -> Self:
        """The study with these measurements of every network too."""
        more = tuple(
            dataclasses.replace(grid, measurements=with_needs((*grid.measurements, *names)))
            for grid in self.config.networks
        )
        return dataclasses.replace(self, config=dataclasses.replace(self.config, networks=joined((), more)))

    def save(self) -> None:
        """Writes `study.json`, if it is not as it should be."""
        path = self.folder / "study.json"
        content = {"config": config_to_mapping(self.config), "corpus": dataclasses.asdict(self.corpus)}
        there = read_checked_json(path) if path.exists() else {}
        if there.get("config") != json.loads(json.dumps(content["config"])):
            write_json(path, content | {"versions": there.get("versions", versions())})

    def other_versions(self) -> dict[str, tuple[str, str]]:
        """Of what numbers depend on: the versions that the study began with and those here, where they differ."""
        path, here = self.folder / "study.json", versions()
        began = read_checked_json(path).get("versions", {}) if path.exists() else {}
        return {name: (began[name], here[name]) for name in here if began.get(name, here[name]) != here[name]}

    @cached_property
    def networks(self) -> dict[str, PlannedNetwork]:
        """Every network that the study asks for, by its ID, whether it is there or not."""
        return networks_of(self.config, self.corpus)

    def open_corpus(self) -> Corpus:
        """The study's corpus. Raises `InputError` if it is not found, or is not the one the study began with."""
        corpus = _corpus(self.config, self.data)
        if CorpusFacts.of(corpus) != dataclasses.replace(self.corpus, name=corpus.name):
            raise InputError(
                f"The corpus {corpus.name} is not the one that {self.folder} began with (another checksum); "
                "give the folder of the right one with --data."
            )
        return corpus

    def network_folder(self, network: str) -> Path:
        """Where everything about one network lies."""
        return self.folder.joinpath("networks", network)

    def record(self, network: str) -> NetworkRecord | None:
        """What is written of a network; None if it has not begun."""
        return NetworkRecord.read(self.network_folder(network))

    def dataset_paths(self, network: str, record: NetworkRecord | None) -> dict[str, Path]:
        """Where the network's measurements lie, or will lie, by name; none before it is trained."""
        folder = self.network_folder(network) / "measurements"
        return {name: folder / file for name, file in self.dataset_names(network, record).items()}

    def dataset_names(self, network: str, record: NetworkRecord | None) -> dict[str, str]:
        """The names of those files alone, which take less time than their paths."""
        if record is None or record.weights is None:
            return {}
        made = fingerprints(self.config, self.networks[network].measurements, network, record.weights)
        return {name: dataset_name(name, fingerprint) for name, fingerprint in made.items()}

    def explore(self) -> Explorer:
        """The study's networks to walk around in: shows itself in a notebook, `save` writes a page.

        Raises:
            InputError: if no trajectories have been measured.

        Example:
            >>> from pathlib import Path
            >>> from slowpoints import PRESETS, Study
            >>> study = Study.create(PRESETS["digits"], Path("mine"))
            >>> try:
            ...     study.explore().save("networks.html")
            ... except ValueError as error:
            ...     print(error)
            This study has not measured trajectories in phase space; `slowpoints run STUDY --only trajectories` does.
        """
        from slowpoints.results import has, not_measured, views
        from slowpoints.study._collect import results_of

        results = results_of(self)
        if not has(results, "trajectories"):
            raise InputError(not_measured(results, "trajectories"))
        return Explorer(views(results), self.config.name)

    @property
    def results_path(self) -> Path:
        """The labelled results of the whole study, a copy that can always be made anew."""
        return self.folder / "results.zarr"


def _as_written(config: dict[str, Any]) -> StudyConfig:
    """The config in a study's file, which another version of slowpoints may have written."""
    known = {
        **config,
        "networks": [
            {**grid, "measurements": [name for name in grid["measurements"] if name in MEASUREMENTS]}
            for grid in config["networks"]
        ],
        "measurements": {name: options for name, options in config["measurements"].items() if name in MEASUREMENTS},
    }
    return config_from(known, base=config_from(before(StudyConfig())))


def _corpus(config: StudyConfig, data: Path | None) -> Corpus:
    return load_corpus(config.corpus, folder=data, file=config.corpus_file or None)
