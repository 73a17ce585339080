"""How often a claim is called *replicated* in simulated studies in which there is nothing to find.

Not part of the tests, because it takes too long: `make torture`. `tests/claims/test_nulls.py` is a sample of it.
"""

import pytest
from scipy.stats import binomtest

from tests.claims.nulls import false_replications, NULLS

DRAWS = 1000

MOST = 0.06
"""The share of such studies below which the interval of the false rate must lie."""


@pytest.mark.parametrize("networks", [3, 5, 10])
@pytest.mark.parametrize("null", NULLS)
def test_nothing_is_seldom_called_replicated(null, networks, record_property):
    for sign, false in zip(("above", "below"), false_replications(null, networks, DRAWS), strict=True):
        record_property(sign, false)
        interval = binomtest(false, DRAWS).proportion_ci(0.95)
        assert interval.high < MOST, f"{sign}: {false} of {DRAWS}"
