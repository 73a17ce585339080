"""Starts for a search, searches in rounds, and an estimate of how many points were not found."""

from slowpoints.dynamics.starts._explore import Exploration as Exploration, explore as explore, Origin as Origin
from slowpoints.dynamics.starts._random import random_starts as random_starts
from slowpoints.dynamics.starts._sample import sample_states as sample_states
from slowpoints.dynamics.starts._unseen import Unseen as Unseen, unseen as unseen
