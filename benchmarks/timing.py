"""Timing several things in turn, so that whatever else the machine does meets all of them alike."""

from collections.abc import Callable

from benchmarks.settings import Settings

Run = Callable[[int], None]
"""Does something a number of times and waits until it is done."""


def seconds_each(run: Run, count: int, now: Callable[[], float]) -> float:
    """Seconds of one, in a run of `count`, by the clock."""
    begun = now()
    run(count)
    return (now() - begun) / count


def interleaved(runs: dict[str, Run], settings: Settings) -> dict[str, list[float]]:
    """Seconds of one of every variant in each of the rounds; every variant begins a round in turn."""
    counts = {}
    for name, run in runs.items():
        run(1)  # compiles
        counts[name] = max(1, round(settings.seconds / seconds_each(run, 1, settings.now)))
    times: dict[str, list[float]] = {name: [] for name in runs}
    names = list(runs)
    for i in range(settings.rounds):
        for name in names[i % len(names) :] + names[: i % len(names)]:
            times[name].append(seconds_each(runs[name], counts[name], settings.now))
    return times
