"""What claims, figures and pages read: a study's results, by measurement, setting and protocol."""

from slowpoints._extras import needs

needs("study", "xarray")

from slowpoints.results._delays import (
    delays_beyond as delays_beyond,
    long_delay as long_delay,
    trained_delay as trained_delay,
    trial_steps as trial_steps,
)
from slowpoints.results._introductions import (
    at_snapshots as at_snapshots,
    excess_of as excess_of,
    Introduction as Introduction,
    introductions as introductions,
    SAME as SAME,
    with_parent as with_parent,
)
from slowpoints.results._measured import has as has, measured as measured, not_measured as not_measured
from slowpoints.results._points import (
    analysed as analysed,
    CERTIFIED as CERTIFIED,
    class_index as class_index,
    count_owned as count_owned,
    holds as holds,
    is_outcome as is_outcome,
    log_root_speed as log_root_speed,
    MINIMA as MINIMA,
    mostly_unresolved as mostly_unresolved,
    of_networks as of_networks,
    owns as owns,
    PAPERS as PAPERS,
    points_found as points_found,
    reads_out_its_class as reads_out_its_class,
    searched_again as searched_again,
    share_held as share_held,
    SLOWEST as SLOWEST,
    UNRESOLVED as UNRESOLVED,
)
from slowpoints.results._schema import check_results as check_results
from slowpoints.results._settings import (
    by_seed as by_seed,
    network_means as network_means,
    paired as paired,
    PROTOCOLS as PROTOCOLS,
    protocols as protocols,
    select as select,
    Setting as Setting,
    settings as settings,
)
from slowpoints.results._views import views as views
