"""Each claim of the paper, and ours: statistic, interval, verdict.

`judge(results)` holds all of them against a study; `as_records` makes the outcome JSON. A new claim is one
more entry in the `CLAIMS` of one of the files here.
"""

from slowpoints.claims._claim import Claim as Claim
from slowpoints.claims._claim import Evidence as Evidence
from slowpoints.claims._claim import Judgement as Judgement
from slowpoints.claims._claim import Verdict as Verdict
from slowpoints.claims._registry import CLAIMS as CLAIMS
from slowpoints.claims._registry import as_records as as_records
from slowpoints.claims._registry import judge as judge
from slowpoints.claims._settings import Setting as Setting
from slowpoints.claims._settings import over_networks as over_networks
