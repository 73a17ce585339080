"""What a benchmark leaves: records, kept as JSON."""

import dataclasses
import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from slowpoints._atomic import write_atomically


@dataclasses.dataclass(frozen=True)
class Record:
    """One quantity, ours and a peer's, measured in the same run.

    - `name`: what was measured, as ``search.flip-flop.time``; the part before the last dot is the benchmark.
    - `unit`: of `ours` and `peer`, which are medians.
    - `peer_name`: whom it is compared with, None where there is none.
    - `ratio`: how many times better ours is; above 1 is better than the peer.
    - `spread`: the least and the greatest ratio of single rounds.
    - `n`: how many rounds, or points, the medians are over.
    - `floor_fraction`: the part of our time that the matrix products alone take, None where no floor applies.
    - `note`: a sentence on what the numbers alone do not say, as that something was not reached or was skipped.
    """

    name: str
    unit: str
    ours: float | None = None
    peer: float | None = None
    peer_name: str | None = None
    ratio: float | None = None
    spread: tuple[float, float] | None = None
    n: int = 0
    floor_fraction: float | None = None
    note: str = ""

    @property
    def benchmark(self) -> str:
        """The benchmark it is a record of."""
        return self.name.rpartition(".")[0]


def compared(
    name: str,
    unit: str,
    ours: Sequence[float],
    *,
    peer: Sequence[float] | None = None,
    peer_name: str | None = None,
    floor: Sequence[float] | None = None,
    more_is_better: bool = False,
    note: str = "",
) -> Record:
    """A record of rounds in which ours, the peer and the floor were each measured once, one after the other.

    Ratios are taken within a round, because what else the machine did then met all alike, and their median is given.
    """

    def ratios(others: Sequence[float]) -> list[float]:
        return [a / b if more_is_better else b / a for a, b in zip(ours, others, strict=True)]

    against = ratios(peer) if peer else None
    return Record(
        name,
        unit,
        ours=statistics.median(ours),
        peer=statistics.median(peer) if peer else None,
        peer_name=peer_name,
        ratio=statistics.median(against) if against else None,
        spread=(min(against), max(against)) if against else None,
        n=len(ours),
        floor_fraction=statistics.median(ratios(floor)) if floor else None,
        note=note,
    )


def read(path: Path) -> list[dict[str, Any]]:
    """The records in a file, none if there is no file."""
    return json.loads(path.read_text()) if path.exists() else []


def write(path: Path, records: Sequence[Record], run: dict[str, Any]) -> None:
    """Writes the records with what is known of their run, in place of earlier ones of the same benchmarks.

    Records of benchmarks that were not run stay, each with its own run.
    """
    anew = {record.benchmark for record in records}
    kept = [record for record in read(path) if record["name"].rpartition(".")[0] not in anew]
    fresh = [dataclasses.asdict(record) | {"run": run} for record in records]
    content = json.dumps(sorted(kept + fresh, key=lambda record: record["name"]), indent=1, allow_nan=False)
    write_atomically(path, content.encode() + b"\n")
