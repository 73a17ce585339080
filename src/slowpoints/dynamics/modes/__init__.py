"""What the modes of the linearised map do with inputs, readout and trajectories."""

from slowpoints.dynamics.modes._integration import Integration as Integration, integration as integration
from slowpoints.dynamics.modes._linear_prediction import (
    linear_prediction as linear_prediction,
    LinearPrediction as LinearPrediction,
)
