"""What runs a study's tasks."""

from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Protocol, runtime_checkable, Self


class WorkerDied(Exception):
    """The process that a function ran in ended before the function did: it was killed, or out of memory."""


@runtime_checkable
class Engine(Protocol):
    """Runs functions elsewhere, each when a slot is free for it. Used in a `with` statement.

    Leaving the block by an exception ends what is running within five seconds: what looks at `asked_to_stop` is waited
    for, everything else is dropped. Otherwise it is waited for.

    Example:
        >>> from slowpoints.engines import Engine, Serial
        >>> def squares(engine: Engine) -> list[int]:
        ...     with engine:
        ...         return [engine.submit(pow, number, 2).result() for number in range(4)]
        >>> squares(Serial())
        [0, 1, 4, 9]
    """

    @property
    def slots(self) -> int:
        """How many functions can run at once, now. No more than so many are submitted at a time."""
        ...

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        """Runs `function(*arguments)` in a free slot. A slot whose worker died raises `WorkerDied` in the future, and
        is filled anew. A future that is done has left its slot.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...
