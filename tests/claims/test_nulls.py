"""A sample of `make torture`'s simulated studies in which there is nothing to find."""

import pytest

from tests.claims.nulls import false_replications, NULLS


@pytest.mark.parametrize("null", [name for name in NULLS if not name.startswith("ranks")])
def test_nothing_is_seldom_called_replicated(null):
    # Of 100 studies with a false rate of 4 % more than 13 are called so once in ten thousand times.
    assert max(false_replications(null, 5, 100)) <= 13


def test_no_rank_correlation_is_seen_where_only_classes_are_alike():
    assert max(false_replications("ranks, classes very alike", 4, 12)) <= 4
