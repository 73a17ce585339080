"""The parts of slow points as plain data: their columns, and the nesting of their states."""

import dataclasses
from typing import Any

import jax
import numpy as np

from slowpoints._errors import InputError
from slowpoints._types import State
from slowpoints.dynamics._slow_points import SlowPoints

COLUMNS = tuple(field.name for field in dataclasses.fields(SlowPoints) if field.name != "state")
"""The fields of `SlowPoints` that are one array each."""


def form_of(state: State) -> Any:
    """The nesting of a state as JSON data. None if it has nodes other than tuples, lists and dictionaries with names as
    keys, which only the program that defines them can make again."""
    if jax.tree.structure(state) == _LEAF:
        return "array"
    parts = state.items() if type(state) is dict else enumerate(state) if type(state) in (tuple, list) else None
    if parts is None:
        return None
    forms = {key: form_of(part) for key, part in parts}
    if None in forms.values() or not all(isinstance(key, str) for key in forms if type(state) is dict):
        return None
    return {type(state).__name__: forms if type(state) is dict else list(forms.values())}


def of_form(form: Any, leaves: list[np.ndarray], like: State | None) -> State:
    """Leaves as a state of a form, or of the form of `like` if that is given.

    Raises:
        InputError: if the form is not known and `like` is not given, or if the number of leaves differs.
    """
    if like is None and form is None:
        raise InputError("like must be given, one state of the search's, because its form has no name in a file.")
    structure = jax.tree.structure(_skeleton(form) if like is None else like)
    if structure.num_leaves != len(leaves):
        raise InputError(
            f"like must have {len(leaves)} arrays, as the points' states have, not {structure.num_leaves}."
        )
    return jax.tree.unflatten(structure, leaves)


def _skeleton(form: Any) -> State:
    if form == "array":
        return 0
    ((kind, parts),) = form.items()
    if kind == "dict":
        return {key: _skeleton(part) for key, part in parts.items()}
    return {"tuple": tuple, "list": list}[kind](_skeleton(part) for part in parts)


_LEAF = jax.tree.structure(0)
