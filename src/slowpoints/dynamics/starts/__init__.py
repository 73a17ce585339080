"""Where to start a search, where to go on, and how much may be left unseen."""

from slowpoints.dynamics.starts._explore import Exploration as Exploration, explore as explore, Origin as Origin
from slowpoints.dynamics.starts._random import random_starts as random_starts
from slowpoints.dynamics.starts._sample import sample_states as sample_states
from slowpoints.dynamics.starts._unseen import Unseen as Unseen, unseen as unseen
