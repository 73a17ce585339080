"""Records as a table for a terminal."""

from collections.abc import Iterable

from benchmarks.records import Record

COLUMNS = ("", "ours", "peer", "", "unit", "ratio", "spread", "n", "floor")


def table(records: Iterable[Record]) -> str:
    """One line a record, in columns; a record's note follows it."""
    rows = [(COLUMNS, "")] + [(_cells(record), record.note) for record in records]
    widths = [max(len(cells[i]) for cells, _ in rows) for i in range(len(COLUMNS))]
    lines = []
    for cells, note in rows:
        lines.append("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())
        lines += [f"    {note}"] if note else []
    return "\n".join(lines)


def _cells(record: Record) -> tuple[str, ...]:
    spread = "" if record.spread is None else " … ".join(map(_number, record.spread))
    return (
        record.name,
        _number(record.ours),
        _number(record.peer),
        record.peer_name or "",
        record.unit,
        _number(record.ratio),
        spread,
        str(record.n) if record.n else "",
        "" if record.floor_fraction is None else f"{record.floor_fraction:.0%}",
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"
