"""A sample of what `make torture` does with every kind of file, damage and command."""

import pytest

from tests.study.damaged import Damaging
from tests.study.tiny import finished


@pytest.fixture(scope="module")
def damaging(tmp_path_factory) -> Damaging:
    return Damaging(finished(tmp_path_factory), tmp_path_factory.mktemp("damage"))


@pytest.mark.parametrize(
    ("kind", "damage", "command"),
    [
        ("slow points", "flip", "claims"),
        ("slow points", "conflict", "export"),
        ("slow points", "empty", "export"),
        ("record", "another's", "gather"),
        ("study", "empty", "status"),
        ("chunk of the copy", "flip", "claims"),
        ("checksums in training", "another's", "run"),
        ("metrics in training", "delete", "run"),
        ("state", "flip", "run"),
    ],
)
def test_a_damaged_file_is_named_or_does_not_matter(kind, damage, command, damaging):
    damaging.check(kind, damage, command)
