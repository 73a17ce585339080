"""Recurrent networks: a unit (one file each), a readout, and the two together as a `MemoryNetwork`."""

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
from slowpoints.networks._unit import AbstractUnit as AbstractUnit
from slowpoints.networks._units import UNITS as UNITS
