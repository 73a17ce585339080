"""What the documentation shows as Python runs as it stands, each page from top to bottom."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
PAGES = {path.name: re.findall(r"```python\n(.*?)```", path.read_text(), flags=re.DOTALL) for path in DOCS.glob("*.md")}
WITH_PYTHON = sorted(name for name, blocks in PAGES.items() if blocks)


@pytest.mark.parametrize("page", WITH_PYTHON)
def test_a_page_runs(page, tmp_path, monkeypatch):
    blocks = PAGES[page]
    for library in ("torch", "keras", "flax"):
        if any(f"import {library}" in block for block in blocks):
            pytest.importorskip(library)
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    for block in blocks:
        exec(compile(block, page, "exec"), names)
    shown = {name for block in blocks for name in re.findall(r'savefig\("(.*?)"\)|save_points\(.*?"(.*?)"\)', block)}
    for name in filter(None, (part for pair in shown for part in pair)):
        assert (tmp_path / name).stat().st_size > 0


def test_own_network_gives_points_and_a_figure(tmp_path, monkeypatch, capsys):
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    exec(compile(PAGES["own-network.md"][0], "own-network.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) >= 3
    words = r"(FIXED_POINT|SLOW_POINT|EDGE|DEGENERATE) +‖F\(x\) − x‖ = \S+  (ATTRACTOR|SADDLE|REPELLER|MARGINAL)"
    assert all(re.fullmatch(words, line) for line in lines)
    assert (tmp_path / "points.png").read_bytes().startswith(b"\x89PNG")
