"""Slow points followed through the history of a map. Imports nothing but the rest of `dynamics`."""

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
