"""What is written beside a network: `network.json` says what it is, and from when on it is trained."""

import dataclasses
import datetime
import importlib.metadata
import platform
from pathlib import Path
from typing import Any, Self

import jax

from slowpoints._errors import Damaged
from slowpoints._options import plain
from slowpoints.study._json import read_checked_json, write_json
from slowpoints.training import NetworkRecipe


@dataclasses.dataclass(frozen=True)
class NetworkRecord:
    """The index of a network. Nothing that reads results needs more of it than this.

    - `network`: its ID.
    - `recipe`: what it is, as plain values.
    - `processor`, `versions`: what it was trained on (a processor, or the GPU by its name) and with.
    - `weights`: the checksum (SHA-256) of its trained weights' file; None until it is trained.
    - `finished`: when its training ended, in UTC; None until then.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import Study
        >>> study = Study.open(Path("examples/results/mnist-half"))
        >>> network = next(iter(sorted(study.networks)))
        >>> study.record(network).recipe["units"]
        200
    """

    network: str
    recipe: dict[str, Any]
    processor: str
    versions: dict[str, str]
    weights: str | None = None
    finished: str | None = None

    @classmethod
    def begun(cls, network: str, recipe: NetworkRecipe) -> Self:
        """The record of a network that is about to be trained here."""
        return cls(network, plain(recipe), processor(), versions())

    def trained(self, weights: str) -> Self:
        """The record once the network is trained; `weights` is their checksum."""
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        device = jax.devices()[0]
        on = processor() if device.platform == "cpu" else device.device_kind
        return dataclasses.replace(self, weights=weights, finished=now, processor=on, versions=versions())

    def write(self, folder: Path) -> None:
        """Writes `network.json` into a network's folder."""
        write_json(record_path(folder), dataclasses.asdict(self))

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """The record in a network's folder; None if there is none. Raises `Damaged` if it is not what was written."""
        path = record_path(folder)
        try:
            record = cls(**read_checked_json(path))
        except FileNotFoundError:
            return None
        except TypeError as error:
            raise Damaged(path, str(error)) from error
        if record.network != folder.name:
            raise Damaged(path, f"it is of the network {record.network}")
        return record


def record_path(folder: Path) -> Path:
    """Where a network's record lies."""
    return folder / "network.json"


def versions() -> dict[str, str]:
    """The versions that numbers depend on."""
    names = ("slowpoints", "jax", "equinox", "optax", "numpy", "scipy")
    return {"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in names}


def processor() -> str:
    """The processor's name, as the system gives it, with its family and model: one name may stand for processors that
    round otherwise.
    """
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    # Of several processors the last; they are alike.
    facts = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if "model name" not in facts:
        return platform.processor() or platform.machine()
    kind = [f"{name} {facts[name]}" for name in ("cpu family", "model") if name in facts]
    return f"{facts['model name']} ({', '.join(kind)})" if kind else facts["model name"]
