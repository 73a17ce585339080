"""A study: a frozen config, a folder, and the results in it."""

from slowpoints.study.config import (
    config_from as config_from,
    config_to_mapping as config_to_mapping,
    LifetimeSettings as LifetimeSettings,
    overrides_from as overrides_from,
    read_config as read_config,
    RobustnessSettings as RobustnessSettings,
    SlowPointSettings as SlowPointSettings,
    StudyConfig as StudyConfig,
    TrackingSettings as TrackingSettings,
)
from slowpoints.study.folder import Study as Study
from slowpoints.study.presets import named_config as named_config, PRESETS as PRESETS
from slowpoints.study.run import (
    begin as begin,
    networks_in as networks_in,
    REPRODUCED as REPRODUCED,
    run_stages as run_stages,
    STAGES as STAGES,
    Status as Status,
    status_of as status_of,
)
from slowpoints.study.store import load_results as load_results, save_results as save_results
