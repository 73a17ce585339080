"""Pictures of how costs grow, from records."""

from benchmarks.records import Record, write
from benchmarks.scaling import draw


def test_only_what_was_measured_at_several_sizes_is_drawn(tmp_path):
    results, figure = tmp_path / "results.json", tmp_path / "results.svg"
    sizes = [Record(f"scaling.units.{units:03}", "s", ours=1e-3 * units, floor_fraction=0.5) for units in (200, 25, 50)]
    others = [
        Record("ensembles.digits.02", "network steps/s", ours=200.0),
        Record("ensembles.digits.memory", "MiB", ours=900.0),
        Record("training.digits.shared-noise", "steps/s", ours=200.0),
    ]
    write(results, [*sizes, *others], {})
    draw(results, figure)
    picture = figure.read_text()
    assert "ms a training step" in picture
    assert "products alone" in picture
    assert [text for text in ("25", "50", "200") if f">{text}</text>" not in picture] == []
    assert "Networks in a process" not in picture


def test_nothing_is_drawn_of_nothing(tmp_path):
    draw(tmp_path / "results.json", tmp_path / "results.svg")
    assert list(tmp_path.iterdir()) == []
