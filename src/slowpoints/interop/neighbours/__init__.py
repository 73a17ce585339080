"""What other tools of the field give and take: batches of trials, and trajectories to be compared."""

from slowpoints.interop.neighbours._dsa import dynamical_similarity as dynamical_similarity
from slowpoints.interop.neighbours._trials import states_on_trials as states_on_trials
