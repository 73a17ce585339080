"""The search for slow points beside other searches: what each reaches in the same time, and when it reaches the same.

Every search starts from the same states. Ours is timed after compilation, and a peer is given as many iterations as it
makes in that time, then three and ten times as many, each run from the start. What was reached is ‖F(x) − x‖ of the
states returned, evaluated in float64 for all alike.
"""

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from benchmarks.machine import lacks, peak_memory
from benchmarks.problems import BOX, digits, flip_flop, Problem, study
from benchmarks.records import Record
from benchmarks.search_peers import brainpy, canns, fixed_point_finder, Search
from benchmarks.settings import Settings
from slowpoints.dynamics import find_slow_points, Outcome, SlowPoints, speed_along

CERTIFIED = (Outcome.FIXED_POINT, Outcome.SLOW_POINT, Outcome.EDGE)

ROUNDING = 1e-12
"""Below this ‖F(x) − x‖ is rounding, and counts as this."""

PEER_TOLERANCE = (2 * 1e-12) ** 0.5
"""‖F(x) − x‖ at which FixedPointFinder calls a point converged: q < 1e-12."""

TIMES = (1, 3, 10)
"""A peer's budgets, in multiples of our time."""


def flip_flop_records(settings: Settings) -> list[Record]:
    """1,024 starts on the flip-flop network of 64 units, beside three peers."""
    peers = {"FixedPointFinder's rules": fixed_point_finder, "brainpy": brainpy, "canns": canns}
    return _records("search.flip-flop", flip_flop(), peers, rounds=settings.rounds)


def digits_records(settings: Settings) -> list[Record]:
    """Ten classes of a GRU of 100 units trained on digits."""
    return _records("search.digits", digits(), {"FixedPointFinder's rules": fixed_point_finder}, rounds=settings.rounds)


def study_records(settings: Settings) -> list[Record]:
    """The classes of the first GRU of a study, as of one on MNIST."""
    if settings.study is None:
        return [Record("search.study.time", "s", note="Skipped: needs a trained study; give --study DIR.")]
    return _records(
        "search.study", study(settings.study), {"FixedPointFinder's rules": fixed_point_finder}, rounds=settings.rounds
    )


NEEDS = {"FixedPointFinder's rules": "torch", "brainpy": "brainpy", "canns": "canns"}


class _Reached(NamedTuple):
    """How long a search took, and ‖F(x) − x‖ where it ended."""

    seconds: float
    speeds: Float[np.ndarray, " point"]

    @property
    def median(self) -> float:
        return max(float(np.median(self.speeds)), ROUNDING)

    @property
    def worst(self) -> float:
        return max(float(self.speeds.max()), ROUNDING)


def _records(name: str, problem: Problem, peers: dict[str, Callable], *, rounds: int) -> list[Record]:
    first, _, _ = _timed(problem)
    memory = peak_memory()
    missing = {peer: sentence for peer in peers if (sentence := lacks(NEEDS[peer]))}
    searches = {peer: make(problem) for peer, make in peers.items() if peer not in missing}
    rates = {peer: _rate(search) for peer, search in searches.items()}

    ours, busy, same_time = [], [], {peer: [] for peer in searches}
    found = None
    for _ in range(rounds):
        elapsed, computed, found = _timed(problem)
        ours.append(elapsed)
        busy.append(computed)
        for peer, search in searches.items():
            same_time[peer].append(_run(problem, search, rates[peer] * elapsed))
    assert found is not None
    seconds = statistics.median(ours)
    mine = _Reached(seconds, found.root_speed)

    points = len(found)
    outcomes = ", ".join(
        f"{count} {outcome.name.lower().replace('_', ' ')}"
        for outcome in Outcome
        if (count := np.sum(found.outcome == outcome))
    )
    after = f"{points} starts, after compilation; {statistics.median(busy):.3g} s of processor time."
    records = [
        Record(f"{name}.time", "s", ours=seconds, n=rounds, note=after),
        Record(f"{name}.compilation", "s", ours=first - seconds, n=1, note="The first search less a later one."),
        Record(
            f"{name}.certified",
            "share",
            ours=float(np.isin(found.outcome, CERTIFIED).mean()),
            n=points,
            note=f"Ended as: {outcomes}.",
        ),
        Record(f"{name}.memory", "MiB", ours=memory, n=1, note="The process' peak, before peers are loaded."),
    ]
    for peer, search in searches.items():
        later = [_run(problem, search, rates[peer] * seconds * times) for times in TIMES[1:]]
        records += _against(name, peer, mine, same_time[peer], later)
    records += [
        Record(f"{name}.time-to-same-median", "s", ours=seconds, peer_name=peer, note=sentence)
        for peer, sentence in missing.items()
    ]
    return records


def _against(name: str, peer: str, mine: _Reached, same: list[_Reached], later: list[_Reached]) -> list[Record]:
    """The records of one peer."""
    records = []
    for what, unit_of in (("median", lambda reached: reached.median), ("worst", lambda reached: reached.worst)):
        theirs = [unit_of(reached) for reached in same]
        ratios = [value / unit_of(mine) for value in theirs]
        records.append(
            Record(
                f"{name}.{what}-at-same-time",
                "‖F−x‖",
                ours=unit_of(mine),
                peer=statistics.median(theirs),
                peer_name=peer,
                ratio=statistics.median(ratios),
                spread=(min(ratios), max(ratios)),
                n=len(ratios),
                note=f"Over the starts; the peer ran {statistics.median(r.seconds for r in same):.3g} s.",
            )
        )
    runs = [min(same, key=lambda reached: reached.seconds), *later]
    targets: dict[str, tuple[float, float]] = {"same-median": (mine.median, 50)}
    if np.percentile(mine.speeds, 99) <= PEER_TOLERANCE:
        targets["99-percent-converged"] = (PEER_TOLERANCE, 99)
    for what, (target, percentile) in targets.items():
        arrived = next((run for run in runs if np.percentile(run.speeds, percentile) <= target), None)
        last = runs[-1]
        limit = np.percentile(last.speeds, percentile)
        records.append(
            Record(
                f"{name}.time-to-{what}",
                "s",
                ours=mine.seconds,
                peer=(arrived or last).seconds,
                peer_name=peer,
                ratio=(arrived or last).seconds / mine.seconds,
                n=1,
                note=f"‖F−x‖ ≤ {target:.2g} for {percentile} % of starts."
                + ("" if arrived else f" Not reached: {limit:.2g} when it ended; the ratio is a lower bound."),
            )
        )
    return records


def _timed(problem: Problem) -> tuple[float, float, SlowPoints]:
    """Our search: the seconds it took, those of processor time, and what it found."""
    begun, busy = time.perf_counter(), time.process_time()
    found = find_slow_points(problem.step, problem.starts, domain=BOX)
    return time.perf_counter() - begun, time.process_time() - busy, found


def _run(problem: Problem, search: Search, iterations: float) -> _Reached:
    begun = time.perf_counter()
    states, _ = search(max(1, round(iterations)))
    seconds = time.perf_counter() - begun
    return _Reached(seconds, np.asarray(speed_along(problem.step, np.asarray(states, np.float64))))


def _rate(search: Search, iterations: int = 100) -> float:
    """Iterations a second, after whatever the first call compiles."""
    search(iterations)
    begun = time.perf_counter()
    _, made = search(iterations)
    return made / (time.perf_counter() - begun)
