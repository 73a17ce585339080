"""What a benchmark leaves: records as JSON and as a table."""

import json
import math

import pytest
from benchmarks.records import compared, Record, write
from benchmarks.table import table

RUN = {"threads": 1}


def test_seconds_and_rates_of_the_same_rounds_have_the_same_ratios():
    ours, peer, floor = [2.0, 4.0, 2.0], [6.0, 8.0, 10.0], [1.0, 2.0, 1.5]
    seconds = compared("a.b", "s", ours, peer=peer, peer_name="p", floor=floor)
    assert (seconds.ours, seconds.peer, seconds.ratio, seconds.spread, seconds.n) == (2.0, 8.0, 3.0, (2.0, 5.0), 3)
    assert seconds.floor_fraction == 0.5
    ours, peer, floor = ([1 / each for each in times] for times in (ours, peer, floor))
    rates = compared("a.b", "1/s", ours, peer=peer, peer_name="p", floor=floor, more_is_better=True)
    assert rates.ratio == pytest.approx(seconds.ratio)
    assert rates.spread == pytest.approx(seconds.spread)
    assert rates.floor_fraction == seconds.floor_fraction


def test_ours_alone_has_no_ratio():
    record = compared("a.b", "s", [1.0, 3.0, 2.0], note="Skipped.")
    assert (record.ours, record.peer, record.ratio, record.spread, record.floor_fraction) == (2.0, *[None] * 4)


def test_records_of_other_benchmarks_stay(tmp_path):
    path = tmp_path / "results.json"
    write(path, [Record("search.one.time", "s", ours=1.0), Record("search.one.memory", "MiB", ours=9.0)], RUN)
    write(path, [Record("search.two.time", "s", ours=2.0)], RUN | {"threads": 2})
    write(path, [Record("search.one.time", "s", ours=3.0, spread=(0.5, 1.5))], RUN)
    records = json.loads(path.read_text())
    assert [(r["name"], r["ours"], r["run"]["threads"]) for r in records] == [
        ("search.one.time", 3.0, 1),
        ("search.two.time", 2.0, 2),
    ]
    assert {"name", "ours", "peer", "peer_name", "unit", "ratio", "floor_fraction", "n", "spread"} <= set(records[0])
    assert [file.name for file in tmp_path.iterdir()] == ["results.json"]


def test_numbers_that_json_lacks_are_refused_and_leave_what_was_there(tmp_path):
    path = tmp_path / "results.json"
    write(path, [Record("a.time", "s", ours=1.0)], RUN)
    with pytest.raises(ValueError, match="JSON"):
        write(path, [Record("a.time", "s", ours=math.inf)], RUN)
    assert json.loads(path.read_text())[0]["ours"] == 1.0


def test_the_table_says_what_was_skipped():
    lines = table(
        [
            Record("a.time", "s", ours=0.5, peer=1.5, peer_name="peer", ratio=3.0, spread=(2.9, 3.1), n=5),
            Record("b.time", "s", note="Skipped: peer is not installed."),
        ]
    ).splitlines()
    assert lines[1].split() == ["a.time", "0.5", "1.5", "peer", "s", "3", "2.9", "…", "3.1", "5"]
    assert lines[2].split() == ["b.time", "s"]
    assert lines[3].strip() == "Skipped: peer is not installed."
