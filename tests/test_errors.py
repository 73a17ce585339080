"""The one exception for wrong input."""

import pytest

from slowpoints._errors import InputError


def test_it_is_a_value_error_that_says_its_sentence():
    with pytest.raises(ValueError, match=r"^units must be from 1 to 5; got 6\.$"):
        raise InputError("units must be from 1 to 5; got 6.")
