"""The units by the name that configs and the command use. A new unit is its own file and one line here."""

from slowpoints.networks._gru import GRU
from slowpoints.networks._gru_reset_after import GRUResetAfter
from slowpoints.networks._lstm import LSTM
from slowpoints.networks._rate import LeakyReLU, LeakySoftplus, LeakyTanh
from slowpoints.networks._tanh import Tanh
from slowpoints.networks._unit import AbstractUnit

UNITS: dict[str, type[AbstractUnit]] = {
    "gru": GRU,
    "gru_reset_after": GRUResetAfter,
    "lstm": LSTM,
    "tanh": Tanh,
    "leaky_tanh": LeakyTanh,
    "leaky_softplus": LeakySoftplus,
    "leaky_relu": LeakyReLU,
}
