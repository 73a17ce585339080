"""Who a network is, and what a measurement depends on: hashes of plain values that outlive new options."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Self

from slowpoints._options import identity
from slowpoints.data import Corpus
from slowpoints.measurements import MEASUREMENTS, with_needs
from slowpoints.networks import FRONT_ENDS, UNITS
from slowpoints.study._config import StudyConfig
from slowpoints.training import NetworkRecipe


@dataclasses.dataclass(frozen=True)
class CorpusFacts:
    """What a study knows of its corpus without opening it.

    - `name`, `checksum`: which corpus it is; see `Corpus`.
    - `classes`, `pixels`: how many.
    - `image_shape`: of an image, part of the checksum; studies begun before it was kept here take an image for a row.
    - `mean`, `std`: the moments of a noise pixel.

    Example:
        >>> from slowpoints import load_corpus
        >>> from slowpoints.study import CorpusFacts
        >>> CorpusFacts.of(load_corpus("digits")).pixels
        64
    """

    name: str
    checksum: str
    classes: int
    pixels: int
    mean: float
    std: float
    image_shape: tuple[int, ...] = dataclasses.field(default=(), compare=False)

    def __post_init__(self):
        object.__setattr__(self, "image_shape", self.image_shape or (self.pixels,))

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> Self:
        """The facts as they are written in `study.json`. Raises `TypeError` if they are not whole."""
        return cls(**{**written, "image_shape": tuple(written.get("image_shape", ()))})

    @classmethod
    def of(cls, corpus: Corpus) -> Self:
        """The facts of a corpus."""
        pixels = int(corpus.train.images.shape[1])
        return cls(corpus.name, corpus.checksum, corpus.classes, pixels, corpus.mean, corpus.std, corpus.image_shape)


def parts_of(recipe: NetworkRecipe, corpus: CorpusFacts, ensemble: int) -> dict[str, str]:
    """What goes into a network's ID besides its unit, readout and seed, as JSON: the same for many of a study."""
    parts: dict[str, Any] = {
        "corpus": {"checksum": corpus.checksum, "mean": corpus.mean, "std": corpus.std},
        "task": {"revision": recipe.task.revision, **identity(recipe.task)},
        "protocol": identity(recipe.protocol),
        "training": {"revision": recipe.training.revision, **identity(recipe.training)},
    }
    front_end = recipe.front_end
    if front_end.kind != "identity":
        parts["front_end"] = {"revision": FRONT_ENDS[front_end.kind].revision, **identity(front_end)}
    # Networks of an ensemble are trained by other products, which need not give the same bits.
    if ensemble != 1:
        parts["ensemble"] = ensemble
    return {name: _json(part) for name, part in parts.items()}


def network_id(
    recipe: NetworkRecipe, corpus: CorpusFacts, ensemble: int, shared: Mapping[str, str] | None = None
) -> str:
    """A network's ID: its setting, its seed, and a hash of everything that determines its weights.

    An option added later leaves IDs as they are, as long as it says in `option` what networks did before; a change
    of meaning raises the `revision` of its part, and with it the IDs that it concerns. `shared` is what `parts_of` gave
    for another recipe that differs in unit, readout and seed alone.
    """
    unit = {"kind": _json(recipe.unit), "revision": str(UNITS[recipe.unit].revision), "units": str(recipe.units)}
    own = {"unit": _mapping(unit), "readout": _json(recipe.readout), "seed": str(recipe.seed)}
    digest = _hash(_mapping({**own, **(shared or parts_of(recipe, corpus, ensemble))}))
    return f"{recipe.unit}-{recipe.readout}-{recipe.protocol.name}-{recipe.seed}-{digest}"


def fingerprints(config: StudyConfig, names: tuple[str, ...], network: str, weights: str) -> dict[str, str]:
    """What each measurement of a network depends on, as a hash: two that agree are of the same numbers.

    It covers the network, the checksum of its weights, the measurement's settings and revision, those of all that it
    needs, and, for one that reads the history, which snapshots and records there are.

    Args:
        config: the study's.
        names: the measurements; what they need is added.
        network: the network's ID.
        weights: the checksum of its trained weights.
    """
    made: dict[str, str] = {}
    of = {"network": _json(network), "weights": _json(weights)}
    history = f"[{config.records}, {config.snapshots}, {config.snapshots_around}]"
    for name in with_needs(names):
        measurement = MEASUREMENTS[name]
        parts = of | {
            "measurement": _json(name),
            "revision": str(measurement.revision),
            "settings": config.identities[name],
            "needs": _mapping({needed: _json(made[needed]) for needed in measurement.needs}),
        }
        if measurement.reads_history:
            parts["history"] = history
        made[name] = _hash(_mapping(parts))
    return made


def hash_of(parts: Mapping[str, Any]) -> str:
    """A short hash of plain values."""
    return _hash(_json(parts))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _mapping(parts: Mapping[str, str]) -> str:
    """A mapping whose values are JSON already, as JSON. What is the same for ten thousand networks is made once."""
    return "{" + ", ".join(f'"{name}": {parts[name]}' for name in sorted(parts)) + "}"


_json = json.JSONEncoder(sort_keys=True).encode
"""Of text alone it takes a tenth of the time."""
