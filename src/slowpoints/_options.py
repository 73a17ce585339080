"""Options: the fields of settings, each with its meaning, its range, and its place in a network's identity."""

import dataclasses
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from slowpoints._errors import InputError

_ABSENT = object()


def option(
    default: Any,
    meaning: str,
    *,
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
    before: Any = _ABSENT,
) -> Any:
    """A field of a settings dataclass.

    Args:
        default: its value where none is given.
        meaning: what it is, in one sentence; what a user reads.
        low, high: what a number, or each of several, may be; both ends are allowed.
        unit: of the number; "" for none.
        before: for an option added after networks had been trained: the value that says what they did without it.
            Frozen when the option is added, whatever the default becomes: a value equal to it is left out of every
            identity, so that what was made before keeps its own.

    Example:
        >>> import dataclasses
        >>> from slowpoints._options import identity, option
        >>> @dataclasses.dataclass(frozen=True)
        ... class Settings:
        ...     steps: int = option(100, "Training steps.", low=1)
        ...     clip: float = option(0.5, "Largest gradient.", before=0.0)
        >>> identity(Settings(clip=0.0))
        {'steps': 100}
    """
    metadata: dict[str, Any] = {"meaning": meaning, "low": low, "high": high, "unit": unit}
    if before is not _ABSENT:
        metadata["before"] = before
    if isinstance(default, Mapping):
        return dataclasses.field(default_factory=lambda: dict(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def check_ranges(settings: Any) -> None:
    """Checks every number of a settings dataclass. Raises `InputError` that begins with the option's name."""
    for field in dataclasses.fields(settings):
        low, high = field.metadata.get("low"), field.metadata.get("high")
        value = getattr(settings, field.name)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, bool) or not isinstance(one, int | float):
                continue
            if not (low is None or one >= low) or not (high is None or one <= high):
                raise InputError(f"{field.name} must be {_range(low, high)}; got {_number(one)}.")


def check_once(settings: Any, *names: str) -> None:
    """Raises `InputError` if one of these options, each a tuple, names something twice."""
    for name in names:
        values = getattr(settings, name)
        if len(set(values)) != len(values):
            raise InputError(f"{name} names something twice: {', '.join(map(str, values))}.")


def identity(settings: Any) -> dict[str, Any]:
    """What a settings dataclass adds to an identity, as plain values: all options that differ from their `before`."""
    return {
        field.name: _plain(value)
        for field in dataclasses.fields(settings)
        for value in (getattr(settings, field.name),)
        if "before" not in field.metadata or value != field.metadata["before"]
    }


def before(settings: Any) -> dict[str, Any]:
    """What settings meant before their later options were added, as nested plain values: these options alone."""
    found = {}
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if "before" in field.metadata:
            found[field.name] = _plain(field.metadata["before"])
        elif isinstance(value, Mapping):
            found[field.name] = {name: before(one) for name, one in value.items() if dataclasses.is_dataclass(one)}
        elif dataclasses.is_dataclass(value):
            found[field.name] = before(value)
    return found


def plain(settings: Any) -> dict[str, Any]:
    """A settings dataclass as nested plain values, as YAML and JSON take them."""
    return {field.name: _plain(getattr(settings, field.name)) for field in dataclasses.fields(settings)}


def described(settings: type) -> Iterator[tuple[str, Any, Mapping[str, Any]]]:
    """Of every option of a settings dataclass: its name, its type and what `option` was told of it."""
    types = typing.get_type_hints(settings)
    for field in dataclasses.fields(settings):
        yield field.name, types[field.name], field.metadata


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return plain(value)
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(one) for one in value] if isinstance(value, tuple | list) else value


def _range(low: float | None, high: float | None) -> str:
    if high is None:
        return f"at least {_number(low)}"
    return f"at most {_number(high)}" if low is None else f"from {_number(low)} to {_number(high)}"


def _number(value: float | None) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"
