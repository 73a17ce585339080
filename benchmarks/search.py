"""The search for slow points beside other searches: what each reaches in the same time, and when it reaches the same.

Every search starts from the same states. Ours is timed after compilation, and a peer is given as many iterations as it
makes in that time, then three and ten times as many, each run from the start. What was reached is ‖F(x) − x‖ of the
states returned, evaluated in float64 for all alike.
"""

import statistics
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from benchmarks.machine import lacks, peak_memory
from benchmarks.problems import BOX, digits, flip_flop, Problem, study
from benchmarks.records import Record
from benchmarks.search_peers import brainpy, canns, fixed_point_finder, Search
from benchmarks.settings import Settings
from slowpoints.dynamics import find_slow_points, Newton, Outcome, SlowPoints, speed_along
from slowpoints.dynamics._outcome import ISOLATED

ROUNDING = 1e-12
"""Below this ‖F(x) − x‖ is rounding, and counts as this."""

PEER_TOLERANCE = (2 * 1e-12) ** 0.5
"""‖F(x) − x‖ at which FixedPointFinder calls a point converged: q < 1e-12."""

TIMES = (1, 3, 10)
"""A peer's budgets, in multiples of our time."""

SHORT = 9.0
"""Seconds."""

CALIBRATION = 200
"""Iterations from which a search's pace is measured."""


def flip_flop_records(settings: Settings) -> list[Record]:
    """1,024 starts on the flip-flop network of 64 units, beside three peers."""
    peers = {"FixedPointFinder's rules": fixed_point_finder, "brainpy": brainpy, "canns": canns}
    return _records("search.flip-flop", flip_flop(), peers, settings)


def digits_records(settings: Settings) -> list[Record]:
    """Ten classes of a GRU of 100 units trained on digits."""
    return _records("search.digits", digits(), {"FixedPointFinder's rules": fixed_point_finder}, settings)


def study_records(settings: Settings) -> list[Record]:
    """The classes of the first GRU of a study, as of one on MNIST."""
    if settings.study is None:
        return [Record("search.study.time", "s", note="Skipped: needs a trained study; give --study DIR.")]
    return _records("search.study", study(settings.study), {"FixedPointFinder's rules": fixed_point_finder}, settings)


def short_study_records(settings: Settings) -> list[Record]:
    """The same with a budget of iterations that takes about `SHORT` seconds, for landscapes that take long."""
    name = "search.study-short"
    if settings.study is None:
        return [Record(f"{name}.time", "s", note="Skipped: needs a trained study; give --study DIR.")]
    problem, probe = study(settings.study), Newton(max_iterations=CALIBRATION)
    _search(problem, probe)  # compiles
    begun = settings.now()
    _search(problem, probe)
    solver = Newton(max_iterations=int(CALIBRATION * SHORT / (settings.now() - begun)))
    return _records(name, problem, {"FixedPointFinder's rules": fixed_point_finder}, settings, solver)


NEEDS = {"FixedPointFinder's rules": "torch", "brainpy": "brainpy", "canns": "canns"}


class _Reached(NamedTuple):
    """How a search went.

    - `seconds`: how long it took.
    - `speeds`: ‖F(x) − x‖ where it ended, at least `ROUNDING`.
    - `outside`: how many of its points lie outside the box.
    - `by_itself`: whether a rule of its own ended it before its budget was spent.
    """

    seconds: float
    speeds: Float[np.ndarray, " point"]
    outside: int
    by_itself: bool

    def percentile(self, percent: int) -> float:
        """The speed that so many per cent of the points do not exceed."""
        return float(np.percentile(self.speeds, percent))


def _records(
    name: str, problem: Problem, peers: dict[str, Callable], settings: Settings, solver: Newton | None = None
) -> list[Record]:
    solver = solver or Newton()

    def timed(function: Callable, *arguments: Any) -> tuple[float, Any]:
        begun = settings.now()
        result = function(*arguments)
        return settings.now() - begun, result

    def reached(search: Search, iterations: float) -> _Reached:
        seconds, (states, made) = timed(search, round(iterations))
        outside = int((np.abs(states) > BOX[1]).any(axis=1).sum())
        return _Reached(seconds, _speeds(problem, states), outside, made < 0.9 * iterations)

    first, _ = timed(_search, problem, solver)
    memory = peak_memory()
    rounds = [timed(_search, problem, solver) for _ in range(settings.rounds)]
    seconds = statistics.median(seconds for seconds, _ in rounds)
    found = rounds[-1][1]
    mine = _Reached(seconds, _speeds(problem, found.state), 0, True)

    points = len(found)
    outcomes = ", ".join(
        f"{count} {outcome.name.lower().replace('_', ' ')}"
        for outcome in Outcome
        if (count := np.sum(found.outcome == outcome))
    )
    certified = float(np.isin(found.outcome, ISOLATED).mean())
    records = [
        Record(
            f"{name}.time",
            "s",
            ours=seconds,
            n=len(rounds),
            note=f"{points} starts, up to {solver.max_iterations} iterations each, after compilation.",
        ),
        Record(f"{name}.compilation", "s", ours=first - seconds, n=1, note="The first search less a later one."),
        Record(f"{name}.certified", "share", ours=certified, n=points, note=f"Ended as: {outcomes}."),
        Record(f"{name}.memory", "MiB", ours=memory, n=1, note="The process' peak, before peers are loaded."),
    ]
    for peer, make in peers.items():
        sentence = lacks(NEEDS[peer])
        if sentence:
            records.append(Record(f"{name}.time-to-same-median", "s", ours=seconds, peer_name=peer, note=sentence))
            continue
        search = make(problem)
        search(CALIBRATION)  # compiles
        taken, (_, made) = timed(search, CALIBRATION)
        in_our_time = made / taken * seconds
        runs = [reached(search, times * in_our_time) for times in TIMES]
        records += _against(name, peer, mine, runs)
    return records


def _against(name: str, peer: str, mine: _Reached, runs: list[_Reached]) -> list[Record]:
    """The records of one peer, from its runs of rising length."""
    same, *_, last = runs
    records = [
        Record(
            f"{name}.{what}-at-same-time",
            "‖F−x‖",
            ours=mine.percentile(percent),
            peer=same.percentile(percent),
            peer_name=peer,
            ratio=same.percentile(percent) / mine.percentile(percent),
            n=len(mine.speeds),
            note=f"The peer ran {same.seconds:.3g} s; {same.outside} of its points lie where the state cannot go.",
        )
        for what, percent in (("median", 50), ("worst", 100))
    ]
    targets = {"same-median": (mine.percentile(50), 50)}
    if mine.percentile(99) <= PEER_TOLERANCE:
        targets["99-percent-converged"] = (PEER_TOLERANCE, 99)
    for what, (target, percent) in targets.items():
        arrived = next((run for run in runs if run.percentile(percent) <= target), None)
        took = (arrived or last).seconds
        never = arrived is None and last.by_itself
        end = f"after {took:.3g} s, when its own rule ended it" if last.by_itself else "at the end; a lower bound"
        missed = "" if arrived else f" Not reached: {last.percentile(percent):.2g} {end}."
        records.append(
            Record(
                f"{name}.time-to-{what}",
                "s",
                ours=mine.seconds,
                peer=None if never else took,
                peer_name=peer,
                ratio=None if never else took / mine.seconds,
                n=1,
                note=f"‖F−x‖ ≤ {target:.2g} for {percent} % of the starts.{missed}",
            )
        )
    return records


def _search(problem: Problem, solver: Newton) -> SlowPoints:
    return find_slow_points(problem.step, problem.starts, domain=BOX, solver=solver)


def _speeds(problem: Problem, states: Float[np.ndarray, "point unit"]) -> Float[np.ndarray, " point"]:
    return np.maximum(speed_along(problem.step, np.asarray(states, np.float64)), ROUNDING)
