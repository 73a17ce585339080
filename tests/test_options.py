"""Options of settings: ranges, identities, and what a person reads."""

import dataclasses
import json
import re

import pytest

from slowpoints._errors import InputError
from slowpoints._options import check_once, check_ranges, described, identity, option, plain


@dataclasses.dataclass(frozen=True)
class Inner:
    depth: int = option(2, "How deep.")


@dataclasses.dataclass(frozen=True)
class Settings:
    steps: int = option(1000, "Steps.", low=1, high=10_000, unit="steps")
    rate: float = option(0.5, "Rate.", low=0.0)
    floor: float = option(-1.0, "Floor.", high=0.0)
    delays: tuple[int, ...] = option((1, 2), "Delays.", low=1, high=9)
    joint: bool = option(False, "Joint.", low=5)
    words: str = option("few", "Words.", low=5)
    clip: float = option(0.5, "Clip.", before=0.0)
    limit: int | None = option(None, "Limit.", before=None)
    inner: Inner = option(Inner(), "Inner.")
    names: dict = option({"a": (1, 2)}, "Names.")

    def __post_init__(self):
        check_ranges(self)
        check_once(self, "delays")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("steps", 0, "steps must be from 1 to 10,000; got 0."),
        ("steps", 10_001, "steps must be from 1 to 10,000; got 10,001."),
        ("rate", -1e-9, "rate must be at least 0; got -1e-09."),
        ("rate", float("nan"), "rate must be at least 0; got nan."),
        ("floor", 0.25, "floor must be at most 0; got 0.25."),
        ("delays", (3, 10), "delays must be from 1 to 9; got 10."),
        ("delays", (3, 4, 3), "delays names something twice: 3, 4, 3."),
    ],
)
def test_what_is_out_of_range_is_said_with_the_range(name, value, sentence):
    with pytest.raises(InputError, match=f"^{re.escape(sentence)}$"):
        Settings(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("steps", 1),
        ("steps", 10_000),
        ("rate", 0.0),
        ("rate", 1e300),
        ("floor", 0.0),
        ("delays", (1, 9)),
        ("delays", ()),
    ],
)
def test_the_ends_of_a_range_belong_to_it(name, value):
    assert getattr(Settings(**{name: value}), name) == value


def test_words_and_truth_values_have_no_range():
    assert Settings(joint=True).joint
    assert not Settings().joint


def test_an_option_at_its_value_from_before_is_left_out_of_the_identity():
    full = {
        "steps": 1000,
        "rate": 0.5,
        "floor": -1.0,
        "delays": [1, 2],
        "joint": False,
        "words": "few",
        "inner": {"depth": 2},
        "names": {"a": [1, 2]},
    }
    # What counts is the value from before, not the default.
    assert identity(Settings()) == full | {"clip": 0.5}
    assert identity(Settings(clip=0.0)) == full
    assert identity(Settings(clip=0.0, limit=3)) == full | {"limit": 3}


def test_an_identity_is_that_of_settings_without_the_later_options():
    @dataclasses.dataclass(frozen=True)
    class Earlier:
        steps: int = option(7, "Steps.")

    @dataclasses.dataclass(frozen=True)
    class Later:
        steps: int = option(9, "Steps.")
        clip: float = option(0.5, "Clip.", before=0.0)

    assert identity(Later(steps=7, clip=0.0)) == identity(Earlier())
    assert identity(Later(steps=7)) != identity(Earlier())


def test_plain_values_are_what_json_gives_back():
    values = plain(Settings(inner=Inner(3)))
    assert values == json.loads(json.dumps(values))
    assert (values["inner"], values["names"], values["limit"]) == ({"depth": 3}, {"a": [1, 2]}, None)
    assert list(values) == [field.name for field in dataclasses.fields(Settings)]


def test_a_mapping_is_each_one_s_own():
    one, other = Settings(), Settings()
    one.names["b"] = 3
    assert other.names == {"a": (1, 2)}
    assert Settings().names == {"a": (1, 2)}


def test_every_option_says_what_it_is():
    told = {name: (kind, about) for name, kind, about in described(Settings)}
    assert list(told) == [field.name for field in dataclasses.fields(Settings)]
    kind, about = told["steps"]
    assert kind is int
    assert (about["meaning"], about["low"], about["high"], about["unit"]) == ("Steps.", 1, 10_000, "steps")
    assert told["delays"][0] == tuple[int, ...]
    assert "before" not in about
    assert told["limit"][1]["before"] is None
