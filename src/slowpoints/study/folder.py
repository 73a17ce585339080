"""A study on disk."""

import dataclasses
import importlib.metadata
import json
import platform
from pathlib import Path
from typing import Self

from slowpoints._atomic import write_atomically
from slowpoints._errors import InputError
from slowpoints.study.config import config_from, config_to_mapping, StudyConfig
from slowpoints.study.grid import hash_of


@dataclasses.dataclass(frozen=True)
class Study:
    """A frozen config and the folder its results live in.

    `data`: the folder corpora are looked for in first; not part of the study, because corpora are told by checksum.
    """

    config: StudyConfig
    folder: Path
    data: Path | None = None

    @classmethod
    def create(cls, config: StudyConfig, folder: Path, *, data: Path | None = None) -> Self:
        """Begins a study in `folder`, or goes on with the one there if its config is the same.

        Raises `InputError` if another study is there.
        """
        path = folder / "study.json"
        mapping = config_to_mapping(config)
        if path.exists():
            there = cls.open(folder, data=data)
            if hash_of(config_to_mapping(there.config)) != hash_of(mapping):
                raise InputError(
                    f"{folder} holds another study (its config differs in {_difference(there.config, config)}); "
                    f"choose another --output."
                )
            return there
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError(f"{folder} is there already and is not a study; choose another --output.")
        content = {"config": mapping, "hash": hash_of(mapping), "versions": versions()}
        write_atomically(path, json.dumps(content, indent=2).encode())
        return cls(config, folder, data)

    @classmethod
    def open(cls, folder: Path, *, data: Path | None = None) -> Self:
        """Opens the study in `folder`. Raises `InputError` if there is none or its file is damaged."""
        path = folder / "study.json"
        if not path.exists():
            raise InputError(f"{folder} is not a study: it has no study.json; begin one with `slowpoints reproduce`.")
        try:
            content = json.loads(path.read_text())["config"]
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path} is damaged ({error}); restore it or begin a new study.") from error
        return cls(config_from(content), folder, data)

    def network_folder(self, network: str) -> Path:
        """Where everything about one network lies."""
        return self.folder / "networks" / network

    @property
    def results_path(self) -> Path:
        """The labelled results of the whole study."""
        return self.folder / "results.zarr"


def versions() -> dict[str, str]:
    """The versions that numbers depend on."""
    names = ("slowpoints", "jax", "equinox", "optax", "numpy", "scipy")
    return {"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in names}


def _difference(ours: StudyConfig, theirs: StudyConfig) -> str:
    mine, other = config_to_mapping(ours), config_to_mapping(theirs)
    return ", ".join(name for name in mine if mine[name] != other[name])
