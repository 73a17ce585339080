"""What a measurement is: a pure function of one trained network that gives one labelled dataset."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, Self, TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from slowpoints._extras import needs
from slowpoints._keys import key_for
from slowpoints._types import PRNGKey
from slowpoints.data import Corpus
from slowpoints.networks import ConstantInput, MemoryNetwork
from slowpoints.protocols import Protocol
from slowpoints.task import DelayedRecall, ImagesByClass, TaskSettings
from slowpoints.training import History, NetworkRecipe

if TYPE_CHECKING:
    import xarray as xr


@dataclasses.dataclass(frozen=True)
class Variable:
    """One variable of a measurement's dataset.

    - `dims`: its dimensions, in order; the study's results have `network` before them.
    - `description`: what it says, in one sentence.
    - `unit`: of its numbers; "" for words and for numbers without one.
    - `missing`: what stands where there is nothing: NaN for measures, a whole number or a word for what is one.
    - `collected`: whether it is in a study's results; if not, it is in the network's own file only.

    Example:
        >>> from slowpoints.measurements import Variable
        >>> Variable(("class",), "How long the answer lasts.", unit="steps").missing
        nan
    """

    dims: tuple[str, ...]
    description: str
    unit: str = ""
    missing: float | int | str = np.nan
    collected: bool = True


@dataclasses.dataclass(frozen=True)
class Subject:
    """One trained network: what is measured.

    - `history`: its weights through training, read when they are needed, and its metrics.
    - `corpus`, `task`, `protocol`: what it was trained on.
    - `seed`: the network's own, from which all randomness of its measurements comes.
    - `order`: which class of the corpus each of the network's is; the same, if None.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import load_corpus
        >>> from slowpoints.measurements import Subject
        >>> from slowpoints.protocols import vocu
        >>> from slowpoints.task import DelayedRecall, TaskSettings
        >>> from slowpoints.training import History, NetworkRecipe
        >>> corpus, history = load_corpus("digits"), History(Path("network"), (0, 140_000))
        >>> subject = Subject(history, corpus, DelayedRecall.of(TaskSettings(), corpus), vocu(), seed=0)
        >>> subject.shown(8_000), subject.shown(140_000)
        (2, 10)
    """

    history: History
    corpus: Corpus
    task: DelayedRecall
    protocol: Protocol
    seed: int
    order: Int[np.ndarray, " class"] | None = None

    @classmethod
    def of(cls, recipe: NetworkRecipe, history: History, corpus: Corpus) -> Self:
        """The network that a recipe gave."""
        task, order = DelayedRecall.of(recipe.task, corpus), recipe.class_order(corpus.classes)
        return cls(history, corpus, task, recipe.protocol, recipe.seed, order)

    @cached_property
    def network(self) -> MemoryNetwork:
        """The network at the end of its training."""
        return self.history[-1]

    @cached_property
    def under_mean_noise(self) -> ConstantInput:
        """That network under the mean noise, where slow points are searched."""
        return self.under_noise(self.network)

    def under_noise(self, network: MemoryNetwork) -> ConstantInput:
        """A network of the history under the mean of what its unit is fed with while noise comes.

        That is the mean noise image, or behind a front end the mean features of noise images, of the same ones for
        every network of the history.
        """
        return network.under(self.mean_features(network))

    def mean_features(self, network: MemoryNetwork) -> Float[np.ndarray, " feature"]:
        """The mean of what a network's unit is fed with while noise comes."""
        return network.front_end.moments(self.task, key=self.key("noise features")).mean

    def in_noise(self, network: MemoryNetwork, factor: float) -> DelayedRecall:
        """The task in noise of `factor` times the strength, as a network of the history sees it."""
        return network.in_noise(self.task, factor, key=self.key("noise features"))

    def shown(self, step: int) -> int:
        """How many classes had been shown when the snapshot of this training step was taken, just before a change."""
        return self.protocol.vocabulary(max(step - 1, 0))

    def key(self, purpose: str) -> PRNGKey:
        """The network's random key for one purpose; measurements that name the same purpose draw the same."""
        return key_for(self.seed, purpose)

    @cached_property
    def train(self) -> ImagesByClass:
        """The training images, on the device."""
        return ImagesByClass.of(self.corpus.train, self.order)

    @cached_property
    def test(self) -> ImagesByClass:
        """The test images, on the device."""
        return ImagesByClass.of(self.corpus.test, self.order)


class Needed(NamedTuple):
    """A measurement that another one needs: its dataset of the same network, and the settings it was made with.

    Example:
        >>> from slowpoints.measurements import Needed
        >>> Needed._fields
        ('dataset', 'settings')
    """

    dataset: "xr.Dataset"
    settings: Any


@dataclasses.dataclass(frozen=True)
class NoSettings:
    """Of a measurement without options.

    Example:
        >>> from slowpoints.measurements import MEASUREMENTS
        >>> MEASUREMENTS["learning"].settings()
        NoSettings()
    """


@dataclasses.dataclass(frozen=True)
class Measurement:
    """One measurement of a network. It is listed in the registry, and all else follows from what it says here.

    - `name`: of its options in a config, of its files, of its group in the results.
    - `what`: what it gives, in words that fit "has not measured …".
    - `measure`: from the subject, the measurement's settings, the datasets it needs by name, and a function that is
      told in words what is going on, to a dataset of `variables`.
    - `variables`: the schema of that dataset. The first says whether anything was measured at all: where it is
      missing throughout, nothing was.
    - `settings`: the dataclass of its options.
    - `needs`: the measurements of the same network that it reads.
    - `reads_history`: whether it reads more than the final weights; it then depends on which snapshots there are.
    - `reads_metrics`: whether it reads the loss and accuracies through training.
    - `by_default`: whether a study measures it if nothing else is said.
    - `revision`: raised when the same settings begin to give other numbers.
    - `check`: raises `InputError` where settings do not fit the task, before anything is trained.

    Example:
        >>> from slowpoints.measurements import MEASUREMENTS
        >>> MEASUREMENTS["lifetimes"].needs
        ('slow_points',)
    """

    name: str
    what: str
    measure: Callable[[Subject, Any, Mapping[str, Needed], Callable[[str], None]], "xr.Dataset"]
    variables: Mapping[str, Variable]
    settings: type = NoSettings
    needs: tuple[str, ...] = ()
    reads_history: bool = False
    reads_metrics: bool = False
    by_default: bool = True
    revision: int = 1
    check: Callable[[Any, TaskSettings], None] | None = None

    @property
    def dims(self) -> tuple[str, ...]:
        """Every dimension of the dataset."""
        return tuple(dict.fromkeys(dim for variable in self.variables.values() for dim in variable.dims))


def labelled(
    variables: Mapping[str, Variable], coords: Mapping[str, Sequence[Any] | np.ndarray], arrays: Mapping[str, Any]
) -> "xr.Dataset":
    """A dataset of a measurement's variables.

    Args:
        variables: the schema.
        coords: the labels along every dimension.
        arrays: the variables' values; one that is not given is missing throughout.

    Returns:
        The dataset, units and descriptions as attributes. Whole numbers are int32, which is what NetCDF 3 holds.

    Raises:
        ValueError: for an array that the schema does not name or that has another shape.

    Example:
        >>> from slowpoints.measurements import labelled, Variable
        >>> schema = {"count": Variable(("class",), "How many units are saturated.", missing=-1)}
        >>> labelled(schema, {"class": [0, 1]}, {"count": [3, 4]})["count"].attrs["long_name"]
        'How many units are saturated.'
    """
    needs("study", "xarray")
    import xarray as xr

    unknown = sorted(set(arrays) - set(variables))
    if unknown:
        raise ValueError(f"the schema has no variable {', '.join(unknown)}; it has {', '.join(variables)}")
    made = {}
    for name, variable in variables.items():
        shape = tuple(len(coords[dim]) for dim in variable.dims)
        values = np.asarray(arrays[name]) if name in arrays else np.full(shape, variable.missing)
        if 0 in shape:
            raise ValueError(f"{name} has nothing along one of {variable.dims}; NetCDF 3 cannot hold that")
        if values.shape != shape:
            raise ValueError(f"{name} is of shape {values.shape}, but {variable.dims} are of {shape}")
        kind = {"i": np.int32, "u": np.int32, "b": np.int32, "f": np.float64}.get(values.dtype.kind)
        attributes = {"long_name": variable.description} | ({"units": variable.unit} if variable.unit else {})
        made[name] = (variable.dims, values if kind is None else values.astype(kind), attributes)
    used = {dim for variable in variables.values() for dim in variable.dims}
    return xr.Dataset(made, coords={dim: list(labels) for dim, labels in coords.items() if dim in used})


def spread(rows: np.ndarray, known: np.ndarray, missing: float | int | str) -> np.ndarray:
    """Rows of the known classes among all classes.

    Args:
        rows: array (known class, ...).
        known: which classes these are, bool (class,).
        missing: what stands for the others.
    """
    rows = np.asarray(rows)
    rows = rows.astype(int) if rows.dtype.kind == "b" else rows
    full = np.full((len(known), *rows.shape[1:]), missing, rows.dtype if rows.dtype.kind != "U" else object)
    full[known] = rows
    return full.astype(str) if rows.dtype.kind == "U" else full
