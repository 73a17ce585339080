"""The release checklist, as a program: `python3 .ci/release.py` says of each point whether it holds, and ends with 1 if
one does not. It publishes nothing. What it builds and installs lies in temporary folders; it needs pip's index.

`python3 .ci/release.py 3.12` tries this Python only; --all also runs `make test` and `make docs`. With pyenv, name the
Pythons in its variable: `PYENV_VERSION=3.11.7:3.12.1:3.13.0`.
"""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]

PYTHONS = ("3.11", "3.12", "3.13")

SEARCH_AND_TRAIN = """
import importlib.util
from pathlib import Path

import jax.numpy as jnp
import numpy as np

from slowpoints import find_slow_points, from_file, load_corpus, load_network, survey, TaskSettings, TrainingSettings
from slowpoints.protocols import naive
from slowpoints.training import NetworkRecipe, snapshot_path, train

present = [name for name in ("matplotlib", "zarr", "xarray", "cyclopts", "sklearn") if importlib.util.find_spec(name)]
assert not present, present
assert find_slow_points(jnp.cos, np.array([[0.5]])).state.round(6)[0, 0] == 0.739085
np.savez("mine.npz", images=np.random.default_rng(0).random((60, 4, 4)), labels=np.repeat([0, 1, 2], 20))
corpus = load_corpus("arrays", file=Path("mine.npz"))
protocol = naive(trial_steps=8, classes=3)
settings = TrainingSettings(steps=20, batch=4, noise_bank=16)
recipe = NetworkRecipe("gru", 6, "sigmoid", protocol, 0, TaskSettings(trial_steps=8), settings)
train((recipe,), corpus, (Path("network"),), record_every=10, snapshot_every=20)
path = snapshot_path(Path("network"), 20)
assert load_network(path).unit.units == 6
print(len(survey(from_file(path), starts=8).exploration.found), "searches in a network that was trained here")
"""

QUICK_STUDY = (
    "venv/bin/slowpoints run digits-quick --output s --engine serial --only learning --seeds 1 --unit gru "
    "--protocol naive --units 8 --training.steps 40"
)

failures: list[str] = []


def check(what: str, holds: object, advice: str = "") -> None:
    """Prints a point of the list, and what to do where it does not hold."""
    print(f"{'yes' if holds else 'NO '}  {what}{'' if holds else f'; {advice}'}", flush=True)
    if not holds:
        failures.append(what)


def ran(command: list[str], folder: Path, **environment: str) -> bool:
    """Whether a command went well; what it said is shown if it did not."""
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=clean | environment)
    if done.returncode:
        print(done.stdout[-2000:], done.stderr[-2000:])
    return not done.returncode


def texts(version: str) -> None:
    """What is written down agrees, and is committed."""
    changelog = (ROOT / "CHANGELOG.md").read_text()
    heading = re.search(r"^## (.+)$", changelog, flags=re.MULTILINE)
    dated = heading and re.fullmatch(rf"{re.escape(version)} \(\d{{4}}-\d\d-\d\d\)", heading[1])
    check(f"CHANGELOG.md begins with {version} and its date", dated, "write ## VERSION (YYYY-MM-DD)")
    cited = f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text()
    check(f"CITATION.cff says {version}", cited, "write it there")
    changed = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True).stdout
    check("everything is committed", not changed, "commit or remove what `git status` lists")
    tags = subprocess.run(["git", "tag"], cwd=ROOT, capture_output=True, text=True).stdout.split()
    check(f"v{version} is a new tag", f"v{version}" not in tags, "raise the version in pyproject.toml")


def built(folder: Path) -> tuple[Path, Path]:
    """The wheel and the sdist, built as a user's pip would."""
    ran([sys.executable, "-m", "venv", "build"], folder)
    ran(["build/bin/pip", "install", "--quiet", "build"], folder)
    check("wheel and sdist are built", ran(["build/bin/python", "-m", "build", "--outdir", ".", str(ROOT)], folder))
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    inside = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    check("the wheel has the package alone", all(name.startswith("slowpoints") for name in inside), f"it has {inside}")
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[-1] for name in archive.getnames()}
    wanted = {"LICENSE", "README.md", "CHANGELOG.md", "CITATION.cff", "pyproject.toml", "tests/test_readme.py"}
    check("the sdist has what it needs", wanted <= names, f"it lacks {sorted(wanted - names)}")
    print(f"     {wheel.name} {wheel.stat().st_size / 1e3:.0f} kB, {sdist.name} {sdist.stat().st_size / 1e3:.0f} kB")
    return wheel, sdist


def installed(python: str, wheel: Path, sdist: Path, folder: Path) -> None:
    """Clean environments of one Python: bare, and with studies."""
    program = shutil.which(f"python{python}")
    if program is None or not ran([program, "-c", ""], folder):
        check(f"Python {python} is here", False, "install it")
        return
    for name, what in (("bare", str(wheel)), ("study", f"slowpoints[study] @ {sdist.as_uri()}")):
        place = folder / f"{name}-{python}"
        place.mkdir()
        ran([program, "-m", "venv", "venv"], place)
        pip = ["venv/bin/pip", "install", "--quiet", "-c", str(ROOT / "constraints.txt"), what]
        check(f"{name} installs on Python {python}", ran(pip, place))
        if name == "bare":
            check(f"it searches and trains on {python}", ran(["venv/bin/python", "-c", SEARCH_AND_TRAIN], place))
        else:
            check(f"its libraries agree on {python}", ran(["venv/bin/pip", "check"], place))
            check(f"it runs a study on {python}", ran(QUICK_STUDY.split(), place))
            check(f"it reports it on {python}", ran(["venv/bin/slowpoints", "report", "s"], place))
        shutil.rmtree(place / "venv")


def main() -> int:
    """The whole list."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    texts(version)
    with tempfile.TemporaryDirectory() as scratch:
        wheel, sdist = built(Path(scratch))
        for python in [word for word in sys.argv[1:] if word in PYTHONS] or PYTHONS:
            installed(python, wheel, sdist, Path(scratch))
    if "--all" in sys.argv[1:]:
        for target in ("test", "docs"):
            check(f"make {target}", ran(["make", target], ROOT))
    print(f"\n{len(failures)} points do not hold." if failures else f"\nAll holds; tag it: git tag v{version}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
