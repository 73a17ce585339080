"""Gathers the pages of the site in a folder: those of docs/, the front page, and what is made from the code.

`python docs/site/stage.py FOLDER`; zensical.toml says what becomes of them.
"""

import ast
import dataclasses
import importlib
import inspect
import re
import shutil
import sys
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import slowpoints
from slowpoints._options import described
from slowpoints.engines import SlurmOptions
from slowpoints.measurements import MEASUREMENTS
from slowpoints.study import Grid, StudyConfig

ROOT = Path(__file__).parents[2]

AT_THE_ROOT = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
"""Pages that lie beside docs/, and their names in the site."""

PARTS = {
    "dynamics": "Slow points of any map",
    "interop": "Networks from elsewhere",
    "plots": "Figures",
    "explorer": "A page to walk around in",
    "networks": "Units, readout, network",
    "task": "The task",
    "protocols": "Protocols",
    "data": "Corpora",
    "training": "Training",
    "recall": "What networks hold",
    "measurements": "Measurements",
    "study": "Studies",
    "engines": "Where studies run",
    "results": "Results, as claims and figures read them",
    "claims": "Claims",
    "report": "The report",
}
"""The parts, in the order of the reference."""

SUBJECTS = {
    "search": "The search and what it finds",
    "solvers": "Solvers",
    "starts": "Where to start, and what is left",
    "sets": "What is distinct",
    "behaviour": "What points and states do",
    "graph": "Which points lead to which",
    "modes": "What modes do with inputs and readout",
    "regions": "Piecewise-linear maps",
    "tracking": "Where points come from",
    "exchange": "Keeping points",
}
"""The folders of `dynamics`; `search` stands for what lies in none."""


def pages(root: Path) -> Iterator[tuple[str, str]]:
    """Every page of the site by its name."""
    for path in sorted((root / "docs").glob("*.md")):
        yield path.name, _linked(path.read_text())
    for name, page in AT_THE_ROOT.items():
        # Under its other name Python is shown and not run: README says what it prints, and a test that it does.
        yield page, _linked((root / name).read_text().replace("```python\n", "```py\n"))
    yield "options.md", options()
    yield from reference()
    yield from gallery(root / "examples")


def _linked(text: str) -> str:
    """A page whose links lead to pages of the site, and whose pictures lie beside it."""
    text = re.sub(r"!\[([^]]*)\]\((?:[\w./-]*/)?([\w.-]+)\)", r"![\1](\2)", text)
    return re.sub(r"(?<!!)\[([^]]+)\]\(([^)\s]+)\)", _link, text)


def _link(found: re.Match[str]) -> str:
    """A link to the page that a file of the repository has become; its words alone where it has become none."""
    words, target = found.groups()
    if target.startswith(("http", "#")):
        return found[0]
    path, *anchor = target.removeprefix("../").removeprefix("docs/").split("#")
    if example := re.fullmatch(r"examples/(\w+)\.py", path):
        path = f"gallery-{example[1].replace('_', '-')}.md"
    path = AT_THE_ROOT.get(path, path)
    return f"[{words}]({'#'.join([path, *anchor])})" if path.endswith(".md") else words


def pictures(root: Path) -> Iterator[Path]:
    """The committed pictures that pages show."""
    texts = [path.read_text() for path in (*(root / "docs").glob("*.md"), *(root / name for name in AT_THE_ROOT))]
    for name in re.findall(r"!\[[^]]*\]\((?:\.\./)?([\w./-]+)\)", "".join(texts)):
        yield root / name


def options() -> str:
    """Every option there is, from the settings themselves."""
    sections = ["# Every option\n\nMade from the code. `slowpoints config PRESET` prints them as YAML, with a preset's"]
    sections[0] += (
        " values in place of the defaults.\nOn the command line an option of a group is written `--training.steps 500`"
        "; one of a measurement needs no `measurements.` before it.\n"
    )
    sections += _tables("The study", "", StudyConfig)
    sections += _tables("Networks: each grid of `networks`", "networks.", Grid)
    for name, measurement in MEASUREMENTS.items():
        if dataclasses.fields(measurement.settings):
            sections += _tables(f"Measurement: {name}", f"measurements.{name}.", measurement.settings)
    sections += _tables("Slurm jobs: `--engine slurm:FILE`", "", SlurmOptions)
    return "\n".join(sections)


def _tables(title: str, prefix: str, settings: type) -> list[str]:
    """A table of a settings dataclass, and one of each that it holds."""
    rows, inner = [], []
    default = settings()
    for name, kind, about in described(settings):
        value = getattr(default, name)
        if dataclasses.is_dataclass(kind):
            inner += _tables(f"{name.replace('_', ' ').capitalize()}", f"{prefix}{name}.", typing.cast(type, kind))
        elif (settings, name) not in {(StudyConfig, "networks"), (StudyConfig, "measurements")}:
            cells = (f"`{prefix}{name}`", _kind(kind), _value(value), _range(about), about["meaning"])
            rows.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    head = "| option | kind | default | range and unit | meaning |\n|---|---|---|---|---|"
    return [f"## {title}\n\n{head}", *rows, "", *inner]


def _kind(kind: Any) -> str:
    """A type in words."""
    words = {int: "whole number", float: "number", bool: "true or false", str: "text", type(None): "nothing"}
    if kind in words:
        return words[kind]
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return " or ".join(f"`{one}`" for one in inner)
    if origin is tuple:
        return f"list, each a {_kind(inner[0])}"
    if origin in (typing.Union, types.UnionType):
        return " or ".join(map(_kind, inner))
    return "mapping"


def _value(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if value == sys.executable:
        return "the Python that runs"
    if isinstance(value, tuple):
        return ", ".join(map(_value, value))
    return f"{value}" if not isinstance(value, dict) else "none"


def _range(about: Any) -> str:
    low, high, unit = about["low"], about["high"], about["unit"]
    if low is None and high is None:
        return unit
    between = f"at least {low:,}" if high is None else f"at most {high:,}" if low is None else f"{low:,} to {high:,}"
    return f"{between} {unit}".rstrip()


def reference() -> Iterator[tuple[str, str]]:
    """The reference: a page a part, `dynamics` one a subject, and a page that lists them all."""
    index = ["# Python\n\n`from slowpoints import …` gives every name in **bold**; the others come from their part.\n"]
    for part, title in PARTS.items():
        module = importlib.import_module(f"slowpoints.{part}")
        of_subject: dict[str, list[str]] = {}
        for name in _public(module):
            of_subject.setdefault(_subject(part, getattr(module, name)), []).append(name)
        for subject in sorted(of_subject, key=lambda one: [*SUBJECTS, *PARTS].index(one)):
            page = f"api-{subject}.md"
            heading = title if subject == part else f"{title}: {SUBJECTS[subject][0].lower()}{SUBJECTS[subject][1:]}"
            names = of_subject[subject]
            links = (
                f"[{f'**{name}**' if name in slowpoints.__all__ else name}]({page}#slowpoints.{part}.{name})"
                for name in names
            )
            index.append(f"## {heading}\n\n{' · '.join(links)}\n")
            about = "" if subject != part else f"{inspect.getdoc(module)}\n\n"
            yield page, f"# {heading}\n\n{about}" + "\n".join(f"::: slowpoints.{part}.{name}\n" for name in names)
    yield "api.md", "\n".join(index)


def _public(module: types.ModuleType) -> list[str]:
    """The names that a part exports, in its own order."""
    tree = ast.parse(Path(str(module.__file__)).read_text())
    return [
        alias.asname for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names if alias.asname
    ]


def _subject(part: str, value: Any) -> str:
    if part != "dynamics":
        return part
    folder = getattr(value, "__module__", "").split(".")[2:3]
    return folder[0] if folder and folder[0] in SUBJECTS else "search"


def gallery(folder: Path) -> Iterator[tuple[str, str]]:
    """A page an example: what its docstring says, then the program, run while the site is built. And a list of them."""
    listed = ["# Gallery\n\nPrograms to copy, each run while this site was built, each under a minute.\n"]
    for path in sorted(folder.glob("*.py")):
        text = path.read_text()
        docstring = ast.get_docstring(ast.parse(text)) or ""
        title, _, about = docstring.partition("\n")
        program = text.split('"""', 2)[2].strip()
        page = f"gallery-{path.stem.replace('_', '-')}.md"
        listed.append(f"- [{title.rstrip('.')}]({page}): `examples/{path.name}`")
        yield page, f"# {title.rstrip('.')}\n\n{about.strip()}\n\n```python\n{program}\n```\n"
    yield "gallery.md", "\n".join([*listed, ""])


def stage(folder: Path) -> None:
    """Writes all pages, and the pictures they show, into an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, text in pages(ROOT):
        (folder / name).write_text(text)
    for picture in pictures(ROOT):
        shutil.copy(picture, folder / picture.name)


if __name__ == "__main__":
    stage(Path(sys.argv[1]))
