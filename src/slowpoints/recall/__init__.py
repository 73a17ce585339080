"""A trained network at its task: what it answers, and what it holds through delays of any length."""

from slowpoints.recall._answers import answers as answers, balanced_images as balanced_images
from slowpoints.recall._class_trials import (
    class_trials as class_trials,
    ClassMeans as ClassMeans,
    ClassTrials as ClassTrials,
)
from slowpoints.recall._hold import Held as Held, hold as hold
from slowpoints.recall._lasting_noise import (
    AbstractLastingNoise as AbstractLastingNoise,
    BankNoise as BankNoise,
    CommonNoise as CommonNoise,
    lasting_noise as lasting_noise,
    MirroredNoise as MirroredNoise,
    OwnNoise as OwnNoise,
)
