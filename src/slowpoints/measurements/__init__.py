"""What is measured of a trained network: one file a measurement, and one registry that lists them."""

from slowpoints.measurements._clouds import CloudSettings as CloudSettings, CONDITIONS as CONDITIONS
from slowpoints.measurements._extrapolation import (
    accuracies as accuracies,
    ExtrapolationSettings as ExtrapolationSettings,
    SPLITS as SPLITS,
)
from slowpoints.measurements._lifetimes import LifetimeSettings as LifetimeSettings, ORIGINS as ORIGINS
from slowpoints.measurements._measurement import (
    labelled as labelled,
    Measurement as Measurement,
    Needed as Needed,
    NoSettings as NoSettings,
    Subject as Subject,
    Variable as Variable,
)
from slowpoints.measurements._registry import (
    by_default as by_default,
    MEASUREMENTS as MEASUREMENTS,
    with_needs as with_needs,
)
from slowpoints.measurements._robustness import RobustnessSettings as RobustnessSettings
from slowpoints.measurements._slow_points import NO_START as NO_START, SlowPointSettings as SlowPointSettings
from slowpoints.measurements.tracks import TrackSettings as TrackSettings
