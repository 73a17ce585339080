"""Every command on studies in which every kind of damage has happened to every kind of file.

Not part of the tests, because it takes too long: `make torture`. `tests/study/test_damaged.py` is a sample of it.
"""

import pytest

from tests.study.damaged import CASES, COMMANDS, Damaging
from tests.study.tiny import finished


@pytest.fixture(scope="module")
def damaging(tmp_path_factory) -> Damaging:
    return Damaging(finished(tmp_path_factory), tmp_path_factory.mktemp("damage"))


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("kind", "damage"), CASES)
def test_a_damaged_file_is_named_or_does_not_matter(kind, damage, command, damaging):
    damaging.check(kind, damage, command)
