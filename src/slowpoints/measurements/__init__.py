"""What is measured of a trained network: one file a measurement, and one registry that lists them."""

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
