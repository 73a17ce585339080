"""What a person watching a study sees."""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.live import Live
from rich.table import Table


class StudyDisplay:
    """A live table of a study's networks; on a plain terminal or in a file, a line now and then instead."""

    LINE_SECONDS = 15.0

    def __init__(self, stages: Sequence[str]):
        self.stages = stages
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

    def update(self, statuses: Sequence[Any]) -> None:
        """Shows the statuses of all networks."""
        if self.live:
            self.live.update(status_table(statuses, self.stages, self._summary(statuses)), refresh=True)
        elif time.monotonic() - self.lined >= self.LINE_SECONDS or self._finished(statuses):
            self.lined = time.monotonic()
            active = ", ".join(f"{s.network}: {describe(s)}" for s in statuses if s.progress and not self._done(s))
            self.console.print(f"{self._summary(statuses)}. {active}", highlight=False, soft_wrap=True)

    def _done(self, status: Any) -> bool:
        return all(stage in status.done for stage in self.stages)

    def _finished(self, statuses: Sequence[Any]) -> bool:
        return all(map(self._done, statuses))

    def _summary(self, statuses: Sequence[Any]) -> str:
        done = sum(map(self._done, statuses))
        elapsed = time.monotonic() - self.began
        return f"{done} of {len(statuses)} networks done after {_clock(elapsed)}"


def status_table(statuses: Sequence[Any], stages: Sequence[str], title: str | None = None) -> Table:
    """One row a network: which stages are done, and what is going on."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column("network", no_wrap=True)
    for stage in stages:
        table.add_column(stage)
    table.add_column("now")
    for status in statuses:
        marks = ["done" if stage in status.done else "–" for stage in stages]
        table.add_row(status.network, *marks, "" if len(status.done) == len(stages) else describe(status))
    return table


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


def survey_table(survey: Any) -> Table:
    """One row a point of a `Survey`."""
    distinct, stability = survey.exploration.distinct, survey.stability
    table = Table(box=None, pad_edge=False)
    for column in ("point", "outcome", "root speed", "stability", "directions that grow", "|λ|", "τ (steps)", "found"):
        table.add_column(column, justify="left" if column in ("outcome", "stability") else "right")
    for k, outcome in enumerate(distinct.points.outcomes):
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
    return table


def survey_lines(survey: Any) -> list[str]:
    """What a `Survey` says beyond its points, a sentence a line."""
    exploration, distinct = survey.exploration, survey.exploration.distinct
    lines = [
        f"{len(distinct.points)} points and {len(distinct.sets)} continua from {len(exploration.found)} searches in "
        f"{len(exploration.new)} rounds; {survey.unfinished} searches are unfinished."
    ]
    for one in distinct.sets:
        dimension = "undecided" if one.dimension is None else one.dimension
        lines.append(f"A continuum of {len(one.members)} members, {one.extent:.3g} across, of dimension {dimension}.")
    if survey.unseen is not None:
        low, high = survey.unseen.coverage_interval
        lines.append(
            f"One more random start would end at one of these with a chance of {survey.unseen.coverage:.1%} "
            f"({low:.1%} to {high:.1%})."
        )
    if not exploration.settled:
        lines.append("The last round still found new points, or was cut short: more --rounds may find more.")
    return lines


def describe(status: Any) -> str:
    """What a network's worker last noted: step, speed, time left, loss, accuracy."""
    note = status.progress
    if not note:
        return "waiting"
    if note["stage"] != "training":
        return note["stage"]
    rate = note["steps_per_second"]
    left = _clock((note["steps"] - note["step"]) / rate) if rate else "?"
    return (
        f"step {note['step']:,}/{note['steps']:,}, {rate:.0f} steps/s, {left} left, "
        f"loss {note['loss']:.3f}, digits {note['digit_accuracy']:.1%}"
    )


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
