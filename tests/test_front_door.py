"""What `import slowpoints` offers: every public name of its parts, loaded when it is first used."""

import importlib

import pytest

import slowpoints
from tests.test_imports import fresh

PARTS = ("dynamics", "interop")
"""The parts all of whose public names are at the front door."""


@pytest.mark.parametrize("name", slowpoints.__all__)
def test_every_public_name_is_there(name):
    assert getattr(slowpoints, name) is not None
    assert name in dir(slowpoints)


@pytest.mark.parametrize("part", PARTS)
def test_all_of_a_part_is_offered(part):
    module = importlib.import_module(f"slowpoints.{part}")
    public = {name for name in vars(module) if not name.startswith("_")}
    functions = {name for name in public if getattr(getattr(module, name), "__module__", "").startswith("slowpoints.")}
    assert functions <= set(slowpoints.__all__)
    for name in functions:
        assert getattr(slowpoints, name) is getattr(module, name)


def test_what_is_not_there_is_said():
    with pytest.raises(AttributeError, match="No slowpoints attribute find_slow_point"):
        slowpoints.find_slow_point  # noqa: B018


def test_a_name_loads_its_part_alone():
    program = (
        "import sys, slowpoints\n"
        "assert 'jax' not in sys.modules\n"
        "slowpoints.find_slow_points\n"
        "print([part for part in ('study', 'claims', 'training', 'plots') if f'slowpoints.{part}' in sys.modules])"
    )
    assert fresh(program).strip() == "[]"
