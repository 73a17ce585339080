"""A study: a config, a folder, and everything that is trained and measured in it."""

from slowpoints._extras import needs

needs("study", "cattrs", "ruamel", "xarray", "zarr")

from slowpoints.study._collect import forget_lost as forget_lost, lost_since as lost_since, results_of as results_of
from slowpoints.study._config import (
    config_to_mapping as config_to_mapping,
    Grid as Grid,
    settings_of as settings_of,
    StudyConfig as StudyConfig,
)
from slowpoints.study._folder import Study as Study
from slowpoints.study._identity import CorpusFacts as CorpusFacts
from slowpoints.study._names import check_names as check_names
from slowpoints.study._plan import Plan as Plan, plan_of as plan_of
from slowpoints.study._presets import PRESETS as PRESETS
from slowpoints.study._reading import (
    config_from as config_from,
    config_to_yaml as config_to_yaml,
    overrides_from as overrides_from,
    read_config as read_config,
    read_settings as read_settings,
    settings_to_yaml as settings_to_yaml,
)
from slowpoints.study._record import NetworkRecord as NetworkRecord
from slowpoints.study._run import Failure as Failure, Part as Part, run_study as run_study, Watched as Watched
from slowpoints.study._snapshot import Beginning as Beginning, beginning_of as beginning_of
from slowpoints.study._status import Status as Status, status_of as status_of
from slowpoints.study._targets import named_config as named_config, named_study as named_study
from slowpoints.study._tasks import missing_tasks as missing_tasks, Task as Task, TRAINING as TRAINING
from slowpoints.study._travel import export as export, gather as gather, Gathered as Gathered
