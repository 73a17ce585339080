"""An engine without workers: everything runs in this process, one after the other."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Self


class Serial:
    """Runs each function at once, in this process and thread.

    Example:
        >>> from slowpoints.engines import Serial
        >>> with Serial() as engine:
        ...     engine.submit(pow, 2, 5).result()
        32
    """

    slots = 1

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        """See `Engine.submit`."""
        future: Future[Any] = Future()
        try:
            future.set_result(function(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind, error, traceback) -> None:
        pass
