"""Recurrent networks from PyTorch, Keras, Flax and Equinox, or from a file, as networks that `dynamics` can search.

Each library is imported only when one of its modules is given.
"""

from slowpoints.interop._equinox import from_equinox as from_equinox
from slowpoints.interop._exported import Exported as Exported
from slowpoints.interop._flax import from_flax as from_flax
from slowpoints.interop._imported import Imported as Imported
from slowpoints.interop._keras import from_keras as from_keras
from slowpoints.interop._operators import OPERATORS as OPERATORS
from slowpoints.interop._survey import Survey as Survey, survey as survey
from slowpoints.interop._torch import from_torch as from_torch
from slowpoints.interop._weights import from_file as from_file
from slowpoints.interop.inputs import (
    AcrossInputs as AcrossInputs,
    Hysteresis as Hysteresis,
    hysteresis as hysteresis,
    points_across as points_across,
    Sweep as Sweep,
    sweep as sweep,
    sweep_grid as sweep_grid,
    SweepEvent as SweepEvent,
    SweepGrid as SweepGrid,
)
from slowpoints.interop.neighbours import (
    dynamical_similarity as dynamical_similarity,
    states_on_trials as states_on_trials,
)
