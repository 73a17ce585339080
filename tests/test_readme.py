"""What README shows as Python runs as it stands."""

import re
from pathlib import Path

import pytest

README = (Path(__file__).parent.parent / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)


def test_readme_has_python():
    assert BLOCKS


@pytest.mark.parametrize("block", BLOCKS)
def test_python_in_the_readme_runs(block, capsys):
    exec(compile(block, "README.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 8
    assert all(re.match(r"(FIXED_POINT|SLOW_POINT|EDGE|DEGENERATE|UNFINISHED) \d", line) for line in lines)
