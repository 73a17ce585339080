"""What another library's module is, told without importing the library."""

from collections.abc import Callable, Collection
from typing import Any

from slowpoints._errors import InputError


def kind_of(module: Any, library: str) -> str:
    """The name of the first class that a module is or derives from and that the library itself defines; or ""."""
    for base in type(module).__mro__:
        if f"{base.__module__}.".startswith(f"{library}."):
            return base.__name__
    return ""


def as_sequence(modules: Any) -> list[Any]:
    """A module as a list of itself; a list or tuple of them as a list.

    **Raises:** `InputError` if it is empty.
    """
    found = list(modules) if isinstance(modules, list | tuple) else [modules]
    if not found:
        raise InputError("there must be at least one layer, but the list is empty.")
    return found


def unsupported(module: Any, function: str, kinds: Collection[str]) -> InputError:
    """The error for a module that is none of those kinds."""
    return InputError(
        f"{function} takes {', '.join(kinds)}, or a list of them from the input up, not {type(module).__name__}; of a "
        "larger model, give the recurrent layers in it."
    )


def check_activation(name: str, function: Callable, expected: str) -> None:
    """**Raises:** `InputError` if an activation has another name than the expected one."""
    given = getattr(function, "__name__", type(function).__name__)
    if given != expected:
        raise InputError(f"{name} must be {expected}, not {given}: our units have no other.")
