"""The site's pages: all that is public and every option is on them, and links in the repository lead somewhere."""

import ast
import importlib.util
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

import slowpoints
import stage
from slowpoints.study import config_to_mapping, StudyConfig

ROOT = Path(__file__).parent.parent
PAGES = dict(stage.pages(ROOT))
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def test_everything_at_the_front_door_is_in_the_reference_once():
    listed = re.findall(r"^::: slowpoints\.(\w+\.\w+)$", "\n".join(PAGES.values()), flags=re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert sorted(set(slowpoints.__all__) - {name.partition(".")[2] for name in listed}) == []


def names_of(options: Mapping, prefix: str = "") -> list[str]:
    inner = [(f"{prefix}{name}", value) for name, value in options.items()]
    return [
        name
        for whole, value in inner
        for name in (names_of(value, f"{whole}.") if isinstance(value, dict) and value else [whole])
    ]


def test_every_option_is_on_the_page():
    config = config_to_mapping(StudyConfig())
    grid = {f"networks.{name}" for name in config.pop("networks")[0]}
    shown = re.findall(r"^\| `([\w.]+)` \|", PAGES["options.md"], flags=re.MULTILINE)
    assert set(shown) >= {*names_of(config), *grid}
    rows = PAGES["options.md"].splitlines()
    assert "| `training.batch` | whole number | 128 | 1 to 1,000,000 | Trials a step. |" in rows
    assert any(row.startswith("| `task.trial_steps` | whole number | 20 | 2 to 10,000 steps | ") for row in rows)


def pages_of(nav: list | dict | str) -> list[str]:
    if isinstance(nav, str):
        return [nav]
    return [page for one in (nav.values() if isinstance(nav, dict) else nav) for page in pages_of(one)]


def test_the_site_has_every_page_in_its_menu():
    nav = pages_of(tomllib.loads((ROOT / "zensical.toml").read_text())["project"]["nav"])
    assert sorted(nav) == sorted(name for name in PAGES if not name.startswith(("api-", "gallery-")))


TEXTS = [*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md"), ROOT / "examples/results/README.md"]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_links_lead_to_files(path: Path):
    targets = re.findall(r"\]\(([^)#\s]+)", re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL))
    local = [target for target in targets if not target.startswith("http")]
    assert [target for target in local if not (path.parent / target).exists()] == []


def test_links_become_those_of_the_site():
    def linked(target: str) -> str:
        return stage._linked(f"see [it]({target})").removeprefix("see ")

    assert linked("docs/claims.md#rules") == "[it](claims.md#rules)"
    assert linked("../CONTRIBUTING.md") == "[it](contributing.md)"
    assert linked("examples/flip_flop.py") == "[it](gallery-flip-flop.md)"
    assert linked("https://example.org/a.md") == "[it](https://example.org/a.md)"
    assert linked("examples/results") == "it"
    assert stage._linked("![it](../benchmarks/results.svg)") == "![it](results.svg)"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_says_what_it_is_and_checks_itself(path: Path):
    tree = ast.parse(path.read_text())
    title, _, about = (ast.get_docstring(tree) or "").partition("\n\n")
    assert title.endswith((".", "?"))
    assert len(about) > 100
    assert any(isinstance(node, ast.Assert) for node in ast.walk(tree))


def test_an_example_runs(tmp_path: Path, monkeypatch):
    """One of them; the others run while the site is built."""
    monkeypatch.chdir(tmp_path)
    spec = importlib.util.spec_from_file_location("example", ROOT / "examples" / "line_attractor.py")
    assert spec
    assert spec.loader
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    assert (tmp_path / "line.png").read_bytes().startswith(b"\x89PNG")
