"""What the documentation shows as Python runs as it stands, each page from top to bottom."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
PAGES = {path.name: re.findall(r"```python\n(.*?)```", path.read_text(), flags=re.DOTALL) for path in DOCS.glob("*.md")}
WITH_PYTHON = sorted(name for name, blocks in PAGES.items() if blocks)


@pytest.mark.parametrize("page", WITH_PYTHON)
def test_a_page_runs(page, tmp_path, monkeypatch, capsys):
    blocks = PAGES[page]
    for library in ("torch", "keras", "flax"):
        if any(f"import {library}" in block for block in blocks):
            pytest.importorskip(library)
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    printed = []
    for block in blocks:
        exec(compile(block, page, "exec"), names)
        printed.append(capsys.readouterr().out)
    shown = {name for block in blocks for name in re.findall(SHOWN, block)}
    for name in filter(None, (part for pair in shown for part in pair)):
        assert (tmp_path / name).stat().st_size > 0
    CHECKS.get(page, lambda printed: None)(printed)


SHOWN = r'savefig\("([^"]*)"\)|save_points\([^"]*"([^"]*)"\)|save_figure\(.*?, Path\("([^"]*)"\)\)'
"""The files that a block leaves."""


def own_network(printed: list[str]) -> None:
    words = r"(FIXED_POINT|SLOW_POINT|EDGE|DEGENERATE) +‖F\(x\) − x‖ = \S+  (ATTRACTOR|SADDLE|REPELLER|MARGINAL)"
    lines = printed[0].splitlines()
    assert len(lines) >= 3
    assert all(re.fullmatch(words, line) for line in lines)


def numbers(printed: list[str]) -> None:
    assert printed[0].splitlines() == [
        "μ = -0.04: FIXED_POINT, |x| = 0.200000, S = 0.000000",
        "μ = +0.04: SLOW_POINT, |x| = 0.000000, S = 0.001600",
    ]


def idea(printed: list[str]) -> None:
    landscape, births = printed[3], printed[5]
    assert [landscape.count(label) for label in ("ATTRACTOR", "SADDLE", "REPELLER")] == [4, 4, 1]  # 3² on paper
    (line,) = births.splitlines()
    kind, at = line.split(", at μ = ")
    assert kind in ("APPEARS", "DISAPPEARS")
    assert float(at) == pytest.approx(0.0, abs=2e-3)


def across_inputs(printed: list[str]) -> None:
    """At the saddles a pulse on the context's channel is kept and one on the other is not, as the task was."""
    line = r"context (\d), SADDLE: .* by (\S+) \(channel 0\), (\S+) \(channel 1\)"
    found = re.findall(line, "".join(printed))
    assert {context for context, *_ in found} == {"0", "1"}
    for context, *pulses in found:
        moved = [abs(float(pulse)) for pulse in pulses]
        assert moved[int(context)] > 3 * moved[1 - int(context)]


CHECKS = {"own-network.md": own_network, "numbers.md": numbers, "idea.md": idea, "across-inputs.md": across_inputs}
"""What pages print, where it is known on paper."""
