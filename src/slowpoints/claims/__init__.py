"""Each claim of the paper, and ours: statistic, interval, verdict.

`judge(results)` holds all of them against a study; `as_records` makes the outcome JSON. A new claim is one
more entry in the `CLAIMS` of one of the files here.
"""

from slowpoints._extras import needs

needs("study", "xarray")

from slowpoints.claims._claim import Claim as Claim, Evidence as Evidence, Judgement as Judgement, Verdict as Verdict
from slowpoints.claims._multiverse import multiverse as multiverse
from slowpoints.claims._phase_space import cloud_counts as cloud_counts
from slowpoints.claims._registry import as_records as as_records, CLAIMS as CLAIMS, judge as judge
from slowpoints.claims._retention import (
    network_predictors as network_predictors,
    PAPERS_SPEED as PAPERS_SPEED,
    QUANTITIES as QUANTITIES,
    quantities as quantities,
    retention_predictors as retention_predictors,
)
from slowpoints.claims._slow_points import rank_correlation as rank_correlation
from slowpoints.claims._statistics import Estimate as Estimate, mean_estimate as mean_estimate
from slowpoints.claims._verdicts import (
    between as between,
    in_words as in_words,
    one_side as one_side,
    over_settings as over_settings,
)
