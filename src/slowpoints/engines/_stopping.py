"""How work in a worker is asked to stop, and what it does then. Imports nothing heavy."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

STOPPED = 143
"""The exit status of a process that ended because it was asked to."""

_asked = threading.Event()
_careful = threading.Event()
_last_words: list[Callable[[], None]] = []


class Interrupted(KeyboardInterrupt):
    """The command was asked to end by SIGINT or SIGTERM. The argument is the signal's number."""


def _end_process() -> None:
    os._exit(STOPPED)


_leave: list[Callable[[], None]] = [_end_process]
"""How work that was asked to stop leaves: with its process, or with an exception in the command's own process."""


def asked_to_stop() -> bool:
    """Whether the work in this process should end now, saving what it has. Work that has once looked here is waited
    for, and so must look again every second or so; other work is dropped.

    Example:
        >>> from slowpoints.engines import asked_to_stop
        >>> asked_to_stop()
        False
    """
    _careful.set()
    return _asked.is_set()


@contextmanager
def work(last_words: Callable[[], None]) -> Iterator[None]:
    """Around a piece of work. `last_words` is called if it ends because it was asked to stop.

    Example:
        >>> from slowpoints.engines import work
        >>> with work(last_words=lambda: print("asked to stop")):
        ...     print("done, undisturbed")
        done, undisturbed
    """
    _asked.clear()
    _last_words[:] = [last_words]
    try:
        yield
    finally:
        _careful.clear()
        if _asked.is_set():
            _go()
        _last_words.clear()


def ask_to_stop() -> None:
    """Lets this process' work end: by itself if it looks at `asked_to_stop`, and at once if not."""
    _asked.set()
    if not _careful.is_set():
        _go()


def _go() -> None:
    for say in list(_last_words):
        say()
    _leave[-1]()


@contextmanager
def interruptible() -> Iterator[None]:
    """While the block runs in a command's main thread, SIGINT and SIGTERM raise `Interrupted`, once; careful work of
    this process ends first. The command is gone in five seconds, whatever it is doing.

    Example:
        >>> from slowpoints.engines import interruptible
        >>> with interruptible():
        ...     print("Ctrl-C would end this within five seconds")
        Ctrl-C would end this within five seconds
    """
    signals = (signal.SIGINT, signal.SIGTERM)
    told: list[int] = []

    def leave() -> None:
        raise Interrupted(told[0] if told else signal.SIGTERM)

    def handle(number: int, _: object) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        told.append(number)
        ask_to_stop()

    # Python's handlers wait for a compiled program to end; what the system writes into this pipe does not.
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    before = {number: signal.signal(number, handle) for number in signals}
    wakeup = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    threading.Thread(target=_end_soon_after, args=(reading, {*map(int, signals)}), daemon=True).start()
    _leave.append(leave)
    try:
        yield
    finally:
        _leave.pop()
        _asked.clear()
        signal.set_wakeup_fd(wakeup)
        os.close(writing)
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if told else handler)


def _end_soon_after(reading: int, signals: set[int]) -> None:
    while number := os.read(reading, 1):
        if number[0] in signals:
            time.sleep(4.7)
            os._exit(128 + number[0])
    os.close(reading)


@contextmanager
def watched(unwanted: Callable[[], bool], *, every: float = 0.5) -> Iterator[None]:
    """While the block runs, asks its work to stop as soon as `unwanted` says so; and leaves with the process if it has
    not ended in five seconds.
    """
    done = threading.Event()

    def watch() -> None:
        while not done.wait(every):
            if unwanted():
                ask_to_stop()
                if not done.wait(5):
                    os._exit(STOPPED)
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Waits until something is so, at most so long. Returns whether it is."""
    end = time.monotonic() + seconds
    while not (so := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return so
