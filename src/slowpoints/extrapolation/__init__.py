"""How far memories hold beyond what they were trained for: longer delays, more noise, a second retrieval."""

from slowpoints.extrapolation._accuracy import (
    Accuracies as Accuracies,
    accuracy_in_noise as accuracy_in_noise,
    measure as measure,
)
from slowpoints.extrapolation._class_means import (
    class_trials as class_trials,
    ClassMeans as ClassMeans,
    ClassTrials as ClassTrials,
)
from slowpoints.extrapolation._delay import Held as Held, hold as hold
from slowpoints.extrapolation._noise import (
    AbstractLastingNoise as AbstractLastingNoise,
    CommonNoise as CommonNoise,
    MirroredNoise as MirroredNoise,
    OwnNoise as OwnNoise,
)
from slowpoints.extrapolation._settings import ExtrapolationSettings as ExtrapolationSettings
from slowpoints.extrapolation._trials import answers as answers, balanced_images as balanced_images
