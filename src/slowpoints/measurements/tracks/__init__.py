"""Where slow points come from: a measurement of a network's whole training."""

from slowpoints.measurements.tracks._following import TrackSettings as TrackSettings
from slowpoints.measurements.tracks._tracks import TRACKS as TRACKS
