"""The delayed-recall task: see an image among noise, keep it in mind, name it when the trigger comes."""

from slowpoints.task._delayed_recall import DelayedRecall as DelayedRecall, TaskSettings as TaskSettings
from slowpoints.task._input_noise import InputNoise as InputNoise
from slowpoints.task._loss import loss_and_score as loss_and_score, Score as Score
from slowpoints.task._noise import (
    AbstractNoise as AbstractNoise,
    IndependentNoise as IndependentNoise,
    SharedNoise as SharedNoise,
)
from slowpoints.task._timing import Timing as Timing
from slowpoints.task._trials import (
    draw_trials as draw_trials,
    ImagesByClass as ImagesByClass,
    Trials as Trials,
)
