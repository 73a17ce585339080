"""Delayed recall on images of one's own.

Any labelled images in an `.npz` file are a corpus. Here are three kinds of drawings, 8 × 8 pixels: horizontal stripes,
vertical stripes, and a spot. A study of one small GRU under the delay curriculum is trained on them and measured as the
paper's networks are.
"""

from pathlib import Path

import numpy as np

from slowpoints import config_from, figures, results_of, run_study, save_figure, Study
from slowpoints.engines import Serial

source = np.random.default_rng(0)

KINDS = ("horizontal stripes", "vertical stripes", "spot")


def drawings(kind: int, count: int) -> np.ndarray:
    """Drawings of one kind, each of another contrast and a little noisy; floats in [0, 1]."""
    row, column = np.mgrid[:8, :8]
    pattern = (row % 4 < 2, column % 4 < 2, (row - 3.5) ** 2 + (column - 3.5) ** 2 < 8)[kind]
    contrast = source.uniform(0.6, 1.0, (count, 1, 1))
    return (contrast * pattern + 0.2 * source.random((count, 8, 8))).clip(0, 1)


images, labels = np.concatenate([drawings(kind, 150) for kind in range(3)]), np.repeat(np.arange(3), 150)
np.savez("drawings.npz", images=images, labels=labels)

config = config_from(
    {
        "name": "drawings",
        "corpus": "arrays",
        "corpus_file": "drawings.npz",
        "units": 32,
        "protocol": "DeCu",
        "seeds": 1,
        "snapshots": 4,
        "task": {"trial_steps": 10},
        "training": {"steps": 1500, "batch": 32, "rate": 3e-3, "noise_bank": 64},
        "measurements": {
            "extrapolation": {"delays": [5, 10, 50, 200], "noise": [1.0, 2.0], "trials_per_class": 50},
            "slow_points": {"images_per_class": 20, "newton_iterations": 200, "adam_steps": 100},
        },
    }
)
study = Study.create(config, Path("studies/drawings"))
assert not run_study(study, only=["extrapolation", "slow_points"], engine=Serial())

results = results_of(study)
right = results["extrapolation"].dataset["delay_accuracy"].sel(split="test").mean("class").isel(network=0)
for delay, share in zip(right["delay"].values, right.values, strict=True):
    print(f"right after a delay of {delay:3}: {share:.0%}")
points = results["slow_points"].dataset.sel(search="newton").isel(network=0)
for label, outcome, answer in zip(KINDS, points["outcome"].values, points["readout_class"].values, strict=True):
    print(f"from the mean state of the {label}: {outcome}, read out as {KINDS[answer] if answer >= 0 else 'nothing'}")
save_figure(figures(results)["extrapolation"], Path("extrapolation.png"))
assert right.sel(delay=10) > 0.9
