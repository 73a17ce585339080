"""What a person watching a study sees."""

import time
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.live import Live
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from slowpoints._number_of import number_of


class RunDisplay:
    """A live table of what is being done; on a plain terminal or in a file, a line now and then instead."""

    LINE_SECONDS = 15.0

    def __init__(self, expected: dict[str, float] | None = None):
        """`expected`: seconds that a task of each kind takes, where that is known before."""
        self.expected = expected or {}
        self.console = Console(stderr=True)
        self.live = Live(console=self.console, auto_refresh=False) if self.console.is_terminal else None
        self.began = time.monotonic()
        self.lined = 0.0

    def __enter__(self) -> Self:
        if self.live:
            self.live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.live:
            self.live.stop()

    def update(self, watched: Any) -> None:
        """Shows how far a run is, from what `run_study` tells."""
        elapsed = time.monotonic() - self.began
        share = share_done(watched)
        seconds = seconds_left(watched, self.expected)
        left = f", about {_clock(seconds)} left" if seconds else ""
        summary = f"{watched.done} of {watched.tasks} tasks done after {_clock(elapsed)}{left}"
        rows = [(network, describe(kind, progress)) for network, kind, progress in watched.running]
        if self.live:
            table = Table(
                title=f"{_bar(share)} {summary}", title_justify="left", box=None, pad_edge=False, show_header=False
            )
            for row in rows:
                table.add_row(*row)
            self.live.update(table, refresh=True)
        elif time.monotonic() - self.lined >= self.LINE_SECONDS or watched.done == watched.tasks:
            self.lined = time.monotonic()
            active = ", ".join(f"{network}: {what}" for network, what in rows)
            self.console.print(f"{summary}. {active}".rstrip(), highlight=False, soft_wrap=True)

    def remark(self, sentence: str) -> None:
        """Prints a sentence above the table."""
        self.console.print(sentence, highlight=False, soft_wrap=True, markup=False)


def share_done(watched: Any) -> float:
    """How much of a run is done, from 0 to 1: its tasks, and of the trainings that are running the steps."""
    notes = [note for _, _, note in watched.running if note.get("steps")]
    return (watched.done + sum(note["step"] / note["steps"] for note in notes)) / max(watched.tasks, 1)


def seconds_left(watched: Any, expected: dict[str, float]) -> float | None:
    """How long a run will take from now on, with as many tasks side by side as now; None while a kind of task that is
    left was timed neither before nor in this run. Of trainings that are running, their own speed counts.
    """
    each = watched.seconds | expected
    timed = [(kind, left) for _, kind, note in watched.running if (left := _training_left(note)) is not None]
    others = Counter(watched.left) - Counter(kind for kind, _ in timed)
    if not others.keys() <= each.keys():
        return None
    seconds = sum(left for _, left in timed) + sum(each[kind] * count for kind, count in others.items())
    return seconds / max(len(watched.running), 1)


def _training_left(note: dict[str, Any]) -> float | None:
    """Seconds until a training ends at its speed so far; None if it has none yet, or if this is no training."""
    rate = note.get("steps_per_second")
    return (note["steps"] - note["step"]) / rate if rate else None


def _bar(share: float, width: int = 24) -> str:
    full = round(width * share)
    return "━" * full + "╌" * (width - full)


def status_table(statuses: Sequence[Any]) -> str:
    """One row a network: how each of its tasks stands, and what is going on. Ten thousand rows take no time."""
    kinds = list(dict.fromkeys(kind for status in statuses for kind in status.tasks))
    rows = [["network", *kinds, "now"]]
    for status in statuses:
        marks = [{"missing": "–"}.get(mark, mark) for mark in (status.tasks.get(kind, "") for kind in kinds)]
        rows.append([status.network, *marks, describe("", status.progress) if status.progress else ""])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join(lines)


def claims_table(records: Sequence[dict[str, Any]]) -> Table:
    """One row a claim: statistic, interval, n, the paper's value, verdict."""
    table = Table(box=None, pad_edge=False)
    for column in ("id", "claim", "statistic", "interval", "n", "paper", "verdict"):
        table.add_column(column)
    for record in records:
        interval = record["interval"]
        table.add_row(
            str(record["id"]),
            record["claim"],
            "" if record["statistic"] is None else f"{record['statistic']:.3g}",
            "" if interval is None else f"{interval[0]:.3g} … {interval[1]:.3g}",
            str(record["n"] or ""),
            record["paper"] or "",
            record["verdict"],
        )
    return table


EDGES_SHOWN = 5
"""Points on the boundary of the state's box of which each has a row; of more there is one row for the others."""


class SearchDisplay:
    """A line of how far a search is and for how long it has been going; nothing where there is no terminal."""

    def __init__(self, what: str):
        console = Console(stderr=True)
        columns = SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn()
        self.what = what
        self.progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self.line = self.progress.add_task(what)

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.progress.stop()

    def tell(self, number: int, starts: int, points: int) -> None:
        """Shows which round of the search begins, from how many starts, with how many points known."""
        known = f", {number_of(points, 'points')} so far" if number else ""
        self.progress.update(
            self.line, description=f"{self.what}, round {number + 1}: {number_of(starts, 'starts')}{known}"
        )


def survey_table(survey: Any) -> Table:
    """One row a point of a `Survey`, the slowest first, those on the boundary last and the rest of them in one row."""
    distinct, stability = survey.exploration.distinct, survey.stability
    table = Table(box=None, pad_edge=False)
    for column in ("point", "outcome", "root speed", "stability", "directions that grow", "|λ|", "τ (steps)", "found"):
        table.add_column(column, justify="left" if column in ("outcome", "stability") else "right")
    points = distinct.points
    on_edge = [outcome.name == "EDGE" for outcome in points.outcomes]
    order = sorted(range(len(on_edge)), key=lambda k: (on_edge[k], points.root_speed[k]))
    shown = order[: len(order) - sum(on_edge) + EDGES_SHOWN]
    for k in shown:
        outcome = points.outcomes[k]
        table.add_row(
            str(k),
            outcome.name.lower().replace("_", " "),
            f"{distinct.points.root_speed[k]:.1e}",
            stability.labels[k].name.lower(),
            str(stability.unstable[k]),
            f"{abs(stability.eigenvalues[k, 0]):.4f}",
            f"{stability.time_constant[k, 0]:.1f}",
            f"{distinct.multiplicity[k]} ×",
        )
    if rest := order[len(shown) :]:
        speeds = f"{points.root_speed[rest[0]]:.1e} … {points.root_speed[rest[-1]]:.1e}"
        found = sum(int(distinct.multiplicity[k]) for k in rest)
        table.add_row("", f"edge, {len(rest)} more", speeds, "", "", "", "", f"{found} ×")
    return table


def survey_lines(survey: Any) -> list[str]:
    """What a `Survey` says beyond its points, a sentence a line."""
    exploration, distinct = survey.exploration, survey.exploration.distinct
    lines = [
        f"{len(distinct.points)} points and {len(distinct.sets)} continua from {len(exploration.found)} searches in "
        f"{number_of(len(exploration.new), 'rounds')}; {survey.unfinished} searches are unfinished."
    ]
    for one in distinct.sets:
        dimension = "undecided" if one.dimension is None else one.dimension
        lines.append(f"A continuum of {len(one.members)} members, {one.extent:.3g} across, of dimension {dimension}.")
    if survey.unseen is not None:
        lines.append(survey.unseen.sentence)
    if not exploration.settled:
        lines.append("The last round still found new points, or was cut short: more --rounds may find more.")
    return lines


def sweep_table(sweep: Any) -> Table:
    """One row a branch of a `Sweep`."""
    table = Table(box=None, pad_edge=False)
    for column in ("branch", "inputs", "fixed at", "directions that grow", "largest |λ|"):
        table.add_column(column, justify="right")
    for branch, outcome in enumerate(sweep.outcome):
        there = [k for k, code in enumerate(outcome) if code >= 0]
        grow = [int(sweep.unstable[branch, k]) for k in there]
        table.add_row(
            str(branch),
            f"{there[0]} … {there[-1]}",
            f"{int(sweep.fixed[branch].sum())} of {len(there)}",
            str(grow[0]) if min(grow) == max(grow) else f"{min(grow)} … {max(grow)}",
            f"{max(float(sweep.modulus[branch, k]) for k in there):.4f}",
        )
    return table


def sweep_lines(sweep: Any) -> list[str]:
    """What happens on the path of a `Sweep`, a sentence a line."""
    lines = []
    for event in sweep.events:
        where = ", ".join(f"{number:.6g}" for number in event.input.ravel())
        lines.append(f"Branch {', '.join(map(str, event.branches))} at input {where}: {event.kind.sentence}")
    several = int((sweep.attractors > 1).sum())
    lines.append(f"There are two attractors or more under {several} of {len(sweep.inputs)} inputs.")
    return lines


def describe(kind: str, note: dict[str, Any]) -> str:
    """What a network's worker last noted: of a training its step, speed, time left, loss and accuracy.

    Args:
        kind: the kind of task, for one whose worker has noted nothing yet: it is reading or compiling.
        note: what the worker noted.
    """
    if not note:
        return f"{kind}, compiling"
    if "step" not in note:
        return note["now"]
    left = _training_left(note)
    return (
        f"step {note['step']:,}/{note['steps']:,}, {note['steps_per_second']:.0f} steps/s, "
        f"{'?' if left is None else _clock(left)} left, "
        f"loss {note['loss']:.3f}, classes {note['class_accuracy']:.1%}"
    )


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
