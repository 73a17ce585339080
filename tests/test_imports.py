"""Imports go one way, cost nothing that is not asked for, and change nothing outside the package."""

import ast
import importlib.metadata
import itertools
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import slowpoints

SOURCE = Path(slowpoints.__file__).parent
TESTS = Path(__file__).parent

ORDER = (
    "data",
    "dynamics",
    "explorer",
    "task",
    "networks",
    "protocols",
    "training",
    "recall",
    "interop",
    "measurements",
    "results",
    "engines",
    "study",
    "claims",
    "plots",
    "report",
    "cli",
    "__main__",
)
"""The order of docs/design.md: a part imports the parts before it, never one after it."""

GROUND = {
    "_types": frozenset(),
    "_errors": frozenset(),
    "_extras": frozenset(),
    "_atomic": frozenset(),
    "_number_of": frozenset(),
    "_tensors": frozenset(),
    "_keys": frozenset({"_types"}),
    "_options": frozenset({"_errors"}),
}
"""The private modules below everything, with what each may import."""

ALONE = {"dynamics": frozenset({"_types", "_errors", "_extras", "_atomic", "_tensors"})}
"""Parts that stand alone, with what little they may import."""

FRONT = {"_display": "cli"}
"""Private modules that belong to one part and are imported by it only."""


def local_imports(source: str, package: str) -> Iterator[str]:
    """The dotted name of every slowpoints module or name that a module in `package` imports, wherever in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "slowpoints")
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            if module.split(".")[0] == "slowpoints":
                yield from (f"{module}.{alias.name}" for alias in node.names)


def part_of(dotted: str) -> str:
    """The part of the package a dotted name belongs to; "" is the package itself."""
    return ".".join(dotted.split(".")[1:2])


def allowed(part: str) -> frozenset[str]:
    """The other parts that a part may import."""
    if part in GROUND:
        return GROUND[part]
    if part in ALONE:
        return ALONE[part]
    owner = FRONT.get(part, part)
    before = ORDER[: ORDER.index(owner)] if owner in ORDER else ()
    return frozenset({*GROUND, *before, *(name for name, user in FRONT.items() if user == part)})


def violations(sources: Mapping[str, str]) -> list[str]:
    """A line for every import against the order, in sources by path relative to the package."""
    found = []
    for path, source in sources.items():
        *folders, file = path.removesuffix(".py").split("/")
        part = folders[0] if folders else file
        for name in local_imports(source, ".".join(["slowpoints", *folders])):
            if part_of(name) not in {part, "__version__"} | allowed(part):
                found.append(f"{path} imports {name}")
    return found


def package_sources() -> dict[str, str]:
    return {path.relative_to(SOURCE).as_posix(): path.read_text() for path in sorted(SOURCE.rglob("*.py"))}


def test_imports_go_one_way():
    assert violations(package_sources()) == []


def private_reaches(sources: Mapping[str, str], parts: frozenset[str]) -> list[str]:
    """A line for every import of another part's private module, among the given parts."""
    found = []
    for path, source in sources.items():
        *folders, _ = path.removesuffix(".py").split("/")
        for name in local_imports(source, ".".join(["slowpoints", *folders])):
            part = part_of(name)
            if folders and folders[0] in parts and part in parts - {folders[0]} and "._" in name:
                found.append(f"{path} imports {name}")
    return found


READERS = frozenset({"results", "claims", "plots", "report"})
"""Parts that read each other by their public names only."""


def test_readers_of_results_keep_to_public_names():
    assert private_reaches(package_sources(), READERS) == []
    reach = {"plots/_delay.py": "from slowpoints.claims._nominal import FAILED"}
    assert private_reaches(reach, READERS) == ["plots/_delay.py imports slowpoints.claims._nominal.FAILED"]


def test_every_part_has_its_place_in_the_order():
    parts = {path.name.removesuffix(".py") for path in SOURCE.iterdir() if path.suffix == ".py" or is_package(path)}
    assert parts - {"__init__"} <= {*ORDER, *GROUND, *FRONT}


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("task/_loss.py", "from slowpoints.training import train"),
        ("task/_loss.py", "import slowpoints.networks"),
        ("task/_loss.py", "from slowpoints import networks"),
        ("task/_loss.py", "from ..networks import GRU"),
        ("task/_loss.py", "from .. import networks"),
        ("data/_corpus.py", "def load():\n    from slowpoints.study import Study"),
        ("dynamics/speed.py", "from slowpoints.networks import GRU"),
        ("dynamics/speed.py", "from slowpoints._keys import key_for"),
        ("study/_run.py", "from slowpoints.claims import judge"),
        ("results/_points.py", "from slowpoints.study import Study"),
        ("claims/nominal.py", "from slowpoints.plots import figures"),
        ("plots/delay.py", "from slowpoints.report import write_report"),
        ("report/_write.py", "from slowpoints.cli import main"),
        ("report/_write.py", "from slowpoints._display import status_table"),
        ("_display.py", "from slowpoints.cli import main"),
        ("_types.py", "from slowpoints._errors import InputError"),
        ("_keys.py", "from slowpoints._errors import InputError"),
        ("_options.py", "from slowpoints._atomic import write_atomically"),
        ("__init__.py", "from slowpoints.dynamics import find_slow_points"),
    ],
)
def test_an_import_against_the_order_is_seen(path, source):
    (line,) = violations({path: source})
    assert line.startswith(f"{path} imports slowpoints.")


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("training/_step.py", "from slowpoints.networks import GRU\nfrom slowpoints._keys import key_for\nimport jax"),
        ("training/_step.py", "from slowpoints.training._recipe import NetworkRecipe\nfrom ._recipe import x"),
        ("dynamics/speed.py", "from slowpoints._types import State\nfrom slowpoints._errors import InputError"),
        ("_keys.py", "from slowpoints._types import PRNGKey"),
        ("cli.py", "from slowpoints._display import status_table\nfrom slowpoints.report import write_report"),
        ("report/_page.py", "from slowpoints import __version__"),
        ("data/_files.py", "import slowpointsless\nfrom .. import __version__"),
    ],
)
def test_an_import_with_the_order_passes(path, source):
    assert violations({path: source}) == []


def is_package(path: Path) -> bool:
    return (path / "__init__.py").exists()


def without_tests(source: Path, tests: Path) -> set[str]:
    """The subpackages that have no folder of tests with at least one test in it."""
    packages = {path.name for path in source.iterdir() if is_package(path)}
    return {name for name in packages if not list((tests / name).rglob("test_*.py"))}


def test_tests_mirror_the_package():
    assert without_tests(SOURCE, TESTS) == set()


def test_a_subpackage_without_tests_is_seen(tmp_path: Path):
    for name in ("tested", "empty", "untested"):
        (tmp_path / "source" / name).mkdir(parents=True)
        (tmp_path / "source" / name / "__init__.py").touch()
    for name in ("tested", "empty"):
        (tmp_path / "tests" / name).mkdir(parents=True)
    (tmp_path / "tests" / "tested" / "test_it.py").touch()
    assert without_tests(tmp_path / "source", tmp_path / "tests") == {"empty", "untested"}


def fresh(program: str) -> str:
    """What a program prints in a fresh interpreter; its errors fail the test."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


BLOCKED = (
    "xarray",
    "zarr",
    "matplotlib",
    "sklearn",
    "pooch",
    "rich",
    "ruamel",
    "cyclopts",
    "pandas",
    "jinja2",
    "cattrs",
    "markupsafe",
    "networkx",
)
"""What a bare machine that only trains may lack."""

BLOCK = f"""
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {BLOCKED!r}:
            raise ModuleNotFoundError("blocked: " + name)
sys.meta_path.insert(0, Blocked())
"""


def test_the_front_door_is_light():
    heavy = ("jax", "matplotlib", "xarray", "equinox", "zarr", "sklearn", "scipy", "torch")
    loaded = fresh(
        "import sys, json, slowpoints, slowpoints.cli\n"
        f"print(json.dumps([name for name in {heavy!r} if name in sys.modules]))"
    )
    assert json.loads(loaded) == []


def test_a_bare_machine_can_train_and_search():
    parts = ("data", "task", "networks", "protocols", "training", "recall", "dynamics", "interop", "measurements")
    program = BLOCK + "".join(f"import slowpoints.{part}\n" for part in parts)
    program += "try:\n    import xarray\nexcept ModuleNotFoundError as error:\n    print(error)"
    assert fresh(program).strip() == "blocked: xarray"


def test_importing_changes_no_setting():
    parts = sorted(path.name for path in SOURCE.iterdir() if is_package(path))
    seen = json.loads(
        fresh(
            "import json, logging, os, warnings, jax, matplotlib\n"
            "def settings():\n"
            "    return {\n"
            "        'jax': repr(sorted(jax.config.values.items(), key=lambda item: item[0])),\n"
            "        'matplotlib': repr(dict(matplotlib.rcParams)),\n"
            "        'logging': repr((logging.root.level, logging.root.handlers)),\n"
            "        'environment': repr(dict(os.environ)),\n"
            "    }\n"
            "before = settings()\n" + "".join(f"import slowpoints.{part}\n" for part in parts) + "after = settings()\n"
            "changed = [name for name in before if before[name] != after[name]]\n"
            "jax.config.update('jax_enable_x64', True)\n"
            "matplotlib.rcParams['font.size'] = 1.0\n"
            "print(json.dumps([changed, [name for name in after if after[name] != settings()[name]]]))"
        )
    )
    assert seen == [[], ["jax", "matplotlib"]]  # the second: the comparison does see a change


def test_every_library_that_is_imported_is_asked_for():
    """A library that comes along with another one today may not tomorrow."""
    project = tomllib.loads((TESTS.parent / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *itertools.chain(*project["optional-dependencies"].values())]
    declared = {Requirement(each).name.lower().replace("_", "-") for each in asked}
    given_by = {"DSA": ["dsa-metric"], **importlib.metadata.packages_distributions()}
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            for name in {name.split(".")[0] for name in names} - sys.stdlib_module_names - {"slowpoints"}:
                distributions = {each.lower().replace("_", "-") for each in given_by.get(name, [name])}
                assert distributions & declared, f"{path} imports {name}, which pyproject.toml does not ask for"
