"""Without the libraries of extras, what needs one says so in one sentence; the rest works (tests/test_imports.py)."""

import subprocess
import sys

import pytest

from slowpoints._extras import MissingLibrary, needs
from tests.test_imports import BLOCKED, fresh

ABSENT = f"import sys\nsys.modules.update(dict.fromkeys({BLOCKED!r}))\n"

SENTENCES = {
    "from slowpoints import figures": "matplotlib and xarray are not installed; pip install 'slowpoints[plots]' brings",
    "from slowpoints import judge": "xarray is not installed; pip install 'slowpoints[study]' brings",
    "from slowpoints import run_study": "cattrs and ruamel and xarray and zarr are not installed; pip install",
    "from slowpoints import write_report": "jinja2 and markupsafe and matplotlib are not installed; pip install",
    "from slowpoints import load_corpus; load_corpus('digits')": "sklearn is not installed; pip install",
    "import slowpoints.cli": "cyclopts and rich are not installed; pip install",
}


def test_what_needs_a_missing_library_says_how_to_get_it():
    program = ABSENT + (
        "from slowpoints._extras import MissingLibrary\n"
        f"for statement in {list(SENTENCES)!r}:\n"
        "    try:\n        exec(statement)\n    except MissingLibrary as error:\n        print(error)\n"
    )
    lines = fresh(program).splitlines()
    assert len(lines) == len(SENTENCES)
    assert all(line.startswith(sentence) for line, sentence in zip(lines, SENTENCES.values(), strict=True))


def test_the_command_says_it_too():
    program = f"{ABSENT}from slowpoints.__main__ import main\nmain()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
    assert done.returncode == 2
    assert done.stderr == (
        "slowpoints: cyclopts and rich are not installed; pip install 'slowpoints[study]' brings them.\n"
    )


def test_one_library_and_several():
    needs("study", "json", "re")
    with pytest.raises(
        MissingLibrary, match=r"^no_such is not installed; pip install 'slowpoints\[plots\]' brings it\.$"
    ):
        needs("plots", "json", "no_such")
