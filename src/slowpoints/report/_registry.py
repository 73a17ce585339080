"""All sections of the report, in order. A new one is its own file and one line here."""

from slowpoints.report._claims import CLAIMS
from slowpoints.report._clouds import CLOUDS
from slowpoints.report._explore import EXPLORE
from slowpoints.report._formation import FORMATION
from slowpoints.report._lifetimes import LIFETIMES
from slowpoints.report._performance import BEYOND, NOMINAL, RETRIEVAL
from slowpoints.report._run import LEARNING, RUN
from slowpoints.report._section import Section
from slowpoints.report._slow_points import SLOW_POINTS

SECTIONS: tuple[Section, ...] = (
    EXPLORE,
    CLAIMS,
    NOMINAL,
    BEYOND,
    RETRIEVAL,
    CLOUDS,
    SLOW_POINTS,
    LIFETIMES,
    FORMATION,
    LEARNING,
    RUN,
)
