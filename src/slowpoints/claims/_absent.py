"""Claims whose stage no study has yet: they say what is missing instead of guessing."""

from collections.abc import Callable

import xarray as xr

from slowpoints.claims._claim import Evidence
from slowpoints.claims._stages import no_stage
from slowpoints.claims._verdicts import not_tested


def lacks(name: str, what: str) -> Callable[[xr.DataTree], Evidence]:
    """A test for a claim about something that no stage measures yet.

    It is never more than *not tested*: without the group it says that the group is missing, with it, that
    this version has no statistic for it.
    """

    def test(results: xr.DataTree) -> Evidence:
        if name in results.children:
            return not_tested(f"The results hold {what}, but this version has no statistic for the claim.")
        return not_tested(no_stage(results, name, what))

    return test
