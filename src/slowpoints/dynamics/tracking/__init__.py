"""Slow points through the history of a map: where each comes from. Needs the rest of `dynamics` only."""

from slowpoints.dynamics.tracking._events import Event as Event, EventKind as EventKind
from slowpoints.dynamics.tracking._genealogy import (
    Genealogy as Genealogy,
    genealogy as genealogy,
    Lineage as Lineage,
    Link as Link,
    Stretch as Stretch,
)
from slowpoints.dynamics.tracking._track import Label as Label, track as track
from slowpoints.dynamics.tracking._tracks import Tracks as Tracks
