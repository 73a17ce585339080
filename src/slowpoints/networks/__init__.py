"""Recurrent networks: a front end and a unit (one file each), a readout, and these together as a `MemoryNetwork`."""

from slowpoints.networks._convolutional import Convolutional as Convolutional
from slowpoints.networks._front_end import (
    AbstractFrontEnd as AbstractFrontEnd,
    FrontEndSettings as FrontEndSettings,
    Identity as Identity,
    Moments as Moments,
    noise_images as noise_images,
)
from slowpoints.networks._front_ends import check_front_end as check_front_end, FRONT_ENDS as FRONT_ENDS
from slowpoints.networks._gru import GRU as GRU
from slowpoints.networks._gru_reset_after import GRUResetAfter as GRUResetAfter
from slowpoints.networks._lstm import LSTM as LSTM
from slowpoints.networks._memory_network import ConstantInput as ConstantInput, MemoryNetwork as MemoryNetwork
from slowpoints.networks._rate import (
    LeakyReLU as LeakyReLU,
    LeakySoftplus as LeakySoftplus,
    LeakyTanh as LeakyTanh,
    RateUnit as RateUnit,
)
from slowpoints.networks._readout import Readout as Readout, ReadoutKind as ReadoutKind
from slowpoints.networks._rollout import outputs_during as outputs_during, trial_drives as trial_drives
from slowpoints.networks._tanh import Tanh as Tanh
from slowpoints.networks._unit import (
    AbstractUnit as AbstractUnit,
    HiddenStateUnit as HiddenStateUnit,
    Weights as Weights,
)
from slowpoints.networks._units import UNITS as UNITS
