"""Does a verdict hang on a choice? Claims judged again under other choices, one at a time.

S. Steegen, F. Tuerlinckx, A. Gelman and W. Vanpaemel, Increasing transparency through a multiverse analysis,
Perspectives on Psychological Science 11:702, 2016.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import xarray as xr

from slowpoints.claims._claim import Claim, Evidence
from slowpoints.claims._registry import CLAIMS, evidence_for
from slowpoints.results import (
    CERTIFIED,
    has,
    measured,
    PAPERS,
    points_found,
    PROTOCOLS,
    searched_again,
    select,
    Setting,
    settings,
    UNBOXED,
)

HANGING = (12, 18, 20, 21, 102)
"""The claims that are judged again."""

OF_POINTS = ("root_speed", "outcome", "readout_class", "leading_eigenvalue")
"""What is read of points by those."""

AS_JUDGED = "as judged"
"""The choice that verdicts are by: the search that certifies, from mean states, under the mean input."""


def multiverse(studies: Mapping[str, xr.DataTree]) -> xr.Dataset:
    """Claims 12, 18, 20, 21 and 102 under every choice that the results have been measured with.

    Choices within a study are how its slow points were found: by the certifying search, by the published scripts'
    Adam, each of whose ends counts as a minimum here, as in the paper, by the gradient flow, in the box and without
    one; under another constant input; from the state of a single trial instead of the mean. Units and readouts are
    settings of a study, of which those with networks under a curriculum are judged; other noise is another study. One
    choice differs from what verdicts are by, all others stay.

    Args:
        studies: the results of each, by a name that says how it differs; "" if there is but one.

    Returns:
        By (universe, claim): `statistic`, `low` and `high` of its 95 % interval, the range that is claimed from
        `claimed_low` to `claimed_high` (NaN where there is none), `n`, `verdict` in words. Coords along `universe`:
        `study`, `setting`, `choice`; along `claim`: `name`, the statistic's.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.claims import multiverse
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> multiverse({"": results})["choice"].values.tolist()
        ['as judged', 'Adam', 'another input', 'from a single trial']
    """
    rows = [
        (study, setting.label, choice, [evidence_for(claim, chosen) for claim in _claims()])
        for study, results in studies.items()
        for setting in _settings(results)
        for choice, chosen in _choices(_of_setting(results, setting))
    ]
    found = [[_numbers(evidence) for evidence in row[-1]] for row in rows]
    columns = ("statistic", "low", "high", "claimed_low", "claimed_high", "n")
    numbers = np.array(found, dtype=float).reshape(len(rows), len(HANGING), len(columns))
    verdicts = [[str(evidence.verdict) for evidence in row[-1]] for row in rows]
    names = [
        next((e.statistic_name for *_, of in rows if (e := of[k]).statistic_name), "") for k in range(len(HANGING))
    ]
    dims = ("universe", "claim")
    return xr.Dataset(
        {name: (dims, numbers[..., k]) for k, name in enumerate(columns)}
        | {"verdict": (dims, np.array(verdicts, dtype=str).reshape(numbers.shape[:2]))},
        coords={
            "claim": list(HANGING),
            "name": ("claim", names),
            **{key: ("universe", [row[k] for row in rows]) for k, key in enumerate(("study", "setting", "choice"))},
        },
    )


def _claims() -> list[Claim]:
    return [claim for claim in CLAIMS if claim.id in HANGING]


def _settings(results: xr.DataTree) -> tuple[Setting, ...]:
    # With networks under a curriculum: the claims are about these.
    if not has(results, "slow_points"):
        return ()
    points = measured(results, "slow_points")["root_speed"]
    return settings(points.isel(network=np.isin(points["protocol"].values, PROTOCOLS)))


def _of_setting(results: xr.DataTree, setting: Setting) -> xr.DataTree:
    groups = {name: measured(results, name) for name in results.children}
    return _tree(results, {name: _only(group, setting) for name, group in groups.items()})


def _only(group: xr.Dataset, setting: Setting) -> xr.Dataset:
    return group.sel(network=select(group["network"], setting)["network"])


def _tree(results: xr.DataTree, groups: Mapping[str, xr.Dataset]) -> xr.DataTree:
    return xr.DataTree.from_dict({"/": results.to_dataset(inherit=False), **groups})


def _choices(results: xr.DataTree) -> Iterator[tuple[str, xr.DataTree]]:
    yield AS_JUDGED, results
    for search, name in ((PAPERS, "Adam"), ("gradient flow", "gradient flow"), (UNBOXED, UNBOXED)):
        points = points_found(results, search)
        if points is not None:
            if search == PAPERS:
                begun = points["root_speed"].notnull()
                points = points.assign(outcome=points["outcome"].where(~begun, "slow point"))
            yield name, _with_points(results, points)
    if has(results, "robustness"):
        yield "another input", _with_points(results, searched_again(results, "other_input"))
        yield "from a single trial", _with_points(results, searched_again(results, "trial").isel(trial=0))


def _with_points(results: xr.DataTree, points: xr.Dataset) -> xr.DataTree:
    """The results as if the search that decides had found these points."""
    groups = {name: measured(results, name) for name in results.children}
    points = points.drop_vars("search", errors="ignore")
    searched = groups["slow_points"].sel(network=points["network"])
    decides = searched["search"] == CERTIFIED
    again = {name: searched[name].where(~decides, points[name]) for name in OF_POINTS}
    return _tree(results, {**groups, "slow_points": searched.assign(again)})


def _numbers(evidence: Evidence) -> list[float]:
    def ends(pair: tuple[float, float] | None) -> tuple[float, float]:
        return (np.nan, np.nan) if pair is None else pair

    value = np.nan if evidence.statistic is None else evidence.statistic
    return [value, *ends(evidence.interval), *ends(evidence.claimed), float(evidence.n)]
