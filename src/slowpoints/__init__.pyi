"""The public names of the package, by the part they come from."""

from .claims import (
    as_records as as_records,
    Claim as Claim,
    CLAIMS as CLAIMS,
    judge as judge,
    Judgement as Judgement,
    Verdict as Verdict,
)
from .data import (
    Corpus as Corpus,
    load_corpus as load_corpus,
)
from .dynamics import (
    AbstractSolver as AbstractSolver,
    Adam as Adam,
    basin_fraction as basin_fraction,
    BasinFraction as BasinFraction,
    Coordinates as Coordinates,
    Cycles as Cycles,
    destination as destination,
    Distinct as Distinct,
    distinct_points as distinct_points,
    Domain as Domain,
    Ending as Ending,
    Event as Event,
    EventKind as EventKind,
    Exploration as Exploration,
    explore as explore,
    find_cycles as find_cycles,
    find_slow_points as find_slow_points,
    from_xarray as from_xarray,
    Genealogy as Genealogy,
    genealogy as genealogy,
    GradientFlow as GradientFlow,
    input_jacobian as input_jacobian,
    jacobian as jacobian,
    load_points as load_points,
    lyapunov_exponents as lyapunov_exponents,
    LyapunovExponents as LyapunovExponents,
    Newton as Newton,
    NewtonKrylov as NewtonKrylov,
    noise_response as noise_response,
    NoiseResponse as NoiseResponse,
    Origin as Origin,
    Outcome as Outcome,
    PointSet as PointSet,
    random_starts as random_starts,
    relax as relax,
    Relaxation as Relaxation,
    sample_states as sample_states,
    save_points as save_points,
    SlowPoints as SlowPoints,
    speed as speed,
    speed_along as speed_along,
    speed_on_axes as speed_on_axes,
    SpeedMap as SpeedMap,
    Stability as Stability,
    stability as stability,
    StabilityLabel as StabilityLabel,
    to_fixed_point_finder as to_fixed_point_finder,
    to_xarray as to_xarray,
    track as track,
    Tracks as Tracks,
    trajectories as trajectories,
    Unseen as Unseen,
    unseen as unseen,
)
from .interop import (
    Exported as Exported,
    from_equinox as from_equinox,
    from_file as from_file,
    from_flax as from_flax,
    from_keras as from_keras,
    from_torch as from_torch,
    Imported as Imported,
    Survey as Survey,
    survey as survey,
    Sweep as Sweep,
    sweep as sweep,
    SweepEvent as SweepEvent,
)
from .measurements import (
    labelled as labelled,
    Measurement as Measurement,
    MEASUREMENTS as MEASUREMENTS,
    Subject as Subject,
    Variable as Variable,
)
from .networks import (
    AbstractUnit as AbstractUnit,
    ConstantInput as ConstantInput,
    GRU as GRU,
    GRUResetAfter as GRUResetAfter,
    LeakyReLU as LeakyReLU,
    LeakySoftplus as LeakySoftplus,
    LeakyTanh as LeakyTanh,
    LSTM as LSTM,
    MemoryNetwork as MemoryNetwork,
    Readout as Readout,
    Tanh as Tanh,
)
from .plots import (
    figures as figures,
    save_figure as save_figure,
)
from .protocols import (
    Protocol as Protocol,
    Schedule as Schedule,
)
from .report import (
    write_comparison as write_comparison,
    write_report as write_report,
)
from .study import (
    config_from as config_from,
    export as export,
    gather as gather,
    Grid as Grid,
    plan_of as plan_of,
    PRESETS as PRESETS,
    read_config as read_config,
    results_of as results_of,
    run_study as run_study,
    status_of as status_of,
    Study as Study,
    StudyConfig as StudyConfig,
)
from .task import (
    DelayedRecall as DelayedRecall,
    TaskSettings as TaskSettings,
)
from .training import (
    load_network as load_network,
    TrainingSettings as TrainingSettings,
)

__version__: str
