"""Trainings here, too, take Optax as it is."""

from tests.training.conftest import standard_promotion as standard_promotion
