"""Training of networks under a protocol, with checkpoints from which it resumes bit for bit."""

from slowpoints.training._checkpoints import (
    checksum_of as checksum_of,
    load_network as load_network,
    read_arrays as read_arrays,
    save_network as save_network,
    snapshot_path as snapshot_path,
    snapshot_steps as snapshot_steps,
    state_steps as state_steps,
)
from slowpoints.training._history import History as History
from slowpoints.training._loop import (
    NonFiniteLoss as NonFiniteLoss,
    Progress as Progress,
    snapshot_schedule as snapshot_schedule,
    Stopped as Stopped,
    train as train,
)
from slowpoints.training._metrics import load_metrics as load_metrics, metrics_path as metrics_path
from slowpoints.training._recipe import NetworkRecipe as NetworkRecipe, TrainingSettings as TrainingSettings
from slowpoints.training._step import (
    advance as advance,
    initial_state as initial_state,
    TrainState as TrainState,
)
from slowpoints.training._sums import read_summed as read_summed, settle as settle, SUMS as SUMS
