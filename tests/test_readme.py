"""What README shows as Python runs as it stands, and prints what README says."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BLOCKS = re.findall(r"```python\n(.*?)```\n```text\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)


def test_readme_has_python():
    assert BLOCKS


@pytest.mark.parametrize(("block", "printed"), BLOCKS)
def test_python_in_the_readme_prints_what_it_says(block, printed, capsys, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.chdir(ROOT)
    exec(compile(block, "README.md", "exec"), {})
    assert capsys.readouterr().out == printed
