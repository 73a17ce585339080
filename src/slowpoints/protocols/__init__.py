"""Training protocols as data: how long trials are and how many classes there are, step by step."""

from slowpoints.protocols._named import (
    decu as decu,
    naive as naive,
    PROTOCOLS as PROTOCOLS,
    Timetable as Timetable,
    TIMETABLES as TIMETABLES,
    vocu as vocu,
    vocu_permuted as vocu_permuted,
)
from slowpoints.protocols._protocol import Protocol as Protocol
from slowpoints.protocols._schedule import Schedule as Schedule
