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
    *,
    ours: Sequence[float],
    peer: Sequence[float],
    peer_name: str,
    more_is_better: bool = False,
    floor: float | None = None,
    note: str = "",
) -> Record:
    """A record of rounds in which both were measured, round i of one beside round i of the other.

    The ratio is the median of the rounds' ratios: what else the machine did in a round met both. `floor` is in `unit`.
    """
    ratios = [mine / theirs if more_is_better else theirs / mine for mine, theirs in zip(ours, peer, strict=True)]
    median = statistics.median(ours)
    return Record(
        name,
        unit,
        ours=median,
        peer=statistics.median(peer),
        peer_name=peer_name,
        ratio=statistics.median(ratios),
        spread=(min(ratios), max(ratios)),
        n=len(ratios),
        floor_fraction=None if floor is None else median / floor if more_is_better else floor / median,
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
