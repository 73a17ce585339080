"""The maps of a history, read when they are needed, and the maps between two of them."""

from typing import Any, Protocol, runtime_checkable

import equinox as eqx
import jax
from jaxtyping import Array, Float

from slowpoints._errors import InputError
from slowpoints._types import Step
from slowpoints.dynamics._precision import as_double, double_precision


@runtime_checkable
class Maps(Protocol):
    """Maps at successive checkpoints: a list, or any object that has a length and gives one map at a time."""

    def __len__(self) -> int: ...

    def __getitem__(self, k: int, /) -> Step: ...


class Interval(eqx.Module):
    """The maps on the straight line from one checkpoint's weights to the next's."""

    lower: Any
    """Weights of the earlier map: the map with everything but its floating-point arrays replaced by None."""
    upper: Any
    """Weights of the later one."""
    rest: Any
    """What the two share: the map without those arrays."""

    def at(self, fraction: Float[Array, ""]) -> Step:
        """The map at a fraction of the way: exactly the earlier map at 0 and the later one at 1."""
        return eqx.combine(
            jax.tree.map(lambda low, high: (1 - fraction) * low + fraction * high, self.lower, self.upper), self.rest
        )


class History:
    """A sequence of maps that differ in their weights only. The two maps read last are kept."""

    def __init__(self, maps: Maps):
        if not isinstance(maps, Maps):
            raise InputError(f"maps must be a sequence of step functions, not {type(maps).__name__}.")
        if len(maps) < 2:
            raise InputError(f"maps must hold at least two step functions to track between, not {len(maps)}.")
        self._maps = maps
        self._held: dict[int, Step] = {}

    def __len__(self) -> int:
        return len(self._maps)

    def read(self, k: int) -> Step:
        """The k-th map as it is given.

        Raises:
            InputError: if it differs in more than its weights from a map read before. What the sequence itself raises
                is passed through.
        """
        if k not in self._held:
            step = self._maps[k]
            beside = min(self._held, key=lambda j: abs(j - k), default=None)
            if beside is not None:
                _check_one_form(step, k, self._held[beside], beside)
            self._held = {j: held for j, held in self._held.items() if j == beside} | {k: step}
        return self._held[k]

    def between(self, k: int) -> Interval:
        """The maps from the k-th to the one after it."""
        earlier, later = self.read(k), self.read(k + 1)
        with double_precision():
            lower, rest = eqx.partition(as_double(earlier), eqx.is_inexact_array)
            upper, _ = eqx.partition(as_double(later), eqx.is_inexact_array)
        return Interval(lower, upper, rest)


def _check_one_form(step: Step, k: int, other: Step, j: int) -> None:
    weights, rest = eqx.partition(step, eqx.is_inexact_array)
    known, known_rest = eqx.partition(other, eqx.is_inexact_array)
    if jax.tree.structure(step) == jax.tree.structure(other):
        for (path, leaf), like in zip(jax.tree.leaves_with_path(weights), jax.tree.leaves(known), strict=False):
            if leaf.shape != like.shape:
                where = jax.tree_util.keystr(path)
                raise InputError(
                    f"maps must be one step function at successive checkpoints, but map {k}{where} has shape "
                    f"{leaf.shape} and map {j}{where} {like.shape}."
                )
    if not (jax.tree.structure(weights) == jax.tree.structure(known) and eqx.tree_equal(rest, known_rest) is True):
        raise InputError(
            f"maps must be one step function at successive checkpoints, modules that differ in nothing but the values "
            f"of their floating-point arrays; map {k} and map {j} differ in more."
        )
    if not jax.tree.leaves(weights):
        raise InputError(f"maps must hold their weights as arrays, as an equinox.Module does; map {k} holds none.")
